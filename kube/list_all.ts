/**
 * What are all the objects of a list that comes in pages? Begins again, in one piece, when the server
 * has forgotten the state that the pages show; never retries anything else.
 * Source: client-go, tools/pager/pager.go (page size, and FullListIfExpired).
 * @module
 */

import type { ListOptions } from "./cluster.ts";
import type { KubeList, KubeObject } from "./object.ts";
import { isExpired } from "./status_error.ts";

/** Which page. */
export type PageOptions = Pick<ListOptions, "limit" | "continue" | "resourceVersion">;

export interface ListAllOptions {
  /** Most objects of a page (500). */
  readonly limit?: number;
  /**
   * How the first page is asked for.
   * @default as the others, from a quorum read
   */
  readonly first?: PageOptions;
}

interface Listed<T> {
  readonly items: T[];
  /** What all pages show the state of. */
  readonly resourceVersion: string | undefined;
}

/** Default page of client-go's pager. */
const PAGE_LIMIT = 500;

/**
 * All pages.
 * @param list asks for one page, with whatever retries the caller wants
 * @param read what is kept of each object
 * @throws what `list` throws
 */
export async function listAll<T>(
  list: (page: PageOptions) => Promise<KubeList>,
  read: (object: KubeObject) => T,
  { limit = PAGE_LIMIT, first = { limit } }: ListAllOptions = {},
): Promise<Listed<T>> {
  let page = await list(first);
  const { resourceVersion } = page.metadata;
  const items = page.items.map(read);
  for (let token = page.metadata.continue; token; token = page.metadata.continue) {
    try {
      page = await list({ limit, continue: token });
    } catch (thrown) {
      if (isExpired(thrown)) return await listAll(list, read, { limit, first: {} });
      throw thrown;
    }
    for (const item of page.items) items.push(read(item));
  }
  return { items, resourceVersion };
}
