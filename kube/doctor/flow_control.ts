/**
 * Under which flow schema and priority level does the server put the run's requests, and how much
 * room is there? As told by the headers of an answer to a list of each of the run's kinds; names, shares and
 * seats are for those who may read them.
 * Source: Kubernetes, "API Priority and Fairness".
 * @module
 */

import * as z from "zod";
import { messageOf } from "../../core/errors.ts";
import { formatDuration, formatSignificant } from "../../core/units.ts";
import { resourcePath } from "../resource.ts";
import { type Check, type ClusterContext, type DoctorFinding, resourceOf } from "./check.ts";

const ID = "flow-control";
const API = "/apis/flowcontrol.apiserver.k8s.io/v1";
const FLOW_SCHEMA_HEADER = "x-kubernetes-pf-flowschema-uid";
const PRIORITY_LEVEL_HEADER = "x-kubernetes-pf-prioritylevel-uid";
const SEATS_METRIC = "apiserver_flowcontrol_nominal_limit_seats";

const Names = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) })),
});
/** Source: Kubernetes API, flowcontrol v1 PriorityLevelConfiguration; only what is used here. */
const Levels = z.object({
  items: z.array(z.object({
    metadata: z.object({ name: z.string(), uid: z.string() }),
    spec: z.object({
      type: z.string(),
      limited: z.object({
        nominalConcurrencyShares: z.number().nullish(),
        limitResponse: z.object({
          type: z.string(),
          queuing: z.object({
            queues: z.number(),
            handSize: z.number(),
            queueLengthLimit: z.number(),
          }).nullish(),
        }).nullish(),
      }).nullish(),
    }),
  })),
});
type Level = z.infer<typeof Levels>["items"][number];

export const FLOW_CONTROL_CHECK: Check<ClusterContext> = {
  id: ID,
  async look(context, signal) {
    const { cluster, needs } = context;
    const classified = await Promise.all(
      pathsOf(context).map((path) => classification(path, context, signal)),
    );
    signal.throwIfAborted();
    const get = (path: string, accept?: string) =>
      cluster.request({ method: "GET", path, signal, ...(accept === undefined ? {} : { accept }) })
        .catch((thrown: Error) => thrown);
    const [schemas, levels, metrics] = await Promise.all([
      get(`${API}/flowschemas`),
      get(`${API}/prioritylevelconfigurations`),
      get("/metrics", "text/plain"),
    ]);
    signal.throwIfAborted();
    const facts = { schemas, levels, metrics, requestsPerSec: needs.requestsPerSec };
    const groups = Map.groupBy(
      classified,
      ({ flowSchemaUid, levelUid }) => JSON.stringify([flowSchemaUid, levelUid]),
    );
    return [...groups.values()].map((group) =>
      judgeFlowControl({
        ...group[0]!,
        ...facts,
        path: group.map(({ path }) => path).join(", "),
      })
    );
  },
};

/** Where the server put a request. */
interface Classification {
  readonly path: string;
  readonly flowSchemaUid: string | undefined;
  readonly levelUid: string | undefined;
}

async function classification(
  path: string,
  { cluster, answers }: ClusterContext,
  signal: AbortSignal,
): Promise<Classification> {
  // Refused or not, the answer says where the request was put: that comes before authorization.
  await cluster.request({ method: "GET", path: `${path}?limit=1`, signal }).catch(() => {});
  const headers = answers.headersOf(path);
  return {
    path,
    flowSchemaUid: headers?.get(FLOW_SCHEMA_HEADER) ?? undefined,
    levelUid: headers?.get(PRIORITY_LEVEL_HEADER) ?? undefined,
  };
}

/** Collections that the run writes to, or else one that it uses. */
function pathsOf({ needs, resources }: ClusterContext): string[] {
  const { objects = [], rights, namespaces: [namespace] } = needs;
  const used = objects.length > 0 ? objects : rights.slice(0, 1);
  const found = used.flatMap(({ kind }) => resourceOf(kind, resources) ?? []);
  const place = namespace === undefined ? {} : { namespace };
  const paths = new Set(found.map((resource) => resourcePath(resource, place)));
  return paths.size === 0 ? ["/version"] : [...paths];
}

/** What the server said; an Error is why it did not. */
export interface FlowAnswers extends Classification {
  readonly schemas: unknown;
  readonly levels: unknown;
  readonly metrics: unknown;
  readonly requestsPerSec: number | null;
}

