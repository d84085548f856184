import assert from "node:assert/strict";
import { type FlowAnswers, judgeFlowControl } from "../../../kube/doctor/flow_control.ts";

function named(name: string, uid: string) {
  return { metadata: { name, uid } };
}

function limited(name: string, { shares, response }: { shares: number; response: unknown }) {
  return {
    ...named(name, `uid-${name}`),
    spec: {
      type: "Limited",
      limited: { nominalConcurrencyShares: shares, limitResponse: response },
    },
  };
}

const QUEUE = { type: "Queue", queuing: { queues: 128, handSize: 6, queueLengthLimit: 50 } };
const LEVELS = {
  items: [
    { ...named("exempt", "uid-exempt"), spec: { type: "Exempt", exempt: {} } },
    limited("default", { shares: 20, response: QUEUE }),
    limited("catch-all", { shares: 5, response: { type: "Reject" } }),
  ],
};
const SCHEMAS = { items: [named("everyone", "fs-1")] };
const SEATS = "# HELP apiserver_flowcontrol_nominal_limit_seats x\n" +
  'apiserver_flowcontrol_nominal_limit_seats{priority_level="default-not"} 7\n' +
  'apiserver_flowcontrol_nominal_limit_seats{priority_level="default"} 50\n';

function judged(given: Partial<FlowAnswers> = {}): string {
  const { status, what } = judgeFlowControl({
    path: "/x",
    flowSchemaUid: "fs-1",
    levelUid: "uid-default",
    schemas: SCHEMAS,
    levels: LEVELS,
    metrics: SEATS,
    requestsPerSec: null,
    ...given,
  });
  return `${status}: ${what}`;
}

const WHERE = 'GET /x falls under flow schema "everyone", priority level "default": ';
const SHARES = "20 of 25 shares of the server's concurrency";
const QUEUED = "up to 300 requests of one flow wait, then 429";

Deno.test("a limited level is told with its shares, seats and queues", () => {
  assert.equal(judged(), `ok: ${WHERE}${SHARES}, 50 seats, ${QUEUED}`);
  assert.equal(
    judged({ requestsPerSec: 100 }),
    `ok: ${WHERE}${SHARES}, 50 seats, ${QUEUED}; at 100 requests/s they wait once one takes the server over 500ms on average`,
  );
});

Deno.test("what may not be read is left out, and nothing is put in its place", () => {
  const forbidden = new Error("forbidden");
  const given = { metrics: forbidden, requestsPerSec: 100 };
  assert.equal(judged(given), `ok: ${WHERE}${SHARES}, ${QUEUED}`);
  assert.match(judged({ schemas: forbidden }), /flow schema fs-1, priority level "default"/);
  assert.equal(
    judged({ levels: forbidden }),
    "unknown: GET /x falls under the priority level with uid uid-default: forbidden",
  );
});

Deno.test("an aggregated API's answer has two headers in one: the first server's counts", () => {
  assert.equal(
    judged({ flowSchemaUid: "fs-1, fs-2", levelUid: "uid-default, uid-other" }),
    judged(),
  );
});

Deno.test("an exempt level is a notice, and the last resort a warning", () => {
  assert.equal(
    judged({ levelUid: "uid-exempt" }),
    'notice: GET /x falls under flow schema "everyone", priority level "exempt"',
  );
  assert.equal(
    judged({ levelUid: "uid-catch-all" }),
    'warning: GET /x falls under flow schema "everyone", priority level "catch-all": 5 of 25 shares of the server\'s concurrency, no queue: what does not fit is answered 429',
  );
});

Deno.test("an answer without the headers says nothing", () => {
  assert.match(
    judged({ flowSchemaUid: undefined }),
    /^unknown: the answer to GET \/x does not say/,
  );
});
