/**
 * How does an answer leave: its status, its headers, its body?
 * @module
 */

import type { ApiError } from "./api_error.ts";

const HEADERS = { "cache-control": "no-cache, private" };
const JSON_TYPE = "application/json";

/** @param options.warnings shown by kubectl. Source: RFC 7234, section 5.5.7 */
export function jsonAnswer(
  body: string,
  { status = 200, warnings = [], contentType = JSON_TYPE }: {
    status?: number;
    warnings?: readonly string[];
    contentType?: string;
  } = {},
): Response {
  const headers = new Headers({ ...HEADERS, "content-type": contentType });
  for (const warning of warnings) {
    headers.append("warning", `299 - ${JSON.stringify(warning)}`);
  }
  return new Response(body, { status, headers });
}

export function refusalAnswer(error: ApiError): Response {
  const { code, details } = error.refusal;
  const answer = jsonAnswer(JSON.stringify(error.status), { status: code });
  const { retryAfterSeconds } = details ?? {};
  if (retryAfterSeconds !== undefined) answer.headers.set("retry-after", String(retryAfterSeconds));
  return answer;
}

export function textAnswer(text: string, status = 200): Response {
  const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
  return new Response(text, { status, headers });
}

/** For a path that nothing is at. */
export function pageNotFound(): Response {
  return textAnswer("404 page not found\n", 404);
}

export function streamAnswer(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, { headers: { ...HEADERS, "content-type": JSON_TYPE } });
}