export function judgeFlowControl(answers: FlowAnswers): DoctorFinding {
  const { path, flowSchemaUid, levelUid, schemas, levels } = answers;
  if (flowSchemaUid === undefined || levelUid === undefined) {
    return {
      id: ID,
      status: "unknown",
      what: `the answer to GET ${path} does not say how it was classified`,
      why: "API Priority and Fairness is off, or a proxy in between takes its headers away",
    };
  }
  const schema = Names.safeParse(schemas).data?.items
    .find(({ metadata }) => metadata.uid === firstOf(flowSchemaUid));
  const all = Levels.safeParse(levels).data?.items ?? [];
  const level = all.find(({ metadata }) => metadata.uid === firstOf(levelUid));
  if (level === undefined) return unnamed(answers);
  const { name } = level.metadata;
  const schemaName = schema === undefined ? firstOf(flowSchemaUid) : `"${schema.metadata.name}"`;
  const where = `GET ${path} falls under flow schema ${schemaName}, priority level "${name}"`;
  if (level.spec.type === "Exempt") {
    return {
      id: ID,
      status: "notice",
      what: where,
      why: "Exempt requests are never queued or refused with 429, which no tenant's are",
      fix: "use a user of another group, or --as USER",
    };
  }
  return judgeLevel(level, { where, all, answers });
}

/** An aggregated API's answer has passed two servers, and has the header of both. */
function firstOf(uid: string): string {
  return uid.split(",")[0]!.trim();
}

/** Who may not read the levels gets a hint where to look. */
function unnamed({ path, levelUid, levels }: FlowAnswers): DoctorFinding {
  const reason = levels instanceof Error ? `: ${messageOf(levels)}` : "";
  return {
    id: ID,
    status: "unknown",
    what: `GET ${path} falls under the priority level with uid ${levelUid}${reason}`,
    why: "How many requests it serves and queues at a time bounds what the run can measure",
    fix: "let an administrator look at: kubectl get prioritylevelconfigurations,flowschemas " +
      "-o custom-columns=NAME:.metadata.name,UID:.metadata.uid",
  };
}

function judgeLevel(
  level: Level,
  { where, all, answers }: { where: string; all: readonly Level[]; answers: FlowAnswers },
): DoctorFinding {
  const { name } = level.metadata;
  const seats = seatsOf(name, answers.metrics);
  const facts = [
    sharesText(level, all),
    seats === undefined ? "" : `${seats} seats`,
    queueText(level),
  ];
  const what = `${where}: ${facts.filter((fact) => fact !== "").join(", ")}` +
    waitText(seats, answers.requestsPerSec);
  if (name !== "catch-all") return { id: ID, status: "ok", what };
  return {
    id: ID,
    status: "warning",
    what,
    why:
      "This level has the fewest seats and refuses what does not fit, so that the run measures it",
    fix: "make a FlowSchema that puts the user of the run into a level of its own",
  };
}

/** `20 of 245 shares of the server's concurrency`. */
function sharesText({ spec }: Level, all: readonly Level[]): string {
  const shares = spec.limited?.nominalConcurrencyShares;
  if (shares === undefined || shares === null) return "";
  const total = all.reduce(
    (sum, one) => sum + (one.spec.limited?.nominalConcurrencyShares ?? 0),
    0,
  );
  return `${shares} of ${total} shares of the server's concurrency`;
}

function queueText({ spec }: Level): string {
  const response = spec.limited?.limitResponse;
  if (response?.type === "Reject") return "no queue: what does not fit is answered 429";
  const queuing = response?.queuing;
  if (!queuing) return "";
  const { queues, handSize, queueLengthLimit } = queuing;
  const most = Math.min(queues, handSize) * queueLengthLimit;
  return `up to ${most} requests of one flow wait, then 429`;
}

/** By Little's law. */
function waitText(seats: number | undefined, requestsPerSec: number | null): string {
  if (seats === undefined || requestsPerSec === null || requestsPerSec === 0) return "";
  const bearable = formatDuration(seats / requestsPerSec * 1_000);
  const rate = formatSignificant(requestsPerSec);
  return `; at ${rate} requests/s they wait once one takes the server over ${bearable} on average`;
}

/** Of this one server; undefined where the metrics may not be read. */
function seatsOf(level: string, metrics: unknown): number | undefined {
  if (typeof metrics !== "string") return undefined;
  const prefix = `${SEATS_METRIC}{priority_level="${level}"} `;
  const line = metrics.split("\n").find((one) => one.startsWith(prefix));
  return line === undefined ? undefined : Number(line.slice(prefix.length));
}
