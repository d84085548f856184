import assert from "node:assert/strict";
import { judgeStreams } from "../../../kube/doctor/streams.ts";

const CASES: readonly [
  given: Partial<Parameters<typeof judgeStreams>[0]>,
  status: string,
  fix?: string,
][] = [
  [{}, "ok"],
  [{ watches: 100 }, "ok"],
  [{ watches: 101 }, "problem", "--conns 2"],
  [{ watches: 100, hasWrites: true }, "problem", "--conns 2"],
  [{ watches: 99, hasWrites: true }, "ok"],
  [{ watches: 200, connections: 2 }, "ok"],
  [{ watches: 201, connections: 2 }, "problem", "--conns 3"],
  [{ watches: 1_000 }, "problem", "--conns 10"],
  [{ watches: 1_000, streams: Infinity }, "ok"],
];

for (const [given, status, fix] of CASES) {
  Deno.test(`streams: ${JSON.stringify(given)}`, () => {
    const finding = judgeStreams({
      streams: 100,
      connections: 1,
      watches: 0,
      hasWrites: false,
      requestsPerSec: null,
      ...given,
    });
    assert.deepEqual([finding.status, finding.fix], [status, fix]);
  });
}

Deno.test("how long requests may take before they wait follows from rate and places", () => {
  const { what } = judgeStreams({
    streams: 100,
    connections: 2,
    watches: 100,
    hasWrites: true,
    requestsPerSec: 50,
  });
  assert.equal(
    what,
    "2 connections, on each of which the server takes 100 requests at a time; at 50 requests/s they wait for a place once one takes over 2s on average",
  );
});
