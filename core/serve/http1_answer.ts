/**
 * How does an answer go over an HTTP/1.1 connection? Its head, and how its body is framed. Never
 * touches a socket.
 * Source: RFC 9112, sections 6.1 to 6.3 and 7.1.
 * @module
 */

import { Buffer } from "node:buffer";
import type { Answer } from "../exchange.ts";
import type { Http1RequestHead } from "./http1_request.ts";

/** How the client finds the end of a body. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  /** By the end of the connection. */
  | { readonly kind: "close" };

/** Those that anybody here answers with; a reason phrase says nothing to a program. */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

export const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");

/** To a request that was read; absent: it could not be. */
type AnsweredRequest = Pick<Http1RequestHead, "method" | "isHttp10">;

export function framingOf(answer: Answer, request?: AnsweredRequest): Framing {
  const { status, body, headers } = answer;
  if (body === undefined || request?.method === "HEAD" || hasNoBody(status)) {
    return { kind: "none" };
  }
  if (body instanceof Uint8Array) return { kind: "length", bytes: body.length };
  const [, length] = headers.find(([name]) => name === "content-length") ?? [];
  if (length !== undefined) return { kind: "length", bytes: Number(length) };
  return { kind: request?.isHttp10 ? "close" : "chunked" };
}

/**
 * Up to the empty line.
 * @throws {RangeError} for a header that would be two on the wire; quotes none
 */
export function answerHead(
  answer: Answer,
  { framing, request, staysOpen }: {
    readonly framing: Framing;
    readonly request?: AnsweredRequest | undefined;
    readonly staysOpen: boolean;
  },
): string {
  const { status, headers } = answer;
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n`;
  let isLengthTold = false;
  for (const [name, value] of headers) {
    if (/[\r\n\0]/.test(name + value)) throw new RangeError("A header field has a line of its own");
    isLengthTold ||= name === "content-length";
    text += `${name}: ${value}\r\n`;
  }
  if (framing.kind === "chunked") text += "transfer-encoding: chunked\r\n";
  else if (framing.kind === "length" && !isLengthTold) {
    text += `content-length: ${framing.bytes}\r\n`;
  } else if (
    framing.kind === "none" && !isLengthTold && request?.method !== "HEAD" && !hasNoBody(status)
  ) {
    text += "content-length: 0\r\n";
  }
  if (!staysOpen) text += "connection: close\r\n";
  else if (request?.isHttp10) text += "connection: keep-alive\r\n";
  return `${text}\r\n`;
}

/** RFC 9110, sections 15.3.5 and 15.4.5. */
function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}
