/** What the plan of the field writes down of each number of tokens, and what tells who is slower. @module */

import type { TableSpec } from "../../../core/judge/table_spec.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { CREATE_ACCOUNT, REQUEST_TOKEN } from "../users/measured.ts";
import { REVIEW } from "../frame/review.ts";
import { PROVISION, UNPROVISIONED } from "./measured.ts";

const ROWS: TableSpec["rows"] = { by: "tag", tag: "tokens" };

/** Answers of the full set are what the plan measures. */
const VOLUME: TableSpec = {
  title: "Token volume",
  rows: ROWS,
  columns: [
    { title: "creation of all", figure: `${PROVISION}.max` },
    { title: "account p50", figure: `${CREATE_ACCOUNT}.p50` },
    { title: "account p95", figure: `${CREATE_ACCOUNT}.p95` },
    { title: "token p50", figure: `${REQUEST_TOKEN}.p50` },
    { title: "token p95", figure: `${REQUEST_TOKEN}.p95` },
    { title: "not made", figure: `${UNPROVISIONED}.total` },
    { title: "p50", figure: `${CHAT_OP}{arm=full}.p50` },
    { title: "p95", figure: `${CHAT_OP}{arm=full}.p95` },
    { title: "success", figure: `${CHAT_OP}{arm=full}.ok.ratio` },
  ],
};

const ARMS: TableSpec = {
  title: "Who is slower",
  rows: ROWS,
  columns: [
    { title: "fixed set p50", figure: `${CHAT_OP}{arm=fixed,token=again}.p50` },
    { title: "fixed set p95", figure: `${CHAT_OP}{arm=fixed,token=again}.p95` },
    { title: "full set p50", figure: `${CHAT_OP}{arm=full,token=again}.p50` },
    { title: "full set p95", figure: `${CHAT_OP}{arm=full,token=again}.p95` },
    { title: "first shown p50", figure: `${CHAT_OP}{token=first}.p50` },
    { title: "first shown p95", figure: `${CHAT_OP}{token=first}.p95` },
  ],
};

const REVIEWS: TableSpec = {
  title: "Reviews at the API server",
  rows: ROWS,
  columns: [
    { title: "first p50", figure: `${REVIEW}{token=first}.p50` },
    { title: "first p95", figure: `${REVIEW}{token=first}.p95` },
    { title: "again p50", figure: `${REVIEW}{token=again}.p50` },
    { title: "again p95", figure: `${REVIEW}{token=again}.p95` },
    { title: "failed", figure: `${REVIEW}.failed.count` },
  ],
};

/** @param hasReviews whether tokens are reviewed at the API server */
export function volumeTables(hasReviews: boolean): TableSpec[] {
  return [VOLUME, ARMS, ...(hasReviews ? [REVIEWS] : [])];
}
