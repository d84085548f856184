/**
 * What if somebody's admission webhook stands between a driver and the store? One on a loopback port,
 * asked by the cluster's API servers about every create in the namespaces that it is given.
 * Source: Kubernetes documentation, "Dynamic Admission Control".
 * @module
 */

import { Buffer } from "node:buffer";
import type { ControlPlane } from "./control_plane.ts";

/** What the webhook knows of an object. */
export interface Asked {
  readonly namespace: string;
  /** Empty where the server makes one up. */
  readonly name: string;
  readonly isDryRun: boolean;
}

/** Undefined admits it, a text is why it is denied, `broken` answers nothing that makes sense. */
export type Judge = (asked: Asked) => string | undefined | Promise<string | undefined>;
export const BROKEN = "broken";

interface Review {
  readonly request: {
    readonly uid: string;
    readonly namespace: string;
    readonly dryRun?: boolean;
    readonly name: string;
    readonly object: { readonly metadata: { readonly name?: string } };
  };
}

/** Dispose it to end it; its registration goes with the cluster. */
export class AdmissionWebhook implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane, judge: Judge) {
    this.#plane = plane;
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      cert: Deno.readTextFileSync(`${plane.dir}/pki/server.crt`),
      key: Deno.readTextFileSync(`${plane.dir}/pki/server.key`),
      onListen: () => {},
    }, async (request) => answer(await request.json(), judge));
  }

  /** Has it asked about those namespaces from soon on. */
  async register(name: string, namespaces: readonly string[]): Promise<void> {
    const inNamespaces = { key: "kubernetes.io/metadata.name", operator: "In", values: namespaces };
    await this.#plane.admin(
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
      {
        method: "POST",
        body: {
          metadata: { name },
          webhooks: [{
            name: `${name}.example.com`,
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            failurePolicy: "Fail",
            namespaceSelector: { matchExpressions: [inNamespaces] },
            rules: [{
              apiGroups: ["", "batch", "wardle.example.com"],
              apiVersions: ["*"],
              operations: ["CREATE"],
              resources: ["configmaps", "flunders", "jobs"],
            }],
            clientConfig: {
              url: `https://127.0.0.1:${this.#server.addr.port}/judge`,
              caBundle: Buffer.from(Deno.readTextFileSync(this.#plane.caFile)).toString("base64"),
            },
          }],
        },
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

async function answer({ request }: Review, judge: Judge): Promise<Response> {
  const { uid, namespace, dryRun = false, object } = request;
  const verdict = await judge({ namespace, name: object.metadata.name ?? "", isDryRun: dryRun });
  if (verdict === BROKEN) return new Response("no review", { status: 500 });
  const response = verdict === undefined
    ? { uid, allowed: true }
    : { uid, allowed: false, status: { message: verdict } };
  return Response.json({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}
