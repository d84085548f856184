/**
 * What does a client ask for by HTTP/1.1? Reads the head of a request, and refuses what two readers
 * could take for different requests: a server that is lenient there lets requests through that the
 * proxy before it never saw (request smuggling). Never touches a socket.
 * Source: RFC 9112, sections 2.2, 3 (request line), 5 (fields), 6 (body) and 11.2 (smuggling).
 * @module
 */

import { headersOf, listed, staysOpen } from "../net/http1_head.ts";

export const MOST_HEAD_BYTES = 65_536;
const MOST_FIELDS = 100;
/** RFC 9112, section 3: at least 8,000 are to be supported. */
const MOST_TARGET_BYTES = 16_384;

/** The request is answered with this, and the connection closed: where the next one begins is unknown. */
export class RefusedRequestError extends Error {
  override name = "RefusedRequestError";

  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export interface Http1RequestHead {
  readonly method: string;
  /** In origin form: path and query. */
  readonly target: string;
  /** A client that knows no chunks. */
  readonly isHttp10: boolean;
  /** By their names in lower case; values of one name are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the client would send another request. */
  readonly staysOpen: boolean;
  readonly bodyBytes: number | "chunked";
  /** It sends its body once it is told to. */
  readonly expectsContinue: boolean;
}

const LF = 10;
const CR = 13;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([\\x21-\\x7e]+) HTTP/(\\d)\\.(\\d)$`);
/**
 * RFC 9112, section 5.1: "No whitespace is allowed between the field name and colon"; section 5.2: a
 * line that begins with white space goes on with the one before (obs-fold), and "MUST" be refused.
 */
const FIELD = new RegExp(`^${TOKEN}:[\\t\\x20-\\x7e\\x80-\\xff]*$`);
const HOST = /^[!$%&'()*+.:;=_~\[\]0-9A-Za-z-]*$/;

/**
 * @param text as bytes (latin1), without the empty line that ends it
 * @throws {RefusedRequestError}
 */
export function parseRequestHead(text: string): Http1RequestHead {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const { method, target, isHttp10 } = parseRequestLine(requestLine);
  if (lines.length > MOST_FIELDS) {
    throw new RefusedRequestError(431, `Too many header fields: expected at most ${MOST_FIELDS}`);
  }
  if (!lines.every((line) => FIELD.test(line))) throw malformed("a header field is none");
  const headers = headersOf(lines);
  checkHost(headers.get("host"), isHttp10);
  return {
    method,
    target,
    isHttp10,
    headers,
    staysOpen: staysOpen(headers, isHttp10),
    bodyBytes: bodyBytesOf(headers, isHttp10),
    // RFC 9110, section 10.1.1: of a client of HTTP/1.0 it "MUST" be ignored.
    expectsContinue: !isHttp10 && expectsContinue(headers.get("expect")),
  };
}

/**
 * Whether what has come can still become a head. A line feed alone ends no line for us, though
 * section 2.2 would allow it: what stands before us may see it otherwise.
 * @param fromByte those before were looked at already
 * @throws {RefusedRequestError}
 */
export function checkHeadSoFar(bytes: Uint8Array, fromByte: number): void {
  for (let at = bytes.indexOf(LF, fromByte); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) throw malformed("a line ends without CR");
  }
  if (bytes.length > MOST_HEAD_BYTES) {
    throw new RefusedRequestError(431, `The head is over ${MOST_HEAD_BYTES} bytes`);
  }
}

function parseRequestLine(line: string) {
  const [, method, target, major, minor] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) {
    throw malformed("it begins with no request line");
  }
  if (major !== "1") throw new RefusedRequestError(505, "Expected HTTP/1.1");
  if (target.length > MOST_TARGET_BYTES) {
    throw new RefusedRequestError(414, `The target is over ${MOST_TARGET_BYTES} bytes`);
  }
  return { method, target: originForm(method, target), isHttp10: minor === "0" };
}

/** RFC 9112, section 3.2.2: a server accepts the absolute form, too; 3.2.3: CONNECT is for proxies. */
function originForm(method: string, target: string): string {
  if (target.startsWith("/") || (target === "*" && method === "OPTIONS")) return target;
  const [, path] = /^https?:\/\/[^/?#]+([/?].*)?$/i.exec(target) ?? [];
  if (path === undefined && !/^https?:\/\/[^/?#]+$/i.test(target)) {
    throw malformed("its target is none");
  }
  return path === undefined ? "/" : path.startsWith("/") ? path : `/${path}`;
}

/** RFC 9112, section 3.2: without one, or with several, the answer "MUST" be 400. */
function checkHost(host: string | undefined, isHttp10: boolean): void {
  if (host === undefined ? !isHttp10 : !HOST.test(host)) throw malformed("expected one Host");
}

/** RFC 9112, section 6.3. */
function bodyBytesOf(
  headers: ReadonlyMap<string, string>,
  isHttp10: boolean,
): number | "chunked" {
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding === undefined) {
    // A list of lengths, even of equal ones, is no number.
    if (!/^\d{1,15}$/.test(length ?? "0")) throw malformed("its Content-Length is no number");
    return Number(length ?? 0);
  }
  // Section 6.1: both together "ought to be handled as an error", and so a coding in HTTP/1.0.
  if (length !== undefined || isHttp10) throw malformed("its length is told in two ways");
  const codings = listed(coding);
  if (codings.length === 1 && codings[0] === "chunked") return "chunked";
  throw new RefusedRequestError(501, "Expected no transfer coding but chunked");
}

/** RFC 9110, section 10.1.1: 417 for what is not known. */
function expectsContinue(expectation: string | undefined): boolean {
  if (expectation === undefined) return false;
  if (expectation.toLowerCase() === "100-continue") return true;
  throw new RefusedRequestError(417, "Expected no expectation but 100-continue");
}

function malformed(why: string): RefusedRequestError {
  return new RefusedRequestError(400, `The request is not HTTP/1.1: ${why}`);
}
