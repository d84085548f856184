import assert from "node:assert/strict";
import fc from "fast-check";
import {
  RoutingTable,
  type ServedRoute,
  type TableEntry,
} from "../../../../sandbox/gateway/data_plane/routing_table.ts";

const PORT = 1;

function entry(key: string, host: string, path: string, isExact = false): TableEntry {
  const action = { kind: "backend", service: key, port: 80, filters: [] } as const;
  return { port: PORT, host, path, isExact, action };
}

/** Created in the order of the list. */
function tableOf(routes: readonly [key: string, host: string, path: string, isExact?: true][]) {
  const table = new RoutingTable();
  for (const [index, [key, host, path, isExact]] of routes.entries()) {
    const createdAt = `2026-01-01T00:00:${String(index).padStart(2, "0")}Z`;
    table.put({ key, createdAt, entries: [entry(key, host, path, isExact)] });
  }
  return table;
}

function found(table: RoutingTable, at: string, port = PORT): string | undefined {
  const slash = at.indexOf("/");
  const action = table.find({ port, host: at.slice(0, slash), path: at.slice(slash) });
  return action?.kind === "backend" ? action.service : undefined;
}

const TABLE = tableOf([
  ["any", "", "/"],
  ["host", "a.example.com", "/"],
  ["long", "a.example.com", "/x/y"],
  ["short", "a.example.com", "/x"],
  ["exact", "a.example.com", "/x/y", true],
  ["slashed", "a.example.com", "/s/"],
  ["wild", "*.example.com", "/"],
  ["wilder", "*.b.example.com", "/only"],
  ["younger", "a.example.com", "/x"],
]);

const QUESTIONS: readonly [at: string, key: string | undefined][] = [
  ["other.org/", "any"],
  ["example.com/", "any"],
  ["a.example.com/", "host"],
  ["a.example.com/x", "short"],
  ["a.example.com/xy", "host"],
  ["a.example.com/x/", "short"],
  ["a.example.com/x/y", "exact"],
  ["a.example.com/x/y/z", "long"],
  ["a.example.com/s", "slashed"],
  ["a.example.com/s/t", "slashed"],
  ["c.example.com/q", "wild"],
  ["d.c.example.com/q", "wild"],
  ["c.b.example.com/only", "wilder"],
  ["c.b.example.com/q", "wild"],
];
for (const [at, key] of QUESTIONS) {
  Deno.test(`${at} goes to the route "${key}"`, () => assert.equal(found(TABLE, at), key));
}

Deno.test("on another port, and without a route for every host, nothing fits", () => {
  assert.equal(found(TABLE, "a.example.com/", PORT + 1), undefined);
  assert.equal(found(tableOf([["a", "a.b", "/x"]]), "a.b/y"), undefined);
});

Deno.test("when the oldest of two is gone the younger one serves", () => {
  const table = tableOf([["old", "a.b", "/"], ["young", "a.b", "/"]]);
  assert.equal(found(table, "a.b/"), "old");
  table.remove("old");
  assert.equal(found(table, "a.b/"), "young");
  table.remove("young");
  assert.equal(found(table, "a.b/"), undefined);
  assert.equal(table.size, 0);
});

Deno.test("of two that are as old the name decides, and of one route's rules the first", () => {
  const table = new RoutingTable();
  const createdAt = "2026-01-01T00:00:00Z";
  table.put({ key: "b", createdAt, entries: [entry("b", "a.b", "/")] });
  table.put({ key: "a", createdAt, entries: [entry("1", "a.b", "/"), entry("2", "a.b", "/")] });
  assert.equal(found(table, "a.b/"), "1");
});

const change: fc.Arbitrary<ServedRoute | string> = fc.oneof(
  fc.constantFrom("a", "b", "c"),
  fc.record({
    key: fc.constantFrom("a", "b", "c"),
    createdAt: fc.constantFrom("1", "2"),
    entries: fc.array(
      fc.tuple(fc.constantFrom("", "x.y", "*.y"), fc.constantFrom("/", "/p"), fc.boolean())
        .map(([host, path, isExact]) => entry("", host, path, isExact)),
      { maxLength: 3 },
    ),
  }).map(({ key, createdAt, entries }) => ({
    key: `${createdAt}${key}`,
    createdAt,
    entries: entries.map((one) => ({ ...one, action: entry(key, "", "").action })),
  })),
);

Deno.test("a table that was changed again and again is as one that was made at once", () => {
  fc.assert(fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
    const changed = new RoutingTable();
    const left = new Map<string, ServedRoute>();
    for (const one of changes) {
      if (typeof one === "string") {
        for (const key of [`1${one}`, `2${one}`]) {
          changed.remove(key);
          left.delete(key);
        }
      } else {
        changed.put(one);
        left.set(one.key, one);
      }
    }
    const fresh = new RoutingTable();
    for (const route of left.values()) fresh.put(route);
    for (const at of ["x.y/", "x.y/p", "z.y/p/q", "other/p"]) {
      assert.equal(found(changed, at), found(fresh, at));
    }
  }));
});
