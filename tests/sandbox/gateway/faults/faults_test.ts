/** What each fault does, over real sockets and on the real clock: by order and number, never by time. */

import assert from "node:assert/strict";
import { GATEWAYS, HTTP_ROUTES } from "../../../../kube/gateway_api/kinds.ts";
import { FOREIGN_NAME } from "../../../../sandbox/gateway/faults/foreign_rewrite.ts";
import { CONTROLLER_NAME } from "../../../../sandbox/gateway/options.ts";
import { eventually } from "../../../support/eventually.ts";
import { BACKEND, GatewayUnderTest, NAMESPACE, PARENT } from "../gateway_under_test.ts";

/** With a first route, which is spared, and counted with all others. */
async function faulty(...faults: string[]): Promise<GatewayUnderTest> {
  const under = await GatewayUnderTest.start({ faults });
  await under.grant();
  await under.route("first");
  await under.eventuallyAttached(1);
  await under.eventuallyAnswers("first.example.com/", 200);
  return under;
}

async function routes(under: GatewayUnderTest, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `r${index}`);
  for (const name of names) await under.route(name);
  return names;
}

Deno.test("delay: what happens between two ticks takes effect together, and never before", async () => {
  await using under = await faulty("delay=1s");
  await under.route("a");
  await under.eventuallyAnswers("a.example.com/", 200);
  await under.eventuallyAttached(2);
  const versionOf = async () =>
    (await under.kube.get(GATEWAYS, { namespace: "gateways", name: "sandbox" })).metadata
      .resourceVersion;
  const before = await versionOf();
  for (const name of ["b", "c", "d"]) await under.route(name);
  await under.eventuallyAttached(5);
  assert.equal(Number(await versionOf()) > Number(before), true);
  // One write alone since: nothing was said of the ones in between.
  const { metadata } = await under.told("d");
  assert.ok(Number(metadata.resourceVersion) > Number(before));
  assert.equal(under.standIn.faultHits[0]!.hit, 2);
});

const COUNTS: readonly [fault: string, said: (hit: number) => number][] = [
  ["over-count", (hit) => 21 + hit],
  ["under-count", (hit) => 21 - hit],
];
for (const [fault, said] of COUNTS) {
  Deno.test(`${fault}: a share of 20 routes that are served is counted wrongly`, async () => {
    await using under = await faulty(fault);
    const names = await routes(under, 20);
    for (const name of names) await under.eventuallyAnswers(`${name}.example.com/`, 200);
    await eventually("all counted", () => under.standIn.faultHits[0]!.concerned === 20);
    const { hit } = under.standIn.faultHits[0]!;
    assert.ok(hit > 0 && hit < 20, String(hit));
    await under.eventuallyAttached(said(hit));
    for (const name of names) await under.remove(name);
    await under.eventuallyAttached(1);
  });
}

Deno.test("flapping: the count goes down and up although nothing changes", async () => {
  await using under = await faulty("flapping=20ms");
  await routes(under, 3);
  for (const count of [4, 3, 4, 3, 4]) await under.eventuallyAttached(count);
});

Deno.test("residue: the count stays above what is left, and reaches what is added", async () => {
  await using under = await faulty("residue");
  const names = await routes(under, 3);
  await under.eventuallyAttached(4);
  await under.remove(names[0]!);
  await under.eventuallyAnswers("r0.example.com/", 404);
  await under.route("more");
  await under.route("and-more");
  await under.eventuallyAttached(5);
  for (const name of ["more", "and-more", "r1", "r2"]) await under.remove(name);
  await under.eventuallyAttached(2);
});

Deno.test("missing-status: a share is counted and served, and nothing is said of it", async () => {
  await using under = await faulty("missing-status");
  const names = await routes(under, 20);
  await under.eventuallyAttached(21);
  for (const name of names) await under.eventuallyAnswers(`${name}.example.com/`, 200);
  const { hit, concerned } = under.standIn.faultHits[0]!;
  assert.equal(concerned, 20);
  assert.ok(hit > 0 && hit < 20, String(hit));
  const silent = async () => {
    const seen = await Promise.all(names.map((name) => under.seen(name)));
    return seen.filter(({ status }) => status === undefined).length;
  };
  await eventually("all others told", async () => await silent() === hit);
});

Deno.test("lost-update: a share is neither told of, nor counted, nor served", async () => {
  await using under = await faulty("lost-update");
  const names = await routes(under, 20);
  await eventually("all seen", () => under.standIn.faultHits[0]!.concerned === 20);
  const { hit } = under.standIn.faultHits[0]!;
  assert.ok(hit > 0 && hit < 20, String(hit));
  await under.eventuallyAttached(21 - hit);
  const answers = await Promise.all(names.map((name) => under.ask(`${name}.example.com/`)));
  assert.equal(answers.filter(({ status }) => status === 404).length, hit);
});

