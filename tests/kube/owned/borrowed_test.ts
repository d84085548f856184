import assert from "node:assert/strict";
import { CannotRunError, messageOf, OperationFailedError } from "../../../core/errors.ts";
import { createRng } from "../../../core/load/rng.ts";
import { Borrowed, borrowRights } from "../../../kube/owned/borrowed.ts";
import { giveBack } from "../../../kube/owned/borrowed/give_back.ts";
import { CONFIG_MAPS, NAMESPACES, SECRETS } from "../../../kube/resource.ts";
import { statusError } from "../../support/memory_cluster.ts";
import { Killed, LendingWorld, NEVER, REF } from "./lending_world.ts";

const OLD = { free: "5", other: "x" };
const TAKEN = { free: "10000", gold: "20000", other: "x" };
const OBJECT = "/api/v1/namespaces/default/configmaps/policy";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const STRICT = "fieldManager=scaletool&fieldValidation=Strict";
const PATCH = `PATCH ${OBJECT}?${STRICT}`;

/** What another machine makes of what it finds, as `cleanup` does. */
async function giveBackAll(world: LendingWorld, { isForced = false } = {}): Promise<string[]> {
  const { cluster, clock } = world;
  const states: string[] = [];
  for (const { loan } of (await world.loans()).toReversed()) {
    const options = { cluster, clock, rng: createRng(2), signal: NEVER, isForced };
    const given = await world.advance(giveBack(loan!, options));
    states.push("paths" in given ? `${given.state}: ${given.paths}` : given.state);
  }
  return states;
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof CannotRunError, `${error}`);
  assert.doesNotMatch(error.message, /\n/);
  return error.message;
}

Deno.test("old values are in both journals before the first change, and out of them after the last", async () => {
  await using world = await LendingWorld.with(OLD);
  const seen: string[] = [];
  world.cluster.before = async (call) => {
    if (call !== PATCH) return;
    world.cluster.before = () => {};
    const [seenLoan] = await world.loans();
    seen.push(JSON.stringify(seenLoan?.loan?.fields), String(world.journalFile()));
  };
  await world.borrow();
  assert.deepEqual(await world.data(), TAKEN);
  assert.deepEqual(JSON.parse(seen[0]!), [
    { path: "/data/free", old: "5", taken: "10000" },
    { path: "/data/gold", taken: "20000" },
  ]);
  const [{ byHand }] = JSON.parse(seen[1]!).borrowed;
  assert.equal(
    byHand,
    "kubectl patch configmaps -n default policy --type=json -p '" +
      '[{"op":"remove","path":"/data/gold"},{"op":"replace","path":"/data/free","value":"5"}]' +
      "'",
  );
  assert.deepEqual(world.cluster.calls.filter((call) => !call.startsWith("GET")), [
    `PATCH ${OBJECT}?${STRICT}&dryRun=All`,
    `POST ${LEASES}?${STRICT}`,
    PATCH,
  ]);
  assert.deepEqual(world.run.pendingUndos.map(({ label, byHand }) => `${label}: ${byHand}`), [
    "giving back configmaps default/policy: scaletool cleanup --run-id r1 --only-borrowed",
  ]);
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.data(), OLD);
  assert.deepEqual(await world.loans(), []);
  assert.equal(world.journalFile(), undefined);
});

Deno.test("a field that is as wanted is not borrowed, and goes on to be its owner's", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow({ free: "5", nothing: undefined });
  assert.deepEqual(await world.loans(), []);
  assert.deepEqual(world.run.pendingUndos, []);
});

Deno.test("what was there and is taken away comes back", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow({ free: undefined });
  assert.deepEqual(await world.data(), { other: "x" });
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.data(), OLD);
});

Deno.test("of a field that is borrowed twice the first value comes back last", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow({ free: "1" });
  await world.borrow({ free: "2", other: "y" });
  assert.deepEqual((await world.loans()).map(({ loan }) => loan?.number), [0, 1]);
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.data(), OLD);
});

