/**
 * `serving_observer.ts PORT HOST PATH`: asks a data plane about every ms over a kept connection, with
 * nothing but fetch; prints a line when it has had an answer, and on SIGTERM each time at which the route
 * came to be served or ceased to be.
 * @module
 */

import type { TimedServing } from "./resolution_probe.ts";

const PAUSE_MS = 1;
const NOT_FOUND = 404;

function printLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const [port = "", host = "", path = ""] = Deno.args;
  const servings: TimedServing[] = [];
  Deno.addSignalListener("SIGTERM", () => {
    printLine(JSON.stringify(servings));
    Deno.exit(0);
  });
  const client = Deno.createHttpClient({ allowHost: true });
  const asking = { client, headers: { host }, redirect: "manual" } as const;
  let was: boolean | undefined;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, asking);
    const atMs = performance.timeOrigin + performance.now();
    const isServed = answer.status !== NOT_FOUND;
    await answer.body?.cancel();
    if (was === undefined) printLine("asking");
    else if (isServed !== was) servings.push({ isServed, atMs });
    was = isServed;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
