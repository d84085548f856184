import assert from "node:assert/strict";
import { Revisions } from "../../../../watchers/steve/fleet/revisions.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const SPEC = { type: "configmaps", mode: "" } as const;

function lists() {
  const clock = new FakeClock();
  const sent: PromiseWithResolvers<string | undefined>[] = [];
  const revisions = new Revisions(() => {
    const list = Promise.withResolvers<string | undefined>();
    sent.push(list);
    return list.promise;
  }, clock);
  const get = (notBeforeMs: number) => revisions.get(SPEC, { notBeforeMs });
  return { clock, sent, revisions, get };
}

Deno.test("all that ask at the same time get the answer to one list", async () => {
  const { sent, get } = lists();
  const answers = [get(0), get(0), get(0)];
  assert.equal(sent.length, 1);
  sent[0]?.resolve("5");
  assert.deepEqual(await Promise.all(answers), ["5", "5", "5"]);
  assert.equal(await get(0), "5");
  assert.equal(sent.length, 1);
});

Deno.test("whoever asks later than a list was sent gets a newer one, all of them the same", async () => {
  const { clock, sent, get } = lists();
  const first = get(0);
  await clock.advance(10);
  const later = [get(10), get(10)];
  assert.equal(sent.length, 1);
  sent[0]?.resolve("5");
  assert.equal(await first, "5");
  await clock.settle();
  assert.equal(sent.length, 2);
  sent[1]?.resolve(undefined);
  assert.deepEqual(await Promise.all(later), [undefined, undefined]);
});

Deno.test("a list that failed is told to those that asked, and not kept", async () => {
  const { clock, sent, get } = lists();
  const first = get(0);
  await clock.advance(1);
  const second = get(1);
  sent[0]?.reject(new Error("no"));
  await assert.rejects(first, /no/);
  await clock.settle();
  assert.equal(sent.length, 2);
  sent[1]?.resolve("6");
  assert.equal(await second, "6");
});

Deno.test("types and namespaces are listed apart", () => {
  const { sent, revisions } = lists();
  void revisions.get(SPEC, { notBeforeMs: 0 });
  void revisions.get({ ...SPEC, namespace: "n" }, { notBeforeMs: 0 });
  void revisions.get({ ...SPEC, type: "secrets" }, { notBeforeMs: 0 });
  void revisions.get({ ...SPEC, mode: "resource.changes" }, { notBeforeMs: 0 });
  assert.equal(sent.length, 3);
});
