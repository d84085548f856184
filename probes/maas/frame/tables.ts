/** What the plan of the field writes down of each level, and what its failures were. @module */

import type { TableSpec } from "../../../core/judge/table_spec.ts";
import { COMMON_REASONS } from "../../../core/measure/sample.ts";
import { CHAT_REASONS } from "../chat/chat.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import type { MaasValues } from "../flags.ts";
import { REVIEW } from "./review.ts";
import { ANSWERS, BEYOND_AUTH } from "./asked.ts";
import { CANARY, FAIL_OPEN } from "./canaries.ts";
import { type PartSource, partSources } from "./component_flags.ts";
import { PART_EVENTS } from "./part_events.ts";
import { PART_EVENT } from "./part_watch.ts";

/** Those of a probe that climbs, in the order of a reader's questions. */
export function levelTables(title: string, values: Pick<MaasValues, "component">): TableSpec[] {
  return [
    levelTable(title),
    tokenTable(),
    failureTable(),
    startTable(),
    evidenceTable(partSources(values)),
  ];
}

/** Times from when a question was due, and from when it was sent. */
function levelTable(title: string): TableSpec {
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

/** As the server counts tokens; times of them are known of streams alone. */
function tokenTable(): TableSpec {
  const time = (title: string, metric: string): TableSpec["columns"] =>
    ["p50", "p95"].map((quantile) => ({
      title: `${title} ${quantile}`,
      figure: `${metric}.${quantile}`,
      isOptional: true,
    }));
  return {
    title: "Tokens",
    rows: { by: "stage" },
    columns: [
      ...time("first token", "timeToFirstToken"),
      ...time("between tokens", "interTokenLatency"),
      ...time("time per token", "timePerOutputToken"),
      { title: "tokens/s", figure: "completionTokens.rate", isOptional: true },
      { title: "answers without usage", figure: "answersWithoutUsage.total", isOptional: true },
    ],
  };
}

/** Of statuses those that gateways, auth services and model servers answer with. */
const STATUSES = [400, 404, 408, 413, 422, 429, 500, 502, 503, 504].map((code) => `http-${code}`);

/** Failures by class: those classes that there were. */
export function failureTable(): TableSpec {
  const reasons = [...CHAT_REASONS, ...STATUSES, ...COMMON_REASONS];
  return {
    title: "Failures",
    rows: { by: "stage" },
    columns: reasons.map((reason) => ({
      title: reason,
      figure: `${CHAT_OP}.failed{reason=${reason}}.count`,
      isOptional: true,
    })),
  };
}

/**
 * The time to settle of each level, by itself: who has a full bucket of anything at a start, as the
 * clients of auth services do, uses it up there.
 */
function startTable(): TableSpec {
  const rows = { by: "stage", kind: "preparing" } as const;
  const { columns } = levelTable("");
  return { title: "Start of each level", rows, columns };
}

/** What tells where the time went and who was at its end, on the same levels. */
function evidenceTable(sources: readonly PartSource[]): TableSpec {
  const parts = [...new Set(sources.map(({ name }) => name))];
  return {
    title: "Evidence",
    rows: { by: "stage" },
    columns: [
      { title: "refusals mean", figure: `${CANARY}.response.mean` },
      { title: "let in", figure: `${FAIL_OPEN}.total` },
      { title: "reviews mean", figure: `${REVIEW}.response.mean` },
      { title: "beyond auth p95", figure: `${BEYOND_AUTH}.p95` },
      ...parts.flatMap((part) => [
        {
          title: `${part} CPU`,
          figure: `componentCpuCores{component="${part}"}.mean`,
          isOptional: true,
        },
        ...PART_EVENTS.filter((event) => event.part === part).map(({ event }) => ({
          title: `${part} ${event}`,
          figure: `${PART_EVENT}{component="${part}",event=${event}}.total`,
          isOptional: true,
        })),
      ]),
    ],
  };
}
