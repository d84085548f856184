import assert from "node:assert/strict";
import fc from "fast-check";
import { Store } from "../../../../sandbox/kubernetes/store/store.ts";

const KIND = "configmaps";

type Step = { readonly verb: "put" | "remove"; readonly namespace: string; readonly name: string };

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom("put" as const, "put" as const, "remove" as const),
  namespace: fc.constantFrom("a", "a-b", "b"),
  name: fc.constantFrom("x", "y", "y-1", "z"),
});

function run(store: Store, { verb, namespace, name }: Step): void {
  const fields = { metadata: { namespace, name } };
  if (verb === "put") store.put(KIND, fields);
  else store.remove(KIND, fields);
}

/** `a/x@3`, in the order of the list. */
function shown(objects: Iterable<{ namespace: string; name: string; revision: number }>): string[] {
  return [...objects].map(({ namespace, name, revision }) => `${namespace}/${name}@${revision}`);
}

Deno.test("the list at each revision is what the list was then, in each namespace", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const store = new Store({ historyLimit: 1_000 });
    const collection = store.collection(KIND);
    const then = new Map<number, Record<string, string[]>>();
    for (const one of steps) {
      run(store, one);
      const lists = ["", "a", "a-b", "b"].map((namespace) => [
        namespace,
        shown(collection.list(namespace)),
      ]);
      then.set(store.revision, Object.fromEntries(lists));
    }
    for (const [revision, lists] of then) {
      for (const [namespace, expected] of Object.entries(lists)) {
        assert.deepEqual(shown(collection.listAt({ revision, namespace })), expected);
      }
    }
  }));
});

Deno.test("lists are sorted by the whole key, and counts are those of the lists", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const store = new Store({ historyLimit: 5 });
    const collection = store.collection(KIND);
    const oracle = new Map<string, number>();
    let revision = 0;
    for (const { verb, namespace, name } of steps) {
      run(store, { verb, namespace, name });
      const key = `${namespace}/${name}`;
      if (verb === "put") oracle.set(key, ++revision);
      else if (oracle.delete(key)) revision++;
    }
    const expected = [...oracle].sort().map(([key, revision]) => `${key}@${revision}`);
    assert.deepEqual(shown(collection.list()), expected);
    for (const namespace of ["a", "a-b", "b"]) {
      assert.equal(collection.count(namespace), collection.list(namespace).length);
    }
    assert.equal(store.revision, revision);
  }));
});

Deno.test("the history keeps the last events, and knows from where on it is complete", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 10 }),
      (steps, historyLimit) => {
        const store = new Store({ historyLimit });
        const { history } = store.collection(KIND);
        const all: number[] = [];
        store.onWrite((_, { object }) => void all.push(object.revision));
        for (const one of steps) run(store, one);
        const kept = history.after(history.floor).map(({ object }) => object.revision);
        assert.deepEqual(kept, all.slice(-historyLimit));
        assert.equal(history.floor, all.length > historyLimit ? kept[0]! - 1 : 0);
        for (const revision of kept) {
          const after = history.after(revision).map(({ object }) => object.revision);
          assert.deepEqual(after, all.filter((other) => other > revision));
        }
        store.compact();
        assert.deepEqual(history.after(store.revision), []);
        assert.equal(history.floor, store.revision);
      },
    ),
  );
});

Deno.test("an event has the state before it and after it", () => {
  const store = new Store({ historyLimit: 10 });
  const fields = (k: string) => ({ metadata: { namespace: "a", name: "x" }, k });
  store.put(KIND, fields("1"));
  store.put(KIND, fields("2"));
  store.remove(KIND, fields("2"));
  store.remove(KIND, fields("2"));
  const events = store.collection(KIND).history.after(0);
  assert.deepEqual(
    events.map(({ type, object, previous }) => [
      type,
      object.fields["k"],
      object.fields.metadata.resourceVersion,
      previous?.fields["k"],
    ]),
    [
      ["ADDED", "1", "1", undefined],
      ["MODIFIED", "2", "2", "1"],
      ["DELETED", "2", "3", "2"],
    ],
  );
});