Deno.test("what was given back before the end is not touched again when the run is undone", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow({ free: "1" });
  await world.borrow({ free: "2" });
  await world.advance(world.borrowed.giveBackNow(NEVER));
  assert.deepEqual(await world.data(), OLD);
  assert.deepEqual(await world.loans(), []);
  await world.write({ free: "2" });
  world.cluster.calls.length = 0;
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(world.cluster.calls, []);
});

Deno.test("what could not be given back before the end is tried again when the run is undone", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow();
  world.cluster.before = (call) => {
    if (call === PATCH) throw statusError(403, "Forbidden");
  };
  await assert.rejects(world.advance(world.borrowed.giveBackNow(NEVER)), /Forbidden/);
  world.cluster.before = () => {};
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.data(), OLD);
});

/** A point at which the run's process is killed. */
interface Crash {
  readonly at: string;
  readonly call: RegExp;
  readonly isAfter: boolean;
  /** What the cluster has then. */
  readonly left: unknown;
}

const CRASHES: readonly Crash[] = [
  { at: "before the journal", call: /^POST .*leases/, isAfter: false, left: OLD },
  { at: "between journal and change", call: /^PATCH .*Strict$/, isAfter: false, left: OLD },
  { at: "after the change", call: /^PATCH .*Strict$/, isAfter: true, left: TAKEN },
];

for (const { at, call, isAfter, left } of CRASHES) {
  Deno.test(`another machine gives back what a run borrowed that was killed ${at}`, async () => {
    await using world = await LendingWorld.with(OLD);
    world.cluster[isAfter ? "after" : "before"] = (line) => {
      if (call.test(line)) throw new Killed();
    };
    await assert.rejects(world.borrow(), Killed);
    world.cluster.before = world.cluster.after = () => {};
    assert.deepEqual(await world.data(), left);
    const loans = await world.loans();
    assert.deepEqual(await giveBackAll(world), loans.map(() => "given back"));
    assert.equal(loans.length, at === "before the journal" ? 0 : 1);
    assert.deepEqual(await world.data(), OLD);
  });
}

Deno.test("a give-back that is killed half-way, or done by two at once, ends the same", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow();
  world.cluster.after = (line) => {
    if (line === PATCH) throw new Killed();
  };
  assert.equal((await world.undo()).length, 1);
  world.cluster.after = () => {};
  assert.deepEqual(await world.data(), OLD);
  const both = await Promise.all([giveBackAll(world), giveBackAll(world)]);
  assert.deepEqual(both, [["given back"], ["given back"]]);
});

Deno.test("two machines that give back the same at the same moment do not undo each other", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow();
  let isFirst = true;
  world.cluster.before = async (line) => {
    if (line !== PATCH || !isFirst) return;
    isFirst = false;
    assert.deepEqual(await giveBackAll(world), ["given back"]);
    await world.write({ free: "7" }); // its owner, who has it again
  };
  assert.deepEqual(await giveBackAll(world), ["changed by others: /data/free"]);
  assert.deepEqual(await world.data(), { ...OLD, free: "7" });
});

Deno.test("what somebody else changed since is left alone and told; the rest goes back", async () => {
  await using world = await LendingWorld.with(OLD);
  await world.borrow();
  await world.write({ free: "7" });
  const [leftover, ...more] = await world.undo();
  assert.deepEqual(more, []);
  assert.equal(
    messageOf(leftover?.error),
    "configmaps default/policy is not as it was: somebody else has changed /data/free since, which " +
      "is left alone; finish with: scaletool cleanup --run-id r1 --only-borrowed --force-borrowed",
  );
  assert.deepEqual(await world.data(), { free: "7", other: "x" });
  assert.equal((await world.loans()).length, 1);
  assert.deepEqual(await giveBackAll(world), ["changed by others: /data/free"]);
  assert.deepEqual(await giveBackAll(world, { isForced: true }), ["given back"]);
  assert.deepEqual(await world.data(), OLD);
});

