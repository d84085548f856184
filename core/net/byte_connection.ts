/** A connection to a server or a client as bytes both ways. @module */

/** What `Deno.Conn` has of it is enough. */
export interface ByteConnection {
  /** How many bytes came; null at the end of what the peer sends. */
  read(into: Uint8Array): Promise<number | null>;
  /** How many of the bytes were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Says that no more is written; the other end sees it as the end. Not all have it. */
  closeWrite?(): Promise<void>;
  /** Fails what is under way. */
  close(): void;
}

/** Resolves when all of them were taken. */
export async function writeAll(conn: ByteConnection, bytes: Uint8Array): Promise<void> {
  let sent = await conn.write(bytes);
  while (sent < bytes.length) sent += await conn.write(bytes.subarray(sent));
}
