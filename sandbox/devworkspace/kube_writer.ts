/**
 * Writes of a controller: merge patches, which nobody's write in between can refuse. Decides nothing
 * about what is written.
 * @module
 */

import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import { apiVersionOf, type Resource, resourcePath } from "../../kube/resource.ts";
import { type Status, StatusError } from "../../kube/status_error.ts";
import { SANDBOX_USER } from "../authentication.ts";
import type { ApiHandler } from "../faults/fault.ts";

const MERGE = "application/merge-patch+json";
const JSON_TYPE = "application/json";

/** All of it rejects with a {@link StatusError} for what is not said here. */
export class KubeWriter {
  readonly #kube: ApiHandler;
  readonly #manager: string;
  readonly #never = new AbortController().signal;

  /** @param manager who writes, in managedFields */
  constructor(kube: ApiHandler, manager: string) {
    this.#kube = kube;
    this.#manager = manager;
  }

  /** Undefined: it is not there. */
  async get(resource: Resource, ref: ObjectRef): Promise<KubeObject | undefined> {
    return await this.#unless(404, { method: "GET", path: resourcePath(resource, ref) });
  }

  /** Undefined: one of its name is there already. */
  async create(resource: Resource, object: KubeObject): Promise<KubeObject | undefined> {
    const { namespace } = object.metadata;
    const path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return await this.#unless(409, { method: "POST", path, body });
  }

  /** Undefined: it is gone. */
  async patch(resource: Resource, ref: ObjectRef, body: unknown): Promise<KubeObject | undefined> {
    return await this.#unless(404, { method: "PATCH", path: resourcePath(resource, ref), body });
  }

  /** Undefined: it is gone. */
  async patchStatus(
    resource: Resource,
    ref: ObjectRef,
    status: unknown,
  ): Promise<KubeObject | undefined> {
    const path = resourcePath(resource, { ...ref, subresource: "status" });
    return await this.#unless(404, { method: "PATCH", path, body: { status } });
  }

  /** @param options as in DeleteOptions */
  async remove(
    resource: Resource,
    ref: ObjectRef,
    options: { readonly propagationPolicy?: string } = {},
  ): Promise<void> {
    const path = resourcePath(resource, ref);
    const body = { apiVersion: "v1", kind: "DeleteOptions", ...options };
    await this.#unless(404, { method: "DELETE", path, body });
  }

  async #unless(
    code: number,
    { method, path, body }: {
      readonly method: string;
      readonly path: string;
      readonly body?: unknown;
    },
  ): Promise<KubeObject | undefined> {
    const answer = await this.#kube({
      method,
      // Nobody reads what a server would say of unknown fields.
      path: method === "POST" || method === "PATCH" ? `${path}?fieldValidation=Ignore` : path,
      headers: new Headers({
        "content-type": method === "PATCH" ? MERGE : JSON_TYPE,
        "user-agent": `${this.#manager}/1`,
      }),
      body: body === undefined ? "" : JSON.stringify(body),
      user: SANDBOX_USER,
      signal: this.#never,
    });
    if (answer.status === code) return void await answer.body?.cancel();
    const said: unknown = await answer.json();
    if (answer.ok) return said as KubeObject;
    throw new StatusError(said as Status, { code: answer.status });
  }
}
