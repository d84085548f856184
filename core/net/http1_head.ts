/**
 * What stands before the body of an HTTP/1.1 message? Writes that of a request, reads that of an
 * answer, and what both have. Never touches a socket.
 * Source: RFC 9112, sections 3 (request line), 4 (status line), 5 (fields) and 9.3 (persistence).
 * @module
 */

import { Buffer } from "node:buffer";
import { malformed } from "./http1_body.ts";

export const END_OF_HEAD = "\r\n\r\n";

/** One request as it goes over the wire. */
export interface Http1Request {
  /** The Host header, which need not be the server's address. */
  readonly host: string;
  /** From its first slash on, with the query. */
  readonly path: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** With it, its length is among the headers. */
  readonly body?: Uint8Array;
}

/** What an answer tells before its body. */
export interface Http1Head {
  readonly status: number;
  /** By their names in lower case; values of one name are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the connection may serve another request. */
  readonly staysOpen: boolean;
}

/**
 * Head and body in one piece, so that one write sends both; may be made once and sent many times.
 * @throws {RangeError} for a request that would be none, or several, on the wire; quotes no header
 */
export function requestBytes(
  method: "GET" | "POST" | "DELETE",
  request: Http1Request,
): Uint8Array {
  const { host, path, headers = [], body } = request;
  const length = body === undefined ? [] : [["Content-Length", String(body.length)] as const];
  const fields = [["Host", host], ...headers, ...length].map(([name, value]) =>
    `${name}: ${value}`
  );
  if (!/^\/[\x21-\x7e]*$/.test(path) || fields.some((field) => /[\r\n]/.test(field))) {
    throw new RangeError(`Cannot ask for ${JSON.stringify(path)} of ${JSON.stringify(host)}`);
  }
  const text = `${method} ${path} HTTP/1.1\r\n${fields.join("\r\n")}${END_OF_HEAD}`;
  const head = Buffer.from(text, "latin1");
  return body === undefined ? head : Buffer.concat([head, body]);
}

/**
 * @param text without the empty line that ends it
 * @throws {OperationFailedError} `protocol`
 */
export function parseHead(text: string): Http1Head {
  const [statusLine = "", ...lines] = text.split("\r\n");
  const [, minor, status] = /^HTTP\/1\.([01]) ([1-9]\d{2})(?: |$)/.exec(statusLine) ?? [];
  if (status === undefined) throw malformed("it begins with no status line");
  if (lines.some((line) => line.indexOf(":") < 1)) throw malformed("a header field has no name");
  const headers = headersOf(lines);
  return { status: Number(status), headers, staysOpen: staysOpen(headers, minor === "0") };
}

/**
 * By their names in lower case; values of one name are joined by ", ".
 * @param lines that have a name each, and a colon behind it
 */
export function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/** Whether the connection may serve another request after such a message. RFC 9112, section 9.3. */
export function staysOpen(headers: ReadonlyMap<string, string>, isHttp10: boolean): boolean {
  const options = listed(headers.get("connection") ?? "");
  if (options.includes("close")) return false;
  return !isHttp10 || options.includes("keep-alive");
}

/** The items of a header that is a list, in lower case. */
export function listed(list: string): string[] {
  return list === "" ? [] : list.toLowerCase().split(",").map((item) => item.trim());
}
