import assert from "node:assert/strict";
import { GATEWAY_FAULTS } from "../../sandbox/gateway/faults/mod.ts";
import { GATEWAY_FAULT_SWITCHES } from "./gateway_fault_matrix.ts";

Deno.test("the matrix has every fault of the Gateway API implementation", () => {
  const names = GATEWAY_FAULT_SWITCHES.map((text) => text.split("=")[0]!);
  assert.deepEqual(names, GATEWAY_FAULTS.map(({ name }) => name));
});
