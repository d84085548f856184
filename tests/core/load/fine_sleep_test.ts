import assert from "node:assert/strict";
import { fineSleep } from "../../../core/load/fine_sleep.ts";

Deno.test({
  name: "a fine sleep ends",
  ignore: fineSleep() === undefined,
  async fn() {
    assert.equal(await fineSleep()!(100), 0);
  },
});

Deno.test({
  name: "without the permission to call the C library there is none and nobody is asked",
  permissions: { ffi: false },
  fn() {
    assert.equal(fineSleep(), undefined);
  },
});
