/**
 * What parts of an installation count of themselves, by the names that they have on their pages of
 * metrics. Pure.
 * Sources: Kuadrant/limitador-server, docs; Kuadrant/authorino, docs/user-guides/observability.md;
 * Kubernetes, "Metrics reference"; Envoy, "Cluster manager statistics"; vLLM, "Production metrics".
 * @module
 */

import { metricSamples } from "../../../kube/component/metrics_page.ts";
import type { Part } from "./component_flags.ts";

export interface PartEvent {
  readonly part: Part;
  /** The tag `event`, and the title of a column. */
  readonly event: string;
  readonly metric: string;
  /** Labels that a sample has to have. */
  readonly labels?: Readonly<Record<string, string>>;
}

const TOKEN_REVIEWS = { resource: "tokenreviews" };
const ACCESS_REVIEWS = { resource: "subjectaccessreviews" };

/** What the limiter charged: the usage of the answers that it saw. */
export const CHARGED: PartEvent = {
  part: "limiter",
  event: "charged",
  metric: "authorized_hits",
};

export const PART_EVENTS: readonly PartEvent[] = [
  { part: "gateway", event: "requests", metric: "envoy_http_downstream_rq_total" },
  { part: "gateway", event: "timeouts", metric: "envoy_cluster_upstream_rq_timeout" },
  { part: "gateway", event: "resets", metric: "envoy_cluster_upstream_rq_tx_reset" },
  {
    part: "auth",
    event: "token-reviews",
    metric: "rest_client_requests_total",
    labels: TOKEN_REVIEWS,
  },
  {
    part: "auth",
    event: "unauthenticated",
    metric: "auth_server_authconfig_response_status",
    labels: { status: "UNAUTHENTICATED" },
  },
  { part: "limiter", event: "limited", metric: "limited_calls" },
  CHARGED,
  {
    part: "API server",
    event: "token-reviews",
    metric: "apiserver_request_total",
    labels: TOKEN_REVIEWS,
  },
  {
    part: "API server",
    event: "access-reviews",
    metric: "apiserver_request_total",
    labels: ACCESS_REVIEWS,
  },
  {
    part: "API server",
    event: "too-many",
    metric: "apiserver_request_total",
    labels: { code: "429" },
  },
  { part: "model", event: "answers", metric: "vllm:request_success_total" },
  { part: "model", event: "preemptions", metric: "vllm:num_preemptions_total" },
];

/** How many questions wait for the model. */
const WAITING = "vllm:num_requests_waiting";

/** What one page says. */
export interface PartCounts {
  /** Of those events that the page has. */
  readonly events: ReadonlyMap<PartEvent, number>;
  /** Undefined: the page does not say. */
  readonly waiting: number | undefined;
}

export function partCounts(part: Part, page: string): PartCounts {
  const ofPart = PART_EVENTS.filter((one) => one.part === part);
  const names = new Set([...ofPart.map(({ metric }) => metric), WAITING]);
  const events = new Map<PartEvent, number>();
  let waiting: number | undefined;
  for (const { name, labels, value } of metricSamples(page, names)) {
    if (name === WAITING) waiting = (waiting ?? 0) + value;
    for (const event of ofPart) {
      const isIt = event.metric === name &&
        Object.entries(event.labels ?? {}).every(([key, wanted]) => labels[key] === wanted);
      if (isIt) events.set(event, (events.get(event) ?? 0) + value);
    }
  }
  return { events, waiting };
}
