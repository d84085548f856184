/**
 * How does a pod of a service account talk to a real API server? With a token that the server itself
 * has issued, in a kubeconfig or in the files that the kubelet would mount. Grants nothing.
 * @module
 */

import assert from "node:assert/strict";
import { hasPeer, TempDir } from "../support/scaletool.ts";
import { commandLine } from "../support/scaletool.ts";
import { eventually } from "./cluster_state.ts";
import type { ControlPlane } from "./control_plane.ts";
import { kubeconfigText } from "./users.ts";

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** As the kubelet gets it, by the TokenRequest API. */
export async function tokenOf(
  plane: ControlPlane,
  { namespace, name }: Account,
): Promise<string> {
  const { status } = await plane.admin<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      method: "POST",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: 600 },
      },
    },
  );
  return status.token;
}

/** Waits until the server has taken notice of a grant. */
export async function untilAllowed(
  plane: ControlPlane,
  { namespace, name }: Account,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  const spec = {
    user: `system:serviceaccount:${namespace}:${name}`,
    resourceAttributes: attributes,
  };
  await eventually(`${name} may ${JSON.stringify(attributes)}`, async () => {
    const { status } = await plane.admin<{ status: { allowed: boolean } }>(
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      { method: "POST", body: { spec } },
    );
    return status.allowed;
  });
}

/** Puts `FILE` under the path where programs look for it, for this process and its children only. */
const MOUNT = `d=$(readlink -f /var/run) && mount -t tmpfs none "$d" &&
  mkdir -p /var/run/secrets/kubernetes.io && cp -r "$SERVICE_ACCOUNT" /var/run/secrets/kubernetes.io/serviceaccount &&
  unset SERVICE_ACCOUNT && exec "$@"`;
const NEW_MOUNTS = ["--user", "--map-root-user", "--mount"];

/** Whether this machine lets a test see other files than its parent; says so if not. */
export function canMount(): boolean {
  if (!hasPeer("unshare")) return false;
  const { success } = new Deno.Command("unshare", {
    args: [...NEW_MOUNTS, "sh", "-c", "mount -t tmpfs none /mnt"],
    stderr: "null",
  }).outputSync();
  if (!success) {
    Deno.stderr.writeSync(new TextEncoder().encode("skipped: no mounts of one's own\n"));
  }
  return success;
}

/** The program as it runs in a pod: no kubeconfig, no home, the account's files where they belong. */
export class PodRun implements AsyncDisposable {
  readonly #dir = new TempDir();
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #stderr: Promise<string>;

  constructor(
    plane: ControlPlane,
    { args, env, namespace, token }: {
      args: readonly string[];
      env: Readonly<Record<string, string>>;
      namespace: string;
      token: string;
    },
  ) {
    const account = this.#dir.file("account");
    Deno.mkdirSync(account);
    Deno.writeTextFileSync(`${account}/token`, token);
    Deno.writeTextFileSync(`${account}/namespace`, namespace);
    Deno.copyFileSync(plane.caFile, `${account}/ca.crt`);
    const { hostname, port } = new URL(plane.server);
    const program = commandLine(args);
    this.#child = new Deno.Command("unshare", {
      args: [...NEW_MOUNTS, "sh", "-ec", MOUNT, "sh", program.command, ...program.args],
      cwd: this.#dir.path,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        NO_COLOR: "1",
        HOME: this.#dir.file("home"),
        // Where the sources' packages are; the executable has no use for it.
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
        SERVICE_ACCOUNT: account,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdout = new Response(this.#child.stdout).text();
    this.#stderr = new Response(this.#child.stderr).text();
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for the end; fails unless the exit code is one of these. */
  async endsWith(...codes: readonly number[]): Promise<{ stdout: string; stderr: string }> {
    const { code } = await this.#child.status;
    const [stdout, stderr] = [await this.#stdout, await this.#stderr];
    assert.ok(codes.includes(code), `exit code ${code}: ${stderr}\n${stdout}`);
    return { stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await Promise.all([this.#child.status, this.#stdout, this.#stderr]);
    await this.#dir[Symbol.asyncDispose]();
  }
}

/** A kubeconfig with this token and nothing else. */
export function kubeconfigFor(plane: ControlPlane, token: string): string {
  const caPem = Deno.readTextFileSync(plane.caFile);
  return kubeconfigText({ server: plane.server, caPem, user: { token } });
}