Deno.test("an object that was deleted, or made anew, has nothing to get back", async () => {
  for (const isAnew of [false, true]) {
    await using world = await LendingWorld.with(OLD);
    await world.borrow();
    await world.cluster.delete(CONFIG_MAPS, REF);
    const data = { free: "10000" };
    if (isAnew) await world.cluster.create(CONFIG_MAPS, { metadata: REF, data });
    assert.deepEqual(await world.undo(), []);
    if (isAnew) assert.deepEqual(await world.data(), data);
    assert.deepEqual(world.warnings, ["borrowed-gone"]);
    assert.deepEqual(await world.loans(), []);
  }
});

Deno.test("a change that the server refuses is in no journal", async () => {
  await using world = await LendingWorld.with(OLD);
  const wanted = [{ path: "/data/free", value: "1" }, { path: "/data/a b", value: "2" }];
  const message = await refusal(world.borrowed.change(CONFIG_MAPS, REF, wanted));
  assert.match(message, /^Cannot borrow configmaps default\/policy: .*a b/);
  const missing = { ...REF, name: "none" };
  assert.match(
    await refusal(world.borrowed.change(CONFIG_MAPS, missing, wanted)),
    /^Cannot borrow configmaps default\/none: .*not found$/,
  );
  assert.deepEqual(await world.data(), OLD);
  assert.deepEqual(world.run.pendingUndos, []);
});

Deno.test("nothing is changed of which no journal can be kept", async () => {
  await using world = await LendingWorld.with(OLD);
  world.cluster.before = (call) => {
    if (call.startsWith("POST")) throw statusError(403, "Forbidden");
  };
  assert.equal(
    await refusal(world.borrow()),
    "Cannot borrow configmaps default/policy: its old values cannot be kept in Lease " +
      "default/scaletool-borrowed-r1-0: Forbidden",
  );
  assert.ok(!world.cluster.calls.includes(PATCH));
  assert.deepEqual(await world.data(), OLD);
  assert.equal(world.journalFile(), undefined);
});

Deno.test("old values that no journal can hold are refused before anything is written", async () => {
  await using world = await LendingWorld.with({ free: "x".repeat(300 * 1024) });
  assert.match(
    await refusal(world.borrow()),
    /^Cannot borrow .*: its old values take 30\d KiB, and .* takes 256 KiB; change smaller fields/,
  );
  assert.deepEqual(world.cluster.calls.filter((call) => !/^GET|dryRun/.test(call)), []);
  assert.equal(world.journalFile(), undefined);
});

Deno.test("what a Secret holds, and what is not the user's, is never borrowed", async () => {
  await using world = await LendingWorld.with(OLD);
  const change = (resource = CONFIG_MAPS, path = "/data/free") =>
    world.borrowed.change(resource, REF, [{ path, value: "1" }]);
  for (const path of ["/data/free", "/metadata/annotations/a", "/metadata/labels"]) {
    assert.match(
      await refusal(change(SECRETS, path)),
      /^Cannot borrow secrets default\/policy: /,
    );
  }
  assert.match(
    await refusal(change(CONFIG_MAPS, "/metadata/uid")),
    /^Cannot borrow \/metadata\/uid/,
  );
  assert.deepEqual(world.cluster.calls, []);
  assert.match(await refusal(change(CONFIG_MAPS, "/data/free/x")), /leads into a plain value$/);
});

Deno.test("a writer that comes in between is seen: the value that comes back is that writer's", async () => {
  for (const call of [`${PATCH}&dryRun=All`, PATCH]) {
    await using world = await LendingWorld.with(OLD);
    world.cluster.before = async (line) => {
      if (line !== call) return;
      world.cluster.before = () => {};
      await world.write({ free: "6" });
    };
    await world.borrow();
    assert.deepEqual(await world.data(), TAKEN);
    assert.equal((await world.loans()).length, 1);
    assert.deepEqual(await world.undo(), []);
    assert.deepEqual(await world.data(), { ...OLD, free: "6" });
  }
});

