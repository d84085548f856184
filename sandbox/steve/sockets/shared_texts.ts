/**
 * Long texts that are equal, kept once. A ring of a thousand events of objects of a megabyte would be a
 * gigabyte; load tests fill all of them with one and the same text.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";

const LONG = 16 * 1024;
/** The last few different ones; a text that comes back later is kept twice. */
const MOST_TEXTS = 8;
const FIELDS = ["data", "binaryData"];

export class SharedTexts {
  readonly #texts: string[] = [];

  /** Changes the object's long values to those that are known. */
  share(object: KubeObject): void {
    for (const field of FIELDS) {
      const values = object[field];
      if (typeof values !== "object" || values === null) continue;
      const record = values as Record<string, unknown>;
      for (const [key, value] of Object.entries(record)) {
        if (typeof value === "string" && value.length >= LONG) record[key] = this.#known(value);
      }
    }
  }

  #known(text: string): string {
    const known = this.#texts.find((one) => one === text);
    if (known !== undefined) return known;
    this.#texts.push(text);
    if (this.#texts.length > MOST_TEXTS) this.#texts.shift();
    return text;
  }
}
