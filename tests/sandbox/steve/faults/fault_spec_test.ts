import assert from "node:assert/strict";
import { parseSteveFault } from "../../../../sandbox/steve/faults/fault_spec.ts";
import { STEVE_FAULTS } from "../../../../sandbox/steve/faults/mod.ts";

Deno.test("every fault can be asked for by its name alone", () => {
  const names = STEVE_FAULTS.map(({ name }) => name);
  assert.deepEqual(names, [
    "drop",
    "duplicate",
    "late",
    "silent-reset",
    "kill-sockets",
    "slow-read",
    "wal-growth",
  ]);
  for (const name of names) {
    const { kind, value, afterMs, forMs } = parseSteveFault(name);
    assert.deepEqual([kind.name, value, afterMs, forMs], [name, undefined, 0, Infinity]);
  }
});

Deno.test("a fault with its value and its time", () => {
  const { kind, value, afterMs, forMs } = parseSteveFault("late=2s,after=500ms,for=1m");
  assert.deepEqual([kind.name, value, afterMs, forMs], ["late", "2s", 500, 60_000]);
});

const REFUSED: readonly [text: string, message: RegExp][] = [
  ["dorp", /^must be one of drop, duplicate, .*, not "dorp" \(did you mean "drop"\?\)$/],
  ["drop=2", /^drop must be a share above 0 and at most 1, not "2"$/],
  ["silent-reset=1", /^silent-reset takes no value, not "1"$/],
  ["drop,on=lists", /^drop: must be followed by after=, for=, not "on=lists"/],
  ["drop,after=soon", /^drop: after /],
];
for (const [text, message] of REFUSED) {
  Deno.test(`the fault "${text}" is refused with what would be right`, () => {
    assert.throws(() => parseSteveFault(text), { name: "SyntaxError", message });
  });
}
