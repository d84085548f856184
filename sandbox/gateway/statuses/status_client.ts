/**
 * Writes statuses as a controller does: reads an object, makes its status, and puts it back, again when
 * somebody else was faster. Decides nothing about what is written.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { type Resource, resourcePath } from "../../../kube/resource.ts";
import { SANDBOX_USER } from "../../authentication.ts";
import type { ApiHandler } from "../../faults/fault.ts";

/** Undefined: nothing to write. */
export type MakeStatus = (object: KubeObject) => unknown;

export class StatusClient {
  readonly #kube: ApiHandler;
  readonly #manager: string;
  readonly #never = new AbortController();

  /** @param manager who writes, in managedFields */
  constructor(kube: ApiHandler, manager: string) {
    this.#kube = kube;
    this.#manager = manager;
  }

  /** @returns whether something was written; nothing is where the object is gone */
  async write(
    resource: Resource,
    { key, status }: { readonly key: string; readonly status: MakeStatus },
  ): Promise<boolean> {
    const [name = "", namespace = ""] = key.split("/").reverse();
    const path = resourcePath(resource, { namespace, name });
    for (;;) {
      const read = await this.#send("GET", path);
      if (!read.ok) return await discarded(read);
      const object = await read.json() as KubeObject;
      const made = status(object);
      if (made === undefined) return false;
      const body = JSON.stringify({ ...object, status: made });
      const written = await this.#send("PUT", `${path}/status`, body);
      if (written.status !== 409) return !await discarded(written) && written.ok;
      await discarded(written);
    }
  }

  #send(method: string, path: string, body = ""): Promise<Response> {
    return this.#kube({
      method,
      path,
      headers: new Headers({
        "content-type": "application/json",
        "user-agent": `${this.#manager}/1`,
      }),
      body,
      user: SANDBOX_USER,
      signal: this.#never.signal,
    });
  }
}

async function discarded({ body }: Response): Promise<false> {
  await body?.cancel();
  return false;
}