Deno.test("unserved: a new route is 503 before it is 200, and a changed one is not", async () => {
  await using under = await faulty("unserved=100ms");
  await under.route("a");
  const { body } = await under.eventuallyAnswers("a.example.com/", 503);
  assert.match(body, /^upstream connect error/);
  await under.eventuallyAnswers("a.example.com/", 200);
  const statuses = new Set<number>();
  await change(under);
  await eventually("the other port", async () => {
    const answer = await under.ask("a.example.com/");
    statuses.add(answer.status);
    return answer.body.includes("8080");
  });
  assert.deepEqual([...statuses], [200]);
});

/** Has route `a` send to the backend's other port. */
async function change(under: GatewayUnderTest): Promise<void> {
  await under.kube.patch(HTTP_ROUTES, {
    namespace: NAMESPACE,
    name: "a",
    patch: { spec: { rules: [{ backendRefs: [{ ...BACKEND, port: 8080 }] }] } },
  });
}

Deno.test("stale-data-plane: what is changed or deleted is told at once and served as before", async () => {
  await using under = await faulty("stale-data-plane=1h");
  await under.route("a");
  await under.eventuallyAnswers("a.example.com/", 200);
  await change(under);
  await eventually("told", async () => {
    const { metadata, status } = await under.told("a");
    return status!.parents![0]!.conditions[0]!.observedGeneration === metadata.generation;
  });
  assert.match((await under.ask("a.example.com/")).body, /^port=80 /);
  await under.remove("a");
  await under.eventuallyAttached(1);
  assert.equal((await under.ask("a.example.com/")).status, 200);
});

Deno.test("stale-data-plane: it hears of it in the end", async () => {
  await using under = await faulty("stale-data-plane=50ms");
  await under.route("a");
  await under.eventuallyAnswers("a.example.com/", 200);
  await under.remove("a");
  await under.eventuallyAnswers("a.example.com/", 404);
});

Deno.test("restart-gap: for a while nothing is served or counted, and then all of it again", async () => {
  await using under = await faulty("restart-gap=50ms,after=300ms");
  await under.route("a");
  await under.eventuallyAnswers("a.example.com/", 200);
  await under.eventuallyAttached(2);
  const versionOf = async () => (await under.told("a")).metadata.resourceVersion;
  const before = await versionOf();
  await under.eventuallyAnswers("a.example.com/", 404);
  await under.eventuallyAttached(0);
  await under.eventuallyAnswers("a.example.com/", 200);
  await under.eventuallyAttached(2);
  assert.equal(await versionOf(), before, "of a route the same is said as before");
});

const REWRITES: readonly [how: string, entries: readonly string[]][] = [
  ["replace", [FOREIGN_NAME]],
  ["duplicate", [CONTROLLER_NAME, CONTROLLER_NAME]],
  ["remove", []],
];
for (const [how, entries] of REWRITES) {
  Deno.test(`foreign-rewrite=${how}: another controller does it, and ours puts its entry back`, async () => {
    await using under = await faulty(`foreign-rewrite=${how},share=1`);
    await under.route("a");
    await under.told("a");
    const entriesOf = async () =>
      (await under.seen("a")).status?.parents?.map(({ controllerName }) => controllerName);
    // Twice: neither of them gives in.
    for (const round of [1, 2]) {
      await eventually(`rewritten, ${round}`, async () => `${await entriesOf()}` === `${entries}`);
      await eventually(`put back, ${round}`, async () => {
        const now = await entriesOf();
        return now!.filter((name) => name === CONTROLLER_NAME).length === 1;
      });
    }
  });
}

Deno.test("the first route of each Gateway is spared, whatever becomes of it, and all others are hit", async () => {
  await using under = await faulty("lost-update=1");
  const other = { parentRefs: [{ ...PARENT, name: "other" }] };
  await under.route("other", other);
  await under.eventuallyAttached(1, "other");
  for (const [name, spec] of [["a", {}], ["b", other]] as const) await under.route(name, spec);
  await eventually("both lost", () => under.standIn.faultHits[0]!.hit === 2);
  await under.remove("first");
  await under.eventuallyAttached(0);
  await under.route("first");
  await under.eventuallyAttached(1);
  assert.equal(under.standIn.faultHits[0]!.concerned, 2);
});

Deno.test("a fault is off before its time and after it", async () => {
  await using under = await faulty(
    "over-count=1,after=1h",
    "under-count=1,for=1ms",
    "unserved,for=1ms",
  );
  await under.route("next");
  await under.eventuallyAttached(2);
  await under.route("a");
  await under.eventuallyAttached(3);
  assert.equal(under.standIn.faultHits[0]!.hit, 0);
});
