/**
 * A server in a process with few descriptors, for http_server_test.ts. Says where it listens, and
 * each word that it has to say; ends when its standard input does.
 * @module
 */

import { SystemClock } from "../../../core/load/clock.ts";
import { HttpServer } from "../../../core/net/http_server.ts";
import { createServerIdentity } from "../../../core/net/mini_ca.ts";

// First, as in cli.ts: the runtime's own handling of signals needs descriptors while there are some.
Deno.addSignalListener("SIGTERM", () => Deno.exit(143));
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
const clock = new SystemClock();
const identity = await createServerIdentity({ hosts: ["127.0.0.1"], now: clock.wallNow() });
const server = new HttpServer({
  listen: { hostname: "127.0.0.1", port: 0 },
  tls: Deno.args.includes("--tls") ? identity : undefined,
  clock,
  handler: () => new Response("ok"),
  onError: () => new Response(null, { status: 500 }),
  onInterrupted: (message) => say(`interrupted: ${message}`),
});
say(`port ${server.addr.port}`);
await Deno.stdin.readable.pipeTo(new WritableStream());
say(`closed: ${await server.close({ graceMs: 1_000 })}`);
