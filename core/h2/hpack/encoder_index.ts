/** Where fields and names are in an encoder's two tables. RFC 7541, section 2.3.3. @module */

import type { HeaderField } from "../header_field.ts";
import { DynamicTable } from "./dynamic_table.ts";
import { STATIC_TABLE } from "./static_table.ts";

/** The index of the newest entry of the dynamic table. */
const FIRST_DYNAMIC = STATIC_TABLE.length;

const STATIC_NAMES: ReadonlyMap<string, number> = staticNames();

/** By name, then by value. */
const STATIC_FIELDS: ReadonlyMap<string, ReadonlyMap<string, number>> = staticFields();

function staticNames(): Map<string, number> {
  const indexes = new Map<string, number>();
  STATIC_TABLE.forEach((field, index) => {
    if (field !== undefined && !indexes.has(field[0])) indexes.set(field[0], index);
  });
  return indexes;
}

function staticFields(): Map<string, Map<string, number>> {
  const fields = new Map<string, Map<string, number>>();
  STATIC_TABLE.forEach((field, index) => {
    if (field === undefined) return;
    const values = fields.get(field[0]) ?? new Map<string, number>();
    fields.set(field[0], values.set(field[1], index));
  });
  return fields;
}

export class EncoderIndex {
  readonly #table: DynamicTable;
  /** By name, then by value: the entry's number. */
  readonly #numbers = new Map<string, Map<string, number>>();

  constructor(maxBytes: number) {
    this.#table = new DynamicTable(maxBytes, (field) => this.#forget(field));
  }

  get maxBytes(): number {
    return this.#table.maxBytes;
  }

  resize(maxBytes: number): void {
    this.#table.resize(maxBytes);
  }

  /** @param field that {@link ofField} does not know */
  insert(field: HeaderField): void {
    this.#table.insert(field);
    let values = this.#numbers.get(field[0]);
    if (values === undefined) this.#numbers.set(field[0], values = new Map());
    values.set(field[1], this.#table.inserted - 1);
  }

  /** 0: it is in neither table. */
  ofField(name: string, value: string): number {
    const index = STATIC_FIELDS.get(name)?.get(value);
    if (index !== undefined) return index;
    const number = this.#numbers.get(name)?.get(value);
    return number === undefined ? 0 : this.#indexOf(number);
  }

  /** 0: it is in neither table. */
  ofName(name: string): number {
    const index = STATIC_NAMES.get(name);
    if (index !== undefined) return index;
    const [number] = this.#numbers.get(name)?.values() ?? [];
    return number === undefined ? 0 : this.#indexOf(number);
  }

  #indexOf(number: number): number {
    return FIRST_DYNAMIC + this.#table.inserted - 1 - number;
  }

  #forget([name, value]: HeaderField): void {
    const values = this.#numbers.get(name);
    values?.delete(value);
    if (values?.size === 0) this.#numbers.delete(name);
  }
}
