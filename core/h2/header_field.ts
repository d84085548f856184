/** Header fields, in the order in which they were sent. @module */

/** Names in lower case; pseudo-header fields (`:status`) come first. */
export type HeaderField = readonly [name: string, value: string];
