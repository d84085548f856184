import assert from "node:assert/strict";
import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { createRng } from "../../../core/load/rng.ts";
import { VERSION } from "../../../core/version.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import {
  LEASES,
  readRecord,
  RECORD_LIFE_MS,
  RENEW_PERIOD_MS,
  RunRecord,
} from "../../../kube/owned/run_record.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const IDENTITY = { runId: "r1", command: "cmdriver" };
const REF = { namespace: "ns", name: "scaletool-run-r1" };
const { signal } = new AbortController();

function setting() {
  const cluster = new MemoryCluster();
  const clock = new FakeClock();
  const warnings: string[] = [];
  const write = (seed = 1) =>
    RunRecord.write(cluster, {
      clock,
      rng: createRng(seed),
      signal,
      identity: IDENTITY,
      namespace: "ns",
      resources: [CONFIG_MAPS],
      namespaces: ["ns", "other"],
      madeNamespaces: ["other"],
      warn: (message) => warnings.push(message),
    });
  const patches = () => cluster.calls.filter((call) => call.startsWith("patch ")).length;
  return { cluster, clock, warnings, write, patches };
}

Deno.test("a record is a Lease with the run's labels that says what the run makes and where", async () => {
  const { cluster, clock, write } = setting();
  const record = await write();
  const lease = await cluster.get(LEASES, REF);
  assert.deepEqual(lease.metadata.labels, {
    ...ownerLabels(IDENTITY),
    "scaletool.io/record": "run",
  });
  const { renewedMs, facts, ref } = readRecord(lease);
  assert.deepEqual(ref, REF);
  assert.equal(renewedMs, clock.wallNow().getTime());
  assert.deepEqual({ ...facts, host: "", pid: 0 }, {
    schemaVersion: 1,
    version: VERSION,
    command: "cmdriver",
    host: "",
    pid: 0,
    startedAt: "2026-01-01T00:00:00.000Z",
    resources: [CONFIG_MAPS],
    namespaces: ["ns", "other"],
    madeNamespaces: ["other"],
  });
  assert.equal(facts?.pid, Deno.pid);
  const { spec } = lease as unknown as { spec: Record<string, unknown> };
  assert.equal(spec["renewTime"], "2026-01-01T00:00:00.000000Z");
  assert.equal(spec["leaseDurationSeconds"], RECORD_LIFE_MS / 1_000);
  await record?.remove(signal);
  assert.deepEqual(cluster.keys(LEASES), []);
});

Deno.test("it is renewed every 5 s until it is removed, also after renewals that fail", async () => {
  const { cluster, clock, write, patches } = setting();
  const record = await write();
  await clock.advance(RENEW_PERIOD_MS - 1);
  assert.equal(patches(), 0);
  await clock.advance(1);
  assert.equal(patches(), 1);
  assert.equal(readRecord(await cluster.get(LEASES, REF)).renewedMs, clock.wallNow().getTime());
  cluster.fail("patch", new OperationFailedError("connection-refused", "refused"));
  await clock.advance(3 * RENEW_PERIOD_MS);
  assert.equal(patches(), 4);
  await record?.remove(signal);
  await clock.advance(10 * RENEW_PERIOD_MS);
  assert.equal(patches(), 4);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a record that somebody deleted is not renewed any more, and removing it is no error", async () => {
  const { cluster, clock, write, patches } = setting();
  const record = await write();
  cluster.vanish(LEASES, REF);
  await clock.advance(3 * RENEW_PERIOD_MS);
  assert.equal(patches(), 1);
  await record?.remove(signal);
});

Deno.test("a record that is ended stays, says so, and is renewed no more", async () => {
  const { cluster, clock, write, patches } = setting();
  const record = await write();
  await clock.advance(1_000);
  await record?.end(signal);
  await clock.advance(3 * RENEW_PERIOD_MS);
  assert.equal(patches(), 1);
  const { facts } = readRecord(await cluster.get(LEASES, REF));
  assert.equal(facts?.endedAt, "2026-01-01T00:00:01.000Z");
  assert.deepEqual(facts?.resources, [CONFIG_MAPS]);
});

for (const [code, reason] of [[403, "Forbidden"], [404, "NotFound"]] as const) {
  Deno.test(`a server that answers ${reason} gets no record, and the run a warning`, async () => {
    const { cluster, clock, write, warnings } = setting();
    cluster.fail("create", statusError(code, reason));
    assert.equal(await write(), undefined);
    assert.deepEqual(warnings, [
      `There is no run record (${reason}): after a crash, "scaletool cleanup --run-id r1" has to ` +
      "look through all kinds",
    ]);
    assert.equal(clock.sleeperCount, 0);
  });
}

Deno.test("a record whose answer was lost is this run's all the same", async () => {
  const { cluster, clock, write } = setting();
  cluster.fail("create", new OperationFailedError("connection-reset", "reset"), {
    afterEffect: true,
  });
  const writing = write();
  await clock.advance(1_000);
  const record = await writing;
  assert.ok(record !== undefined);
  await record.remove(signal);
});

Deno.test("the record of another run of this id is an error that names it", async () => {
  const { write } = setting();
  const first = await write(1);
  await assert.rejects(write(2), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.match(
      error.message,
      /^A run "r1" is there already \(cmdriver on .*, started 2026-01-01/,
    );
    assert.match(error.message, /with: scaletool cleanup --run-id r1$/);
    return true;
  });
  await first?.remove(signal);
});

const BROKEN = [
  { name: "without annotation", annotations: undefined },
  { name: "that is no JSON", annotations: { "scaletool.io/run-record": "{" } },
  { name: "of a later schema", annotations: { "scaletool.io/run-record": '{"schemaVersion":2}' } },
];

for (const { name, annotations } of BROKEN) {
  Deno.test(`of a record ${name} only the place is known`, () => {
    const metadata = { ...REF, resourceVersion: "7", ...(annotations && { annotations }) };
    const { ref, resourceVersion, renewedMs, facts } = readRecord({ metadata });
    assert.deepEqual({ ref, resourceVersion, renewedMs, facts }, {
      ref: REF,
      resourceVersion: "7",
      renewedMs: NaN,
      facts: undefined,
    });
  });
}
