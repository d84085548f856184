/** A client's load that several generators put on: connections, request loops and requests dealt out. */
import assert from "node:assert/strict";
import { constant } from "../../core/load/arrival.ts";
import { SystemClock } from "../../core/load/clock.ts";
import type { LoadModel } from "../../core/load/executor.ts";
import { createRng } from "../../core/load/rng.ts";
import { ourNumbers, type Share } from "../../core/load/share.ts";
import type { RunLogRecord } from "../../core/run_log/record.ts";
import { Run } from "../../core/run/run.ts";
import { runClient } from "../../httperf/client_role.ts";
import { NUMBERS_OF_GENERATORS } from "../support/shares.ts";
import { identity, startPair } from "./block_server_pair.ts";

const CONNECTIONS = 6;
const REQUESTS = 24;
const MODELS: readonly (readonly [string, LoadModel])[] = [
  ["request loops", { kind: "closed", workers: 7, thinkMs: 0 }],
  ["requests at their times", {
    kind: "open",
    arrivals: constant(1_000),
    maxInFlight: Infinity,
    whenFull: "queue",
    catchUp: "burst",
  }],
];

/** What a generator asked for, on which connections. */
async function load(baseUrl: string, model: LoadModel, share: Share) {
  const records: RunLogRecord[] = [];
  const run = new Run({
    id: "r1",
    clock: new SystemClock(),
    rng: createRng(7),
    share,
    log: (...more) => records.push(...more),
  });
  const received = await runClient(run, {
    client: {
      connection: {
        ...{ baseUrl, caPem: identity.caPem, insecure: false, http1: false },
        connectTimeoutMs: 60_000,
      },
      connectionIds: [...ourNumbers(share, CONNECTIONS)],
      turn: model.kind === "closed" ? "worker" : "index",
      turnStride: share.of,
      ...{ blockBytes: 100, periodMs: 0, blocksPerRequest: 50, silenceTimeoutMs: 60_000 },
      clientName: `r1/g${share.index}`,
    },
    model,
    limits: { requests: REQUESTS, bytes: undefined },
    pingPeriodMs: 0,
    threads: 1,
    spawnWorker: () => assert.fail("one thread is enough"),
    say: () => {},
  });
  run.stop("limit");
  run.rotate();
  const used = [...run.live.counters.values()].flatMap(({ name, tags }) =>
    name === "receivedBytes" ? [tags!["connection"]!] : []
  );
  return { ...received, used, connects: run.live.operation("connect")?.ok };
}

/** All of so many generators. */
async function together(model: LoadModel, of: number) {
  await using pair = await startPair("HTTP/2");
  const shares = Array.from({ length: of }, (_, index) => ({ index, of }));
  const all = await Promise.all(shares.map((share) => load(pair.base, model, share)));
  return {
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    requests: all.reduce((sum, { completedRequests }) => sum + completedRequests, 0),
    connects: all.reduce((sum, { connects = 0 }) => sum + connects, 0),
    used: all.flatMap(({ used }) => used).sort(),
  };
}

for (const [what, model] of MODELS) {
  Deno.test(`${what} of several generators ask for what one alone would, on as many connections`, async () => {
    const alone = await together(model, 1);
    assert.equal(alone.requests, REQUESTS);
    assert.equal(alone.connects, CONNECTIONS);
    assert.deepEqual(alone.used, ["0", "1", "2", "3", "4", "5"]);
    for (const count of NUMBERS_OF_GENERATORS) {
      // How many blocks a request asks for is drawn by its number: so the bytes tell which there were.
      assert.deepEqual(await together(model, count), alone, `${count} generators`);
    }
  });
}
