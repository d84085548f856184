import assert from "node:assert/strict";
import { mainFirst } from "../../../core/report/main_first.ts";

Deno.test("what a run is about comes first, all else as it was", () => {
  const operations = ["review", 'chat{tier="a"}', "canary", "chat", "chatter"].map((op) => ({
    op,
  }));
  assert.deepEqual(mainFirst(operations, { mainOperation: "chat" }).map(({ op }) => op), [
    ...['chat{tier="a"}', "chat", "review", "canary", "chatter"],
  ]);
});
