/** What the plan of the field writes down of each level, and what its failures were. @module */

import type { TableSpec } from "../../../core/judge/table_spec.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { ANSWERS } from "./asked.ts";

/** Times from when a question was due, and from when it was sent. */
export function levelTable(title: string): TableSpec {
  return {
    title,
    rows: { by: "stage" },
    columns: [
      { title: "requests", figure: `${CHAT_OP}.count` },
      { title: "answers/s", figure: `${ANSWERS}.rate` },
      { title: "response p50", figure: `${CHAT_OP}.response.p50` },
      { title: "response p95", figure: `${CHAT_OP}.response.p95` },
      { title: "service p50", figure: `${CHAT_OP}.service.p50` },
      { title: "service p95", figure: `${CHAT_OP}.service.p95` },
      { title: "success", figure: `${CHAT_OP}.ok.ratio` },
      { title: "errors", figure: `${CHAT_OP}.failed.count` },
    ],
  };
}

/** Classes of failure that tell of a part, and columns of what remains. */
const FAILURES = [
  "auth-overload",
  "auth-timeout",
  "not-authenticated",
  "not-authorized",
  "rate-limited",
  "model-full",
  "cut-stream",
  "http-503",
  "timeout",
] as const;

/** Failures by class. */
export function failureTable(): TableSpec {
  return {
    title: "Failures",
    rows: { by: "stage" },
    columns: FAILURES.map((reason) => ({
      title: reason,
      figure: `${CHAT_OP}.failed{reason=${reason}}.count`,
    })),
  };
}
