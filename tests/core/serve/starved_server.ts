/**
 * A server in a process with few descriptors, for https_server_test.ts. Says where it listens, and
 * each word that it has to say; ends when its standard input does.
 * @module
 */

import { SystemClock } from "../../../core/load/clock.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";
import { HttpsServer } from "../../../core/serve/https_server.ts";

// First, as in cli.ts: the runtime's own handling of signals needs descriptors while there are some.
Deno.addSignalListener("SIGTERM", () => Deno.exit(143));
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
const clock = new SystemClock();
const server = new HttpsServer({
  listen: { hostname: "127.0.0.1", port: 0 },
  tls: await createServerIdentity({ hosts: ["127.0.0.1"], now: clock.wallNow() }),
  clock,
  handler: (exchange) => exchange.answer({ status: 200, headers: [] }),
  onError: () => ({ status: 500, headers: [] }),
  onInterrupted: (message) => say(`interrupted: ${message}`),
});
say(`port ${server.addr.port}`);
await Deno.stdin.readable.pipeTo(new WritableStream());
say(`closed: ${await server.close({ graceMs: 5_000 })}`);
