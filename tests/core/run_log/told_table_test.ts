import { deepStrictEqual } from "node:assert/strict";
import { joinedTable, type ToldTable } from "../../../core/run_log/told_table.ts";

function told(ranks: readonly number[], count: number): ToldTable {
  return {
    title: "Connections",
    rowTitle: "connection",
    order: "the slowest",
    columns: [{ title: "ping", meaning: "round trip", unit: "ms" }],
    rows: ranks.map((rank) => ({ name: `c${rank}`, rank, cells: [rank] })),
    mostRows: 3,
    count,
  };
}

Deno.test("of what several tell, the rows of the highest rank are shown, and everything is counted", () => {
  const joined = joinedTable([told([9, 2, 1], 100), told([5, 4], 2)]);
  deepStrictEqual(joined.rows.map(({ rank }) => rank), [9, 5, 4]);
  deepStrictEqual(joined.count, 102);
});
