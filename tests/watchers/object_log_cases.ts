/** What may happen to one object between two turns, and the rows that must come of it. @module */

import { CREATE_TIMESTAMP, UPDATE_TIMESTAMP } from "../../kube/sample_log/times.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Moment } from "../../watchers/object_log.ts";

/** 2026-01-01 00:00:00 UTC; the moments of these tests are ms from there. */
export const START_MS = Date.parse("2026-01-01T00:00:00Z");
const CREATED = "2026-01-01T00:00:00Z";

export function moment(ms: number): Moment {
  return { wallMs: START_MS + ms, nowMs: ms };
}

/** The annotation of a client whose clock says so. */
function stamp(ms: number): string {
  return `${new Date(START_MS + ms).toISOString().slice(0, 23).replace("T", " ")} +0000`;
}

interface State {
  readonly rv?: number;
  readonly uid?: string;
  readonly created?: number | string;
  readonly updated?: number | string;
  readonly data?: Record<string, string>;
}

function configMap({ rv = 1, uid = "u1", created, updated, data }: State = {}): KubeObject {
  const text = (given: number | string) => typeof given === "number" ? stamp(given) : given;
  return {
    metadata: {
      namespace: "ns",
      name: "a",
      uid,
      resourceVersion: String(rv),
      creationTimestamp: CREATED,
      annotations: {
        ...(created === undefined ? {} : { [CREATE_TIMESTAMP]: text(created) }),
        ...(updated === undefined ? {} : { [UPDATE_TIMESTAMP]: text(updated) }),
      },
    },
    ...(data === undefined ? {} : { data }),
  };
}

export type Step =
  & { readonly atMs: number }
  & (
    | { readonly add: KubeObject; readonly isInInitialList?: true }
    | { readonly update: KubeObject }
    | { readonly delete: KubeObject }
    | { readonly turn: true }
  );

export const NEW = configMap({ rv: 1, created: 100 });
export const CHANGED = configMap({ rv: 2, created: 100, updated: 200 });
const CHANGED_AGAIN = configMap({ rv: 3, created: 100, updated: 300 });
const BY_OTHERS = configMap({ rv: 3, created: 100, updated: 200, data: { by: "others" } });
const ANEW = configMap({ rv: 9, uid: "u2", created: 400 });

