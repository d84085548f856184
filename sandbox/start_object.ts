/**
 * Puts into a sandbox's API what is there before anybody has used it.
 * @module
 */

import type { KubeObject, ObjectRef } from "../kube/object.ts";
import { apiVersionOf, type Resource, resourcePath } from "../kube/resource.ts";
import { SANDBOX_USER } from "./authentication.ts";
import type { ApiHandler } from "./faults/fault.ts";

export async function createObject(
  kube: ApiHandler,
  resource: Resource,
  object: KubeObject,
): Promise<void> {
  const { namespace } = object.metadata;
  await write(kube, {
    method: "POST",
    path: resourcePath(resource, namespace === undefined ? {} : { namespace }),
    body: { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind },
  });
}

export async function writeStatus(
  kube: ApiHandler,
  resource: Resource,
  { ref: { namespace, name }, status }: { readonly ref: ObjectRef; readonly status: unknown },
): Promise<void> {
  const at = namespace === undefined ? { name } : { namespace, name };
  await write(kube, {
    method: "PATCH",
    path: resourcePath(resource, { ...at, subresource: "status" }),
    body: { status },
  });
}

interface Write {
  readonly method: "POST" | "PATCH";
  readonly path: string;
  readonly body: unknown;
}

async function write(kube: ApiHandler, request: Write): Promise<void> {
  const answer = await sendWrite(kube, request);
  if (answer.ok) return void await answer.body?.cancel();
  throw new Error(`Cannot ${request.method} ${request.path}: ${await answer.text()}`);
}

/** Whatever the API says to it; a PATCH merges. */
export async function sendWrite(
  kube: ApiHandler,
  { method, path, body }: Write,
): Promise<Response> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  return await kube({
    method,
    path,
    headers: new Headers({ "content-type": type }),
    body: JSON.stringify(body),
    user: SANDBOX_USER,
    signal: new AbortController().signal,
  });
}
