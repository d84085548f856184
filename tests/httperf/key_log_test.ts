import { doesNotThrow, strictEqual, throws } from "node:assert/strict";
import { tmpdir } from "node:os";
import { CannotRunError } from "../../core/errors.ts";
import { keyLogPath, requireKeyLog } from "../../httperf/key_log.ts";

Deno.test("keyLogPath() is the given file, else <port>.keys in the temporary directory", () => {
  strictEqual(keyLogPath("my.keys", 8080), "my.keys");
  strictEqual(keyLogPath("true", 8080), `${tmpdir()}/8080.keys`);
  strictEqual(keyLogPath("true", undefined), `${tmpdir()}/httperf.keys`);
});

Deno.test("requireKeyLog() refuses runtimes that write no keys", () => {
  for (const runtime of ["2.6.8", "2.6.10", "1.46.3"]) {
    throws(
      () => requireKeyLog(runtime),
      (error) => error instanceof CannotRunError && error.message.includes(runtime),
    );
  }
  for (const runtime of ["2.7.1", "2.9.6", "3.0.0"]) doesNotThrow(() => requireKeyLog(runtime));
});
