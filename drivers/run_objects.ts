/**
 * What are the objects of a run, by their number? Called `<run id>-<number>`, all equally long, so
 * that they sort as they were numbered; in the namespace whose turn it is, with the run's labels.
 * Looks at no cluster.
 * @module
 */

import { UsageError } from "../core/errors.ts";
import { type Share, WHOLE } from "../core/load/share.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import { ownerLabels, type RunIdentity, shareLabels } from "../kube/owned/ownership.ts";
import type { Resource } from "../kube/resource.ts";
import { CREATE_TIMESTAMP } from "../kube/sample_log/times.ts";

/** Of one object: what its name, texts and times are made of. */
export type ObjectPlace = ObjectRef & { readonly index: number; readonly stamp: string };

interface RunObjectsOptions {
  readonly identity: RunIdentity;
  /** Whose objects these are of several generators. @default {WHOLE} */
  readonly share?: Share;
  /**
   * Whether the objects of other generators have numbers of their own, whatever they are called in the
   * whole: a generator does not know how far the others came in the stages before. @default {false}
   */
  readonly isApart?: boolean;
  /** At least one, unless the kind is cluster-scoped. */
  readonly namespaces: readonly string[];
  readonly resource: Resource;
  /** Of the run's object `index`, from 1. */
  readonly nameOf: (index: number) => string;
  /** The object, but for its name, labels and time of create. */
  readonly make: (place: ObjectPlace) => KubeObject;
}

/** The objects of a run, or of one stage of it, by their number from 1. */
export class RunObjects {
  readonly #options: RunObjectsOptions;
  readonly #labels: Readonly<Record<string, string>>;
  /** Whose numbers these are. */
  readonly #numbers: Share;
  /** The highest number in the run of those before. */
  readonly #before: number;
  #highest = 0;

  constructor(options: RunObjectsOptions, before = 0) {
    this.#options = options;
    const { identity, share = WHOLE, isApart = false } = options;
    this.#labels = { ...ownerLabels(identity), ...shareLabels(share) };
    this.#numbers = isApart ? share : WHOLE;
    this.#before = before;
  }

  /** Where object `index` is. */
  refOf(index: number): ObjectRef {
    this.#highest = Math.max(this.#highest, index);
    const { nameOf, namespaces, resource } = this.#options;
    const number = this.#numberOf(index);
    const name = nameOf(number);
    if (!resource.namespaced) return { name };
    const namespace = namespaces[(number - 1) % namespaces.length];
    if (namespace === undefined) throw new UsageError("--namespace: expected at least one");
    return { name, namespace };
  }

  /** @param stamp the time of its create, as annotations have it */
  make(index: number, stamp: string): KubeObject {
    const ref = this.refOf(index);
    const object = this.#options.make({ ...ref, index: this.#numberOf(index), stamp });
    const { labels, annotations } = object.metadata;
    const metadata = {
      ...object.metadata,
      ...ref,
      labels: { ...labels, ...this.#labels },
      annotations: { ...annotations, [CREATE_TIMESTAMP]: stamp },
    };
    return { ...object, metadata };
  }

  /** Those of a later stage: none has the name of one that was asked for here. */
  following(): RunObjects {
    return new RunObjects(this.#options, this.#before + this.#highest * this.#numbers.of);
  }

  #numberOf(index: number): number {
    const { index: own, of } = this.#numbers;
    return this.#before + (index - 1) * of + own + 1;
  }
}
