/** What is left of connections and streams that have ended: nothing. Longer: `deno task bench h2-soak`. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { canSeeSockets } from "../../../core/net/own_sockets.ts";
import { outputOf } from "../../support/command_output.ts";
import type { SoakRound } from "../../support/h2_soak.ts";

const PROGRAM = fileURLToPath(new URL("../../support/h2_soak.ts", import.meta.url));
const [ROUNDS, CONNECTIONS, STREAMS] = [4, 20, 200];
/** The smallest object of a stream that stayed would take more. */
const LEAST_LEAK_BYTES = 100;

Deno.test("connections and streams leave no descriptor and no memory", {
  // Descriptors are counted in /proc, and connections in the kernel's table.
  ignore: !canSeeSockets(),
}, async () => {
  const sizes = [ROUNDS, CONNECTIONS, STREAMS].map(String);
  const { code, text } = await outputOf(Deno.execPath(), [
    ...["run", "-A", "--no-check", "--v8-flags=--expose-gc", PROGRAM, ...sizes],
  ]);
  assert.equal(code, 0, text);
  const rounds: SoakRound[] = text.trim().split("\n").map((line) => JSON.parse(line));
  const streams = CONNECTIONS * STREAMS;
  for (const { wholeStreams, cancelledStreams } of rounds) {
    assert.deepEqual([wholeStreams, cancelledStreams], [streams * 3 / 4, streams / 4]);
  }
  // That no connection is left is waited for by each round. The first one loads and compiles what the others find.
  const [, second, , last] = rounds;
  const leftBytes = (last!.heapBytes - second!.heapBytes) / (2 * streams);
  assert.ok(leftBytes < LEAST_LEAK_BYTES, `${leftBytes} bytes of a stream: ${text}`);
});
