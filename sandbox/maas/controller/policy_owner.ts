/**
 * Somebody who keeps policies as they are written down elsewhere, and puts back what others have made
 * of them: as Argo CD does that heals itself.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../../core/load/clock.ts";

import { type Resource, resourcePath } from "../../../kube/resource.ts";
import { SANDBOX_USER } from "../../authentication.ts";
import type { ApiHandler } from "../../faults/fault.ts";
import type { PolicySettings } from "../settings.ts";
import type { Policy } from "./compile.ts";

const MANAGER = "argocd-controller";

interface PolicyOwnerOptions {
  readonly kube: ApiHandler;
  readonly clock: Clock;
  readonly ended: AbortSignal;
}

export class PolicyOwner {
  readonly #options: PolicyOwnerOptions;
  /** By path, as each was at first. */
  readonly #specs = new Map<string, unknown>();

  constructor(options: PolicyOwnerOptions) {
    this.#options = options;
  }

  onChange(resource: Resource, policy: Policy, { revertAfterMs }: PolicySettings): void {
    const { namespace = "", name = "" } = policy.metadata;
    const path = resourcePath(resource, { namespace, name });
    const wanted = this.#specs.get(path);
    if (wanted === undefined) return void this.#specs.set(path, policy.spec);
    if (revertAfterMs === Infinity || isDeepStrictEqual(wanted, policy.spec)) return;
    void this.#putBack(path, wanted, revertAfterMs);
  }

  async #putBack(path: string, spec: unknown, afterMs: number): Promise<void> {
    const { kube, clock, ended } = this.#options;
    await clock.sleepUntil(clock.now() + afterMs, ended);
    if (ended.aborted) return;
    const answer = await kube({
      method: "PATCH",
      path,
      headers: new Headers({
        "content-type": "application/merge-patch+json",
        "user-agent": `${MANAGER}/1`,
      }),
      body: JSON.stringify({ spec }),
      user: SANDBOX_USER,
      signal: ended,
    });
    await answer.body?.cancel();
  }
}
