/** What a client asks, without its body. Types only. @module */

import type { HeaderField } from "./header_field.ts";

/** Names in lower case, without pseudo-header fields. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: string;
  /** Host and port, as in the URL. */
  readonly authority: string;
  /** With the query. */
  readonly path: string;
  readonly headers: readonly HeaderField[];
}
