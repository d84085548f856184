/**
 * How does a program that runs beside a cluster talk to it as a service account? With a token of a day,
 * in a kubeconfig. Grants nothing.
 * @module
 */

import type { GatewayPlane } from "./gateway/plane.ts";
import type { RunDir } from "./run_dir.ts";
import { kubeconfigText } from "./users.ts";

const DAY_SEC = 86_400;

export interface AccountFile {
  readonly namespace: string;
  readonly account: string;
  readonly file: string;
}

/** Writes it, for its owner only; the path. */
export async function writeAccountKubeconfig(
  plane: Pick<GatewayPlane, "admin">,
  dir: RunDir,
  { namespace, account, file }: AccountFile,
): Promise<string> {
  const { status } = await plane.admin<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    {
      method: "POST",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: DAY_SEC },
      },
    },
  );
  const text = kubeconfigText({
    server: dir.readState().server,
    caPem: Deno.readTextFileSync(dir.key("ca.crt")),
    user: { token: status.token },
  });
  Deno.writeTextFileSync(file, text, { mode: 0o600 });
  return file;
}
