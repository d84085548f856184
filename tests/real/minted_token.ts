/**
 * How does a test get a token of a service account that ends when the test wants it to? Signs it with
 * the cluster's own key, because the server issues none for less than ten minutes.
 * Source: RFC 7519; KEP-1205 (claims of bound tokens).
 * @module
 */

import { Buffer } from "node:buffer";
import { createSign } from "node:crypto";
import { SystemClock } from "../../core/load/clock.ts";
import { eventually } from "./cluster_state.ts";
import type { ControlPlane } from "./control_plane.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const HOUR_S = 3_600;

/** How long the server remembers whom it has let in. Source: apiserver, TokenSuccessCacheTTL. */
export const TOKEN_MEMORY_MS = 10_000;
/** How much later than it says a token ends. Source: go-jose, jwt.DefaultLeeway. */
const LEEWAY_S = 60;

const clock = new SystemClock();

/** A service account that may do everything in one namespace, and nothing beyond it. */
export class TokenUser {
  private constructor(
    readonly namespace: string,
    private readonly uid: string,
    private readonly keyPem: string,
  ) {}

  /** The default account of a namespace that is there. */
  static async of(plane: ControlPlane, namespace: string): Promise<TokenUser> {
    const apiGroup = "rbac.authorization.k8s.io";
    await plane.admin(`/apis/${apiGroup}/v1/namespaces/${namespace}/rolebindings`, {
      method: "POST",
      body: {
        metadata: { name: "everything-here" },
        roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
      },
    });
    const path = accountPath(namespace);
    await eventually(path, async () => (await plane.request("admin", path)).status === 200);
    const { metadata } = await plane.admin<{ metadata: { uid: string } }>(path);
    const keyPem = Deno.readTextFileSync(`${plane.dir}/pki/service-account.key`);
    return new TokenUser(namespace, metadata.uid, keyPem);
  }

  /**
   * A token of its own that the server refuses so long from now on, if it does not remember it, and
   * so at the latest {@link TOKEN_MEMORY_MS} after its first use.
   */
  mint({ endsInMs }: { endsInMs: number }): string {
    const endS = Math.floor((clock.wallNow().getTime() + endsInMs) / 1_000) - LEEWAY_S;
    const startS = endS - HOUR_S;
    const name = "default";
    const claims = {
      iss: ISSUER,
      aud: [ISSUER],
      sub: `system:serviceaccount:${this.namespace}:${name}`,
      jti: crypto.randomUUID(),
      iat: startS,
      nbf: startS,
      exp: endS,
      "kubernetes.io": {
        namespace: this.namespace,
        serviceaccount: { name, uid: this.uid },
      },
    };
    const signed = `${base64url({ alg: "RS256", typ: "JWT" })}.${base64url(claims)}`;
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(this.keyPem, "base64url")}`;
  }

  /** So that the server refuses all of its tokens: another account of the name is not the same. */
  async revoke(plane: ControlPlane): Promise<void> {
    await plane.admin(accountPath(this.namespace), { method: "DELETE" });
  }
}

function accountPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
