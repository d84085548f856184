import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { addGrowth, noCounts } from "../../../core/h2/facts_growth.ts";
import { WrittenFacts } from "../../support/h2_facts.ts";

Deno.test("growth is counted once, in every sum", () => {
  const written = new WrittenFacts();
  const [seen, sum, other] = [noCounts(), noCounts(), noCounts()];
  const look = () => addGrowth(written.facts, { seen, sums: [sum, other] });
  written.add("sent", "HEADERS", { bytes: 30 });
  written.counts.received.resets.set("CANCEL", 2);
  written.add("received", "RST_STREAM", { frames: 2, bytes: 26 });
  written.stall("streamWindow", 12.5);
  look();
  look();
  deepStrictEqual(sum, written.counts);
  deepStrictEqual(other, sum);
  written.add("sent", "HEADERS", { bytes: 20 });
  look();
  deepStrictEqual(sum.sent.frames.get("HEADERS"), 2);
  deepStrictEqual(sum.sent.bytes, 50);
});

Deno.test("sums over any looks at any connections are the sums of their facts", () => {
  const step = fc.record({
    connection: fc.integer({ min: 0, max: 3 }),
    direction: fc.constantFrom("sent" as const, "received" as const),
    type: fc.constantFrom("DATA", "PING", "14"),
    bytes: fc.integer({ min: 9, max: 16_393 }),
    isLookedAt: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const connections = [0, 1, 2, 3].map(() => ({ written: new WrittenFacts(), seen: noCounts() }));
    const sum = noCounts();
    const look = ({ written, seen }: (typeof connections)[number]) =>
      addGrowth(written.facts, { seen, sums: [sum] });
    for (const { connection, direction, type, bytes, isLookedAt } of steps) {
      connections[connection]!.written.add(direction, type, { bytes });
      if (isLookedAt) look(connections[connection]!);
    }
    connections.forEach(look);
    for (const direction of ["sent", "received"] as const) {
      const all = steps.filter((one) => one.direction === direction);
      deepStrictEqual(sum[direction].bytes, all.reduce((total, { bytes }) => total + bytes, 0));
      const frames = Map.groupBy(all, ({ type }) => type);
      deepStrictEqual(
        [...sum[direction].frames].sort(),
        [...frames].map(([type, of]) => [type, of.length]).sort(),
      );
    }
  }));
});
