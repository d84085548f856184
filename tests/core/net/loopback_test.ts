import assert from "node:assert/strict";
import { isLoopback } from "../../../core/net/loopback.ts";

Deno.test("addresses of this machine and its one name are loopback, and no other name is", () => {
  for (
    const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
  ) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of ["", "128.0.0.1", "::2", "127.0.0.1.nip.io", "localhost.example", "0.0.0.0"]) {
    assert.equal(isLoopback(host), false, host);
  }
});
