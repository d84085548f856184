/** A connection to a server as bytes both ways. Types only. @module */

/** What `Deno.Conn` has of it is enough. */
export interface ByteConnection {
  /** How many bytes came; null at the end of what the server sends. */
  read(into: Uint8Array): Promise<number | null>;
  /** How many of the bytes were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Fails what is under way. */
  close(): void;
}
