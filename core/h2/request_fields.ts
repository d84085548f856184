/** The head of a request as it came: RFC 9113, section 8.3.1. @module */

import type { HeaderField } from "./header_field.ts";
import { checkFields, contentLengthOf, malformed } from "./message_fields.ts";

export class RequestFields {
  readonly method: string;
  /** Path and query; of CONNECT the authority. */
  readonly target: string;
  /** -1: it says none. */
  readonly contentLength: number;
  readonly #fields: readonly HeaderField[];

  /** @throws {StreamError} if it is malformed */
  constructor(streamId: number, fields: readonly HeaderField[]) {
    const pseudo = pseudoFields(streamId, fields);
    const method = pseudo.get(":method");
    if (method === undefined) throw malformed(streamId, "8.3.1: a request has a :method");
    this.method = method;
    this.target = targetOf(streamId, method, pseudo);
    this.contentLength = contentLengthOf(streamId, fields);
    this.#fields = fields;
  }

  /** By a name in lower case; `host` is the authority where there is no such field. */
  header(name: string): string | undefined {
    let value: string | undefined;
    // RFC 9113, section 8.2.3: cookies may come one a field.
    const separator = name === "cookie" ? "; " : ", ";
    for (const field of this.#fields) {
      if (field[0] !== name) continue;
      value = value === undefined ? field[1] : value + separator + field[1];
    }
    return value === undefined && name === "host" ? this.header(":authority") : value;
  }
}

const PSEUDO: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path"]);

function pseudoFields(streamId: number, fields: readonly HeaderField[]): Map<string, string> {
  const pseudo = new Map<string, string>();
  checkFields(streamId, fields, (name, value) => {
    if (!PSEUDO.has(name)) throw malformed(streamId, `8.3: no ${name} in a request`);
    if (pseudo.has(name)) throw malformed(streamId, `8.3.1: one ${name}`);
    pseudo.set(name, value);
  });
  return pseudo;
}

function targetOf(streamId: number, method: string, pseudo: ReadonlyMap<string, string>): string {
  const path = pseudo.get(":path");
  const authority = pseudo.get(":authority");
  if (method === "CONNECT") {
    if (path !== undefined || pseudo.has(":scheme") || authority === undefined) {
      throw malformed(streamId, "8.5: CONNECT has an :authority and neither :scheme nor :path");
    }
    return authority;
  }
  if (!pseudo.has(":scheme")) throw malformed(streamId, "8.3.1: a request has a :scheme");
  const isPath = path?.startsWith("/") || (path === "*" && method === "OPTIONS");
  if (path === undefined || !isPath) {
    throw malformed(streamId, "8.3.1: a request has a :path that begins with a slash");
  }
  return path;
}
