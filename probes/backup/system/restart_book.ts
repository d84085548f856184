/**
 * How often have pods of a part of the system begun anew? Counts restarts of containers and pods that
 * were replaced, since a first look. Pure.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { containersOf, initContainersOf, isOverPod } from "../../../kube/pod_status.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";

/** One container began anew so often, or one pod is no longer there. */
export interface Restart {
  readonly pod: string;
  /** Undefined: the pod itself went, and whatever is there now is another one. */
  readonly container: string | undefined;
  /** > 0. */
  readonly count: number;
  /** Of what ended, e.g. `OOMKilled`, `Evicted`; empty: not told. */
  readonly reason: string;
}

interface KnownPod {
  readonly name: string;
  readonly restarts: Map<string, number>;
  isOver: boolean;
}

export class RestartBook {
  readonly #container: string | undefined;
  /** By uid. */
  readonly #known = new Map<string, KnownPod>();

  /** @param container the one whose restarts count; absent: those of all */
  constructor(container?: string) {
    this.#container = container;
  }

  /** It was there at the first look: what had happened by then does not count. */
  begin(pod: KubeObject): void {
    this.see(pod);
  }

  /** What has happened to it since it was seen last. One that has come since has all of its own. */
  see(pod: KubeObject): Restart[] {
    const { uid = "", name = "" } = pod.metadata;
    const known = this.#known.get(uid) ?? { name, restarts: new Map(), isOver: false };
    this.#known.set(uid, known);
    const restarts = this.#restartsOf(pod, known);
    if (known.isOver || !isOverPod(pod)) return restarts;
    known.isOver = true;
    const reason = textOf(fieldsOf(pod["status"])["reason"]) ?? "";
    return [...restarts, { pod: name, container: undefined, count: 1, reason }];
  }

  /** It is deleted. */
  gone({ metadata: { uid = "" } }: KubeObject): Restart[] {
    const known = this.#known.get(uid);
    this.#known.delete(uid);
    if (known === undefined || known.isOver) return [];
    return [{ pod: known.name, container: undefined, count: 1, reason: "" }];
  }

  #restartsOf(pod: KubeObject, { name: ofPod, restarts }: KnownPod): Restart[] {
    const found: Restart[] = [];
    for (
      const { name, restarts: now, lastEnd } of [...containersOf(pod), ...initContainersOf(pod)]
    ) {
      if (this.#container !== undefined && name !== this.#container) continue;
      const before = restarts.get(name) ?? 0;
      restarts.set(name, now);
      if (now <= before) continue;
      found.push({
        pod: ofPod,
        container: name,
        count: now - before,
        reason: lastEnd?.reason ?? "",
      });
    }
    return found;
  }
}

/** `container c of pod p began anew twice (OOMKilled)`. */
export function restartText({ pod, container, count, reason }: Restart): string {
  const why = reason === "" ? "" : ` (${reason})`;
  if (container === undefined) return `pod ${pod} is gone${why}`;
  const times = count === 1 ? "" : `, ${count} times`;
  return `container ${container} of pod ${pod} began anew${times}${why}`;
}
