/**
 * Binds claims to volumes, of which there are always enough: each one once it is made, or once there is
 * a pod for it.
 * @module
 */

import { fieldsOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { PERSISTENT_VOLUME_CLAIMS } from "../../../kube/resource.ts";
import type { Change } from "../cluster_view.ts";
import type { ClusterTools } from "./tools.ts";

export class Volumes {
  readonly #tools: ClusterTools;
  /** Woken by the next change of a claim. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(tools: ClusterTools) {
    this.#tools = tools;
    const { view, signal } = tools;
    view.claims.listen((change) => this.#onChange(change), { signal });
    signal.addEventListener("abort", () => this.#wakeAll(), { once: true });
  }

  /** Undefined: nothing holds the pod up. */
  async whyUnbound(claim: string): Promise<string | undefined> {
    const { view, writer, settings } = this.#tools;
    const [namespace = "", name = ""] = claim.split("/");
    // A claim that was made before its pod may be seen after it.
    const object = view.claims.get(claim) ??
      await writer.get(PERSISTENT_VOLUME_CLAIMS, { namespace, name });
    if (object === undefined) return `persistentvolumeclaim "${name}" not found`;
    const { volumeBinding } = settings().cluster;
    if (isBound(object) || volumeBinding === "WaitForFirstConsumer") return undefined;
    return "pod has unbound immediate PersistentVolumeClaims";
  }

  /** Resolves when the claim is bound, for a pod that is there, or when all ends. */
  async bound(claim: string): Promise<void> {
    const { view, settings, signal } = this.#tools;
    while (!signal.aborted) {
      const object = view.claims.get(claim);
      if (object !== undefined && isBound(object)) return;
      if (object !== undefined && settings().cluster.volumeBinding === "WaitForFirstConsumer") {
        return await this.#bind(object);
      }
      await new Promise<void>((resolve) => {
        this.#waiting.set(claim, [...this.#waiting.get(claim) ?? [], resolve]);
      });
    }
  }

  #onChange({ key, before, after }: Change): void {
    if (before === undefined && after !== undefined) void this.#bindAtOnce(after);
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const wake of waiting) wake();
  }

  async #bindAtOnce(claim: KubeObject): Promise<void> {
    const { volumeBinding } = this.#tools.settings().cluster;
    if (volumeBinding === "Immediate" && !isBound(claim)) await this.#bind(claim);
  }

  async #bind({ metadata: { namespace = "", name = "" }, spec }: KubeObject): Promise<void> {
    const { pace, settings, writer, signal } = this.#tools;
    await pace.pause(settings().cluster.volumeBindMs, signal);
    if (signal.aborted) return;
    const { accessModes, resources } = fieldsOf(spec);
    const capacity = fieldsOf(resources)["requests"];
    const status = { phase: "Bound", accessModes, capacity };
    await writer.patchStatus(PERSISTENT_VOLUME_CLAIMS, { namespace, name }, status);
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting.values()].flat()) wake();
    this.#waiting.clear();
  }
}

function isBound({ status }: KubeObject): boolean {
  return fieldsOf(status)["phase"] === "Bound";
}
