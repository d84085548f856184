/**
 * States of objects as JSON: each is turned into it once, however many answers and watches carry it, and
 * some of them are remembered.
 * @module
 */

import type { ObjectType, StoredObject } from "./stored_object.ts";

/** See the module. */
export class ObjectTexts {
  readonly #limit: number;
  readonly #texts = new WeakMap<StoredObject, string>();
  /** Whose texts there are, the oldest first; of an unlimited number nobody keeps account. */
  readonly #remembered = new Set<StoredObject>();

  /** @param limit most texts that are remembered, at least 1; Infinity: those of all objects in use */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Without apiVersion and kind, as in a list of a built-in kind. */
  of(object: StoredObject): string {
    const known = this.#texts.get(object);
    if (known !== undefined) return known;
    const text = JSON.stringify(object.fields);
    this.#texts.set(object, text);
    if (this.#limit < Infinity) this.#remember(object);
    return text;
  }

  as(object: StoredObject, { apiVersion, kind }: ObjectType): string {
    return `{"kind":"${kind}","apiVersion":"${apiVersion}",${this.of(object).slice(1)}`;
  }

  /** It is a state of the past, which hardly anybody will ask for. */
  forget(object: StoredObject): void {
    this.#texts.delete(object);
    this.#remembered.delete(object);
  }

  #remember(object: StoredObject): void {
    this.#remembered.add(object);
    if (this.#remembered.size <= this.#limit) return;
    const [oldest] = this.#remembered;
    this.forget(oldest!);
  }
}
