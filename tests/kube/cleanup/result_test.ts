import assert from "node:assert/strict";
import { type CleanupResult, cleanupText, type RunResult } from "../../../kube/cleanup/result.ts";

const NOW = new Date("2026-01-01T01:00:00Z");
const RESULT: CleanupResult = {
  schemaVersion: 1,
  server: "https://server",
  dryRun: false,
  onlyBorrowed: false,
  runs: [],
  notLookedAt: [],
  cutOff: null,
};
const RUN: RunResult = {
  runId: "r1",
  command: "cmdriver",
  host: "bastion",
  startedAt: "2026-01-01T00:00:00.000Z",
  hasRecord: true,
  state: "deleted",
  kinds: [
    { resource: "configmaps", namespaces: ["a", "b", "c", "d", "e"], found: 300, left: 0 },
    { resource: "leases.coordination.k8s.io", namespaces: ["a"], found: 1, left: 0 },
  ],
  borrowed: [],
  left: [],
};

Deno.test("a row for each run and kind, and what came of it all", () => {
  assert.equal(
    cleanupText({ ...RESULT, runs: [RUN] }, NOW),
    `RUN  COMMAND   AGE   STATE    KIND                        FOUND  LEFT  NAMESPACES
r1   cmdriver  1h0m  deleted  configmaps                    300     0  a,b,c,...(2 more)
r1   cmdriver  1h0m  deleted  leases.coordination.k8s.io      1     0  a

deleted 301 of 301 objects of 1 run: nothing is left
`,
  );
});

Deno.test("what is left has its reason and its command on lines of their own", () => {
  const run: RunResult = {
    ...RUN,
    command: null,
    startedAt: null,
    state: "left",
    kinds: [{ resource: "configmaps", namespaces: ["a"], found: 3, left: 1 }],
    left: [{ what: "1 configmaps in namespace a", why: "held", command: "kubectl x" }],
  };
  assert.equal(
    cleanupText({ ...RESULT, runs: [run] }, NOW),
    `RUN  COMMAND  AGE  STATE  KIND        FOUND  LEFT  NAMESPACES
r1   -        -    left   configmaps      3     1  a

left of run r1: 1 configmaps in namespace a: held
  kubectl x
deleted 2 of 3 objects of 1 run: 1 left
`,
  );
});

const notLookedAt = Array.from({ length: 7 }, (_, index) => ({ what: `k${index}`, why: "no" }));
const SUMMARIES: readonly { name: string; result: Partial<CleanupResult>; says: string }[] = [
  { name: "nothing", result: {}, says: "nothing to delete" },
  {
    name: "a dry run of something",
    result: { dryRun: true, runs: [RUN] },
    says: "would delete 301 objects of 1 run",
  },
  {
    name: "nothing that was borrowed",
    result: { onlyBorrowed: true },
    says: "nothing to give back",
  },
  {
    name: "a dry run of nothing that was borrowed",
    result: { onlyBorrowed: true, dryRun: true },
    says: "nothing would be given back",
  },
  { name: "a dry run of nothing", result: { dryRun: true }, says: "nothing would be deleted" },
  {
    name: "a living run",
    result: { runs: [{ ...RUN, state: "alive" }] },
    says: "nothing to delete; 1 run still alive and left alone (--force takes them too)",
  },
  {
    name: "kinds that could not be looked at",
    result: { runs: [RUN], notLookedAt },
    says: "deleted 301 of 301 objects of 1 run: more may be where this user could not look",
  },
  {
    name: "a cleaning that was cut off",
    result: {
      runs: [{ ...RUN, left: [{ what: "some", why: "cut", command: null }] }],
      cutOff: "SIGINT: cut off",
    },
    says: "deleted 301 of 301 objects of 1 run: some may be left (SIGINT: cut off)",
  },
];

for (const { name, result, says } of SUMMARIES) {
  Deno.test(`the last line about ${name} is: ${says}`, () => {
    const lines = cleanupText({ ...RESULT, ...result }, NOW).trimEnd().split("\n");
    assert.equal(lines.at(-1), says);
  });
}

Deno.test("of many kinds that could not be looked at five are named", () => {
  const lines = cleanupText({ ...RESULT, notLookedAt }, NOW).split("\n");
  assert.deepEqual(lines.filter((line) => line.startsWith("not looked at")), [
    ...["k0", "k1", "k2", "k3", "k4"].map((kind) => `not looked at: ${kind}: no`),
    "not looked at: 2 more",
  ]);
});

Deno.test("no control character of a server, in a name or a reason, is part of the text", () => {
  const evil = "a\u001b[1m\u0007\u009b1m\nb";
  const text = cleanupText({
    ...RESULT,
    cutOff: evil,
    notLookedAt: [{ what: evil, why: evil }],
    runs: [{
      ...RUN,
      command: evil,
      kinds: [{ resource: evil, namespaces: [evil], found: 1, left: 1 }],
      left: [{ what: evil, why: evil, command: evil }],
    }],
  }, NOW);
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}/u);
  assert.equal(text.split("a\u{fffd}[1m\u{fffd}\u{fffd}1m b").length - 1, 9);
});