Deno.test("a writer that never rests ends it, and leaves nothing in the journal", async () => {
  await using world = await LendingWorld.with(OLD);
  let writes = 0;
  world.cluster.before = async (line) => {
    if (line === PATCH && writes < 100) await world.write({ free: String(++writes) });
  };
  // The writer's own patches must not make it write.
  const { write } = world;
  world.write = async (data) => {
    const { before } = world.cluster;
    world.cluster.before = () => {};
    await write.call(world, data);
    world.cluster.before = before;
  };
  await refusal(world.borrow());
  assert.deepEqual(await world.loans(), []);
  assert.deepEqual(await world.undo(), []);
  assert.equal(world.journalFile(), undefined);
});

Deno.test("a change whose answer was lost is this run's all the same", async () => {
  await using world = await LendingWorld.with(OLD);
  world.cluster.after = (line) => {
    if (line !== PATCH) return;
    world.cluster.after = () => {};
    throw new OperationFailedError("connection-reset", "reset");
  };
  await world.borrow();
  assert.equal((await world.loans()).length, 1);
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.data(), OLD);
});

Deno.test("where something on the way knows no rehearsals, it is done without one", async () => {
  await using world = await LendingWorld.with(OLD);
  world.cluster.before = (line) => {
    if (!line.includes("dryRun")) return;
    throw statusError(400, "BadRequest");
  };
  assert.match(await refusal(world.borrow()), /BadRequest/);
  world.cluster.before = (line) => {
    if (!line.includes("dryRun")) return;
    const error = statusError(400, "BadRequest");
    error.message = 'admission webhook "a.b" does not support dry run';
    throw error;
  };
  await world.borrow();
  assert.deepEqual(await world.data(), TAKEN);
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.data(), OLD);
});

Deno.test("a value that the server made another of is known in the journal as it is", async () => {
  await using world = await LendingWorld.with(OLD);
  const { patch } = world.cluster;
  world.cluster.patch = async (resource, ref, body) => {
    const written = await patch.call(world.cluster, resource, ref, body);
    if (body.options.type !== "json" || body.options.query?.["dryRun"]) return written;
    world.cluster.patch = patch; // an admission of somebody, this once
    await world.write({ gold: "19999" });
    return { object: await world.cluster.get(resource, ref) };
  };
  await world.borrow();
  const [seen] = await world.loans();
  assert.deepEqual(seen?.loan?.fields.map(({ taken }) => taken), ["10000", "19999"]);
  assert.deepEqual(await giveBackAll(world), ["given back"]);
  assert.deepEqual(await world.data(), OLD);
});

Deno.test("a run that is stopped meanwhile borrows nothing more", async () => {
  await using world = await LendingWorld.with(OLD);
  world.cluster.before = (line) => {
    if (line.startsWith("POST")) world.run.stop("interrupted");
  };
  await assert.rejects(world.borrow(), (error) => !(error instanceof CannotRunError));
  world.cluster.before = () => {};
  assert.deepEqual(await world.undo(), []);
  assert.deepEqual(await world.data(), OLD);
  assert.deepEqual(await world.loans(), []);
});

Deno.test("the journal of what is in no namespace is where the run says", async () => {
  await using world = await LendingWorld.with(OLD);
  const ref = { name: "kube-public" };
  const borrowed = new Borrowed(world.run, {
    cluster: world.cluster,
    identity: { runId: "r1", command: "test" },
    namespace: "default",
  });
  await borrowed.change(NAMESPACES, ref, [{ path: "/metadata/labels/scale~1x", value: "y" }]);
  assert.deepEqual((await world.loans()).map(({ record }) => record.namespace), ["default"]);
  assert.deepEqual(await world.undo(), []);
  const { metadata } = await world.cluster.get(NAMESPACES, ref);
  assert.equal(metadata.labels?.["scale/x"], undefined);
});

Deno.test("what borrowing asks of a cluster is known before", () => {
  const rights = borrowRights({ resource: NAMESPACES, ref: { name: "a" }, namespace: "ns" });
  assert.deepEqual(
    rights.map(({ verb, kind, namespace, name }) =>
      [verb, "plural" in kind ? kind.plural : "", namespace, name].join(" ")
    ),
    [
      "get namespaces  a",
      "patch namespaces  a",
      ...["create", "get", "list", "patch", "delete"].map((verb) => `${verb} leases ns `),
    ],
  );
});
