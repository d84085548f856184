import assert from "node:assert/strict";
import fc from "fast-check";
import type { WatchEvent } from "../../kube/cluster.ts";
import { KnownState } from "../../watchers/known_state.ts";
import { object } from "../support/scripted_cluster.ts";

function event(type: WatchEvent["type"], name: string, rv: number | string): WatchEvent {
  const metadata = { ...object(name, { rv: 0 }).metadata, resourceVersion: String(rv) };
  return { type, object: { metadata }, bytes: 1 };
}

function list(versions: Readonly<Record<string, number | string>>) {
  return { items: Object.entries(versions).map(([name, rv]) => event("ADDED", name, rv).object) };
}

const CASES: readonly {
  what: string;
  first: Readonly<Record<string, number | string>>;
  events: readonly WatchEvent[];
  second: Readonly<Record<string, number | string>>;
  missed: number;
  lost: number;
}[] = [
  {
    what: "nothing has changed",
    first: { a: 1 },
    events: [],
    second: { a: 1 },
    missed: 0,
    lost: 0,
  },
  {
    what: "events told everything",
    first: { a: 1, b: 2 },
    events: [event("MODIFIED", "a", 3), event("DELETED", "b", 4), event("ADDED", "c", 5)],
    second: { a: 3, c: 5 },
    missed: 0,
    lost: 0,
  },
  {
    what: "one was created, one changed and one deleted after the last event",
    first: { a: 1, b: 2 },
    events: [event("ADDED", "c", 5)],
    second: { a: 7, c: 5, d: 6 },
    missed: 3,
    lost: 0,
  },
  {
    what: "a change is older than an event that came",
    first: { a: 1, b: 2 },
    events: [event("MODIFIED", "b", 5)],
    second: { a: 4, b: 5 },
    missed: 1,
    lost: 1,
  },
  {
    what: "a creation is older than a bookmark that came",
    first: {},
    events: [event("BOOKMARK", "", 5)],
    second: { a: 5 },
    missed: 1,
    lost: 1,
  },
  {
    what: "an object was deleted and made again, and both were told",
    first: { a: 1 },
    events: [event("DELETED", "a", 2), event("ADDED", "a", 3)],
    second: { a: 3 },
    missed: 0,
    lost: 0,
  },
  {
    what: "an event says what the list said already",
    first: { a: 3 },
    events: [event("ADDED", "a", 3)],
    second: { a: 3 },
    missed: 0,
    lost: 0,
  },
  {
    what: "resourceVersions are no numbers",
    first: { a: "x" },
    events: [event("MODIFIED", "a", "z")],
    second: { a: "y" },
    missed: 1,
    lost: 0,
  },
];

for (const { what, first, events, second, missed, lost } of CASES) {
  Deno.test(`KnownState finds ${missed} missed and ${lost} lost when ${what}`, () => {
    const state = new KnownState();
    assert.equal(state.replace(list(first)), undefined);
    for (const one of events) state.apply(one);
    assert.deepEqual(state.replace(list(second)), { missed, lost });
    assert.deepEqual(state.replace(list(second)), { missed: 0, lost: 0 });
  });
}

Deno.test("KnownState dates a change by the events since the last list, not by older ones", () => {
  const state = new KnownState();
  state.replace(list({ a: 1 }));
  state.apply(event("MODIFIED", "a", 90));
  state.replace(list({ a: 90 }));
  assert.deepEqual(state.replace(list({ a: 90, b: 50 })), { missed: 1, lost: 0 });
});

Deno.test("KnownState finds what a naive comparison finds: all of a cut-off tail, and every dropped event", () => {
  const write = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    isDeletion: fc.boolean(),
    isDropped: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(write, { maxLength: 40 }), fc.nat(40), (writes, toldUpTo) => {
    const state = new KnownState();
    state.replace(list({}));
    const truth = new Map<string, number>();
    const told = new Map<string, number>();
    let newestTold = -1;
    for (const [index, { name, isDeletion, isDropped }] of writes.entries()) {
      if (isDeletion && !truth.has(name)) continue;
      const isTold = index < toldUpTo && !isDropped;
      if (isTold) newestTold = index;
      for (const versions of isTold ? [truth, told] : [truth]) {
        if (isDeletion) versions.delete(name);
        else versions.set(name, index);
      }
      if (isTold) state.apply(event(isDeletion ? "DELETED" : "MODIFIED", name, index));
    }
    const differing = ["a", "b", "c", "d"].filter((name) => truth.get(name) !== told.get(name));
    const lost = differing.filter((name) => (truth.get(name) ?? Infinity) <= newestTold);
    assert.deepEqual(state.replace(list(Object.fromEntries(truth))), {
      missed: differing.length,
      lost: lost.length,
    });
  }));
});
