/**
 * Answers the paths that lead to no resource: health, discovery, release.
 * @module
 */

import { jsonAnswer, pageNotFound, textAnswer } from "../answers/answers.ts";
import type { ApiCall } from "../api_call.ts";
import type { ApiState } from "../api_state.ts";
import { discoveryDocument, documentType } from "../discovery/schema_documents.ts";

const HEALTH = /^\/(healthz|livez|readyz)\/?/;

export function answerPath(state: ApiState, call: ApiCall, url: URL): Response {
  const { pathname, searchParams } = url;
  const [, probe] = HEALTH.exec(pathname) ?? [];
  if (probe !== undefined) {
    return textAnswer(
      searchParams.has("verbose") ? `[+]ping ok\n${probe} check passed\n` : "ok",
    );
  }
  const document = discoveryDocument(pathname, {
    accept: call.headers.get("accept") ?? "",
    resources: state.resources.all(),
  });
  if (document === undefined) return pageNotFound();
  return jsonAnswer(JSON.stringify(document), { contentType: documentType(document) });
}
