/**
 * What does a query ask for? Clients ask for the same again and again, thousands of times a second:
 * what was read is remembered.
 * @module
 */

import { type BlocksRequest, parseBlocksQuery } from "./blocks.ts";

export interface BlocksQuery {
  readonly asked: BlocksRequest;
  /** The `client` parameter; undefined: none, or an empty one. */
  readonly client: string | undefined;
}

/** Forgotten together when there are more: invented queries must not fill the memory. */
const MOST_QUERIES = 4_096;
const LONGEST_BYTES = 256;

export class KnownQueries {
  readonly #known = new Map<string, BlocksQuery>();

  constructor(readonly limits: Parameters<typeof parseBlocksQuery>[1]) {}

  /** @throws what {@link parseBlocksQuery} throws */
  read(query: string): BlocksQuery {
    const known = this.#known.get(query);
    if (known !== undefined) return known;
    const read = { asked: parseBlocksQuery(query, this.limits), client: clientIn(query) };
    if (query.length > LONGEST_BYTES) return read;
    if (this.#known.size >= MOST_QUERIES) this.#known.clear();
    this.#known.set(query, read);
    return read;
  }
}

/** The `client` parameter, of a query that may be wrong otherwise. */
export function clientIn(query: string): string | undefined {
  return new URLSearchParams(query).get("client") || undefined;
}