export const CASES: readonly {
  what: string;
  steps: readonly Step[];
  turns: readonly string[];
  compare?: false;
}[] = [
  {
    what: "an add is a create row with the latency of the creation",
    steps: [{ atMs: 130, add: NEW }, { atMs: 150, turn: true }],
    turns: ["create 1,0,0 diff 3, create 50ms (30ms)"],
  },
  {
    what: "create, update and delete with a turn each are a row each",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 230, update: CHANGED },
      { atMs: 240, turn: true },
      { atMs: 330, delete: CHANGED },
      { atMs: 340, turn: true },
    ],
    turns: [
      "create 1,0,0 diff 3, create 20ms (10ms)",
      "update 0,1,0 diff 3, update 40ms (30ms)",
      "delete 0,0,1 diff 3",
    ],
  },
  {
    what: "an add and an update before the first turn are one create row, measured as a creation",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 210, update: CHANGED },
      { atMs: 250, turn: true },
      { atMs: 260, turn: true },
    ],
    turns: ["create 1,1,0 diff 3, create 150ms (10ms)", "update 0,0,0 diff 2"],
  },
  {
    what: "a create and a delete before the first turn are one delete row",
    steps: [{ atMs: 110, add: NEW }, { atMs: 210, delete: NEW }, { atMs: 250, turn: true }],
    // Nothing then and nothing now: there is no difference.
    turns: ["delete 1,0,1 diff 2"],
  },
  {
    what: "three updates before a turn are one row, measured by the last annotation",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 210, update: CHANGED },
      { atMs: 310, update: CHANGED_AGAIN },
      { atMs: 315, update: { ...CHANGED_AGAIN, data: { x: "1" } } },
      { atMs: 350, turn: true },
    ],
    turns: [
      "create 1,0,0 diff 3, create 20ms (10ms)",
      "update 0,3,0 diff 3, update 50ms (10ms)",
    ],
  },
  {
    what: "deleted and created again between two turns is an update row, measured as a creation",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 390, delete: NEW },
      { atMs: 410, add: ANEW },
      { atMs: 420, turn: true },
    ],
    turns: [
      "create 1,0,0 diff 3, create 20ms (10ms)",
      "update 1,0,1 diff 3, create 20ms (10ms)",
    ],
  },
  {
    what: "created again after the turn that found it gone is a create row with all its counts",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 390, delete: NEW },
      { atMs: 395, turn: true },
      { atMs: 410, add: ANEW },
      { atMs: 420, turn: true },
    ],
    turns: [
      "create 1,0,0 diff 3, create 20ms (10ms)",
      "delete 0,0,1 diff 3",
      "create 1,0,0 diff 3, create 20ms (10ms)",
    ],
  },
  {
    what: "created, deleted and created again before the first turn is a create row of the last",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 390, delete: NEW },
      { atMs: 410, add: ANEW },
      { atMs: 420, turn: true },
    ],
    turns: ["create 2,0,1 diff 3, create 20ms (10ms)"],
  },
  {
    what: "a notification without a change is a duplicate without a latency",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 130, update: structuredClone(NEW) },
      { atMs: 140, turn: true },
    ],
    turns: ["create 1,0,0 diff 3, create 20ms (10ms)", "update 0,1,0 diff 2"],
  },
  {
    what: "the same resourceVersion with other data is no duplicate",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 130, update: { ...NEW, data: { x: "1" } } },
      { atMs: 140, turn: true },
    ],
    turns: ["create 1,0,0 diff 3, create 20ms (10ms)", "update 0,1,0 diff 3"],
  },
  {
    what: "without comparing nothing is a duplicate",
    compare: false,
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 130, update: NEW },
      { atMs: 140, turn: true },
      { atMs: 150, delete: NEW },
      { atMs: 160, turn: true },
    ],
    turns: [
      "create 1,0,0 diff 0, create 20ms (10ms)",
      "update 0,1,0 diff 0",
      "delete 0,0,1 diff 0",
    ],
  },
  {
    what: "an object of the first list gives no latency, and its first update one",
    steps: [
      { atMs: 5_000, add: CHANGED, isInInitialList: true },
      { atMs: 5_010, turn: true },
      { atMs: 5_100, update: configMap({ rv: 3, created: 100, updated: 5_090 }) },
      { atMs: 5_120, turn: true },
    ],
    turns: ["create 1,0,0 diff 3, initial", "update 0,1,0 diff 3, update 30ms (10ms)"],
  },
  {
    what: "an update of an object of the first list before its first turn is measured as one",
    steps: [
      { atMs: 5_000, add: CHANGED, isInInitialList: true },
      { atMs: 5_100, update: configMap({ rv: 3, created: 100, updated: 5_090 }) },
      { atMs: 5_120, turn: true },
    ],
    turns: ["create 1,1,0 diff 3, update 30ms (10ms)"],
  },
  {
    what: "an object of the first list that is created anew is measured as a creation",
    steps: [
      { atMs: 5_000, add: NEW, isInInitialList: true },
      { atMs: 5_010, turn: true },
      { atMs: 5_020, delete: NEW },
      { atMs: 5_030, add: configMap({ rv: 9, uid: "u2", created: 5_025 }) },
      { atMs: 5_040, turn: true },
    ],
    turns: ["create 1,0,0 diff 3, initial", "update 1,0,1 diff 3, create 15ms (5ms)"],
  },
  {
    what: "a change by somebody else, who leaves the annotation, gives no latency",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 230, update: CHANGED },
      { atMs: 240, turn: true },
      { atMs: 9_000, update: BY_OTHERS },
      { atMs: 9_010, turn: true },
    ],
    turns: [
      "create 1,0,0 diff 3, create 20ms (10ms)",
      "update 0,1,0 diff 3, update 40ms (30ms)",
      "update 0,1,0 diff 3",
    ],
  },
  {
    what: "an update that collapses with a change by somebody else is still measured",
    steps: [
      { atMs: 110, add: NEW },
      { atMs: 120, turn: true },
      { atMs: 230, update: CHANGED },
      { atMs: 900, update: BY_OTHERS },
      { atMs: 910, turn: true },
    ],
    turns: [
      "create 1,0,0 diff 3, create 20ms (10ms)",
      "update 0,2,0 diff 3, update 710ms (30ms)",
    ],
  },
  {
    what: "an object without annotations gives no latency",
    steps: [{ atMs: 110, add: configMap() }, { atMs: 120, turn: true }],
    turns: ["create 1,0,0 diff 3"],
  },
  {
    what: "an annotation that is no timestamp is told, once",
    steps: [
      { atMs: 110, add: configMap({ created: "yesterday" }) },
      { atMs: 120, turn: true },
      { atMs: 130, update: configMap({ rv: 2, created: "yesterday" }) },
      { atMs: 140, turn: true },
    ],
    turns: ["create 1,0,0 diff 3, unreadable", "update 0,1,0 diff 3"],
  },
  {
    what: "a client whose clock is ahead gives negative latencies",
    steps: [{ atMs: 40, add: NEW }, { atMs: 60, turn: true }],
    turns: ["create 1,0,0 diff 3, create -40ms (-60ms)"],
  },
];
