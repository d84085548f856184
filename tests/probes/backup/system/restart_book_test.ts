import assert from "node:assert/strict";
import fc from "fast-check";
import type { KubeObject } from "../../../../kube/object.ts";
import { RestartBook, restartText } from "../../../../probes/backup/system/restart_book.ts";

function pod(
  uid: string,
  restarts: Readonly<Record<string, number>>,
  { phase = "Running", ended }: { phase?: string; ended?: string } = {},
): KubeObject {
  const lastState = ended === undefined ? {} : { terminated: { exitCode: 137, reason: ended } };
  const containerStatuses = Object.entries(restarts)
    .map(([name, restartCount]) => ({ name, restartCount, lastState }));
  return { metadata: { uid, name: `pod-${uid}` }, status: { phase, containerStatuses } };
}

Deno.test("what happened before the first look does not count, what happens to any container does", () => {
  const book = new RestartBook();
  book.begin(pod("1", { a: 7, b: 2 }));
  assert.deepEqual(book.see(pod("1", { a: 7, b: 2 })), []);
  assert.deepEqual(book.see(pod("1", { a: 7, b: 4 }, { ended: "OOMKilled" })), [
    { pod: "pod-1", container: "b", count: 2, reason: "OOMKilled" },
  ]);
  assert.deepEqual(book.see(pod("1", { a: 7, b: 4 }, { ended: "OOMKilled" })), []);
});

Deno.test("a pod of the same name with another uid is another pod: the first one is gone", () => {
  const book = new RestartBook();
  book.begin(pod("1", { a: 3 }));
  assert.deepEqual(book.gone(pod("1", { a: 3 })), [
    { pod: "pod-1", container: undefined, count: 1, reason: "" },
  ]);
  assert.deepEqual(book.see(pod("2", { a: 0 })), []);
  assert.deepEqual(book.see(pod("2", { a: 1 })).map(({ count }) => count), [1]);
});

Deno.test("one more replica is no restart, and a pod that is evicted is one alone", () => {
  const book = new RestartBook();
  book.begin(pod("1", { a: 0 }));
  assert.deepEqual(book.see(pod("2", { a: 0 })), []);
  const evicted = { ...pod("1", { a: 0 }, { phase: "Failed" }) };
  const over = { ...evicted, status: { phase: "Failed", reason: "Evicted" } };
  assert.deepEqual(book.see(over), [
    { pod: "pod-1", container: undefined, count: 1, reason: "Evicted" },
  ]);
  assert.deepEqual(book.see(over), []);
  assert.deepEqual(book.gone(over), []);
  assert.deepEqual(book.gone(pod("9", {})), []);
});

Deno.test("of a part with one container that counts, others may begin anew", () => {
  const book = new RestartBook("etcd");
  book.begin(pod("1", { etcd: 0, "etcd-metrics": 0 }));
  assert.deepEqual(book.see(pod("1", { etcd: 0, "etcd-metrics": 3 })), []);
  assert.deepEqual(book.see(pod("1", { etcd: 1, "etcd-metrics": 3 })).length, 1);
});

Deno.test("however the looks fall, all restarts of a pod are counted once", () => {
  const growth = fc.array(fc.nat({ max: 3 }), { minLength: 1 });
  fc.assert(fc.property(growth, fc.nat(), (steps, before) => {
    const book = new RestartBook();
    book.begin(pod("1", { a: before }));
    let [now, counted] = [before, 0];
    for (const step of steps) {
      now += step;
      for (const { count } of book.see(pod("1", { a: now }))) counted += count;
    }
    assert.equal(counted, now - before);
  }));
});

Deno.test("a restart is told in a line", () => {
  const container = { pod: "p", container: "c", count: 2, reason: "OOMKilled" };
  assert.equal(restartText(container), "container c of pod p began anew, 2 times (OOMKilled)");
  assert.equal(restartText({ ...container, container: undefined, reason: "" }), "pod p is gone");
});
