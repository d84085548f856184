/**
 * The stand-in for Steve in a process of its own, without TLS and without users, because what is
 * measured is who watches: prints its URL, serves until SIGTERM, and then prints how it did itself.
 * @module
 */

import { SystemClock } from "../core/load/clock.ts";
import { createRng } from "../core/load/rng.ts";
import { LoopLog } from "../core/measure/loop_log.ts";
import { Recorder, US_PER_MS } from "../core/measure/recorder.ts";
import { Totals } from "../core/measure/totals.ts";
import { SelfMonitor } from "../core/run/self_monitor.ts";
import { SANDBOX_USER } from "../sandbox/authentication.ts";
import { KubernetesApi } from "../sandbox/kubernetes/api.ts";
import { bodyText } from "../sandbox/kubernetes/requests/request_body.ts";
import { startSteveServer } from "../sandbox/steve/server.ts";
import type { KubeSide } from "../sandbox/steve/steve.ts";

/** Events keep their objects. */
const KEPT_EVENTS = 50;

/** Everybody is the sandbox's user. */
function openKube(api: KubernetesApi): KubeSide {
  return {
    handler: (call) => api.handle(call),
    async answer(request, { completed }) {
      const { pathname, search } = new URL(request.url);
      const over = new AbortController();
      completed.then(() => over.abort(), () => over.abort());
      return await api.handle({
        method: request.method,
        path: pathname + search,
        headers: request.headers,
        body: await bodyText(request),
        user: SANDBOX_USER,
        signal: over.signal,
      });
    },
  };
}

/** What the stand-in says of itself in the end. */
export interface StandInFigures {
  /** Messages that its sockets took. */
  readonly sentMessages: number;
  /** Share of the time in which its event loop was behind, and how late timers were. */
  readonly awayRatio: number;
  readonly loopLagP99Ms: number;
  readonly loopLagMaxMs: number;
}

function printLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const clock = new SystemClock();
  const rng = createRng(1);
  const api = new KubernetesApi({ clock, rng, historyLimit: KEPT_EVENTS });
  const steve = await startSteveServer({
    listen: { hostname: "127.0.0.1", port: 0 },
    tls: false,
    kube: openKube(api),
    clock,
    rng,
  });
  const startMs = clock.now();
  const recorder = new Recorder({ startMs });
  const loop = new LoopLog();
  const monitor = new SelfMonitor({ clock, recorder, loop });
  printLine(steve.url);
  const terminated = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGTERM", terminated.resolve);
  await terminated.promise;
  await monitor.close();
  const totals = new Totals();
  for (const interval of recorder.rotate(clock.now())) totals.add(interval);
  const lag = totals.distribution("loopLag")!.histogram;
  const figures: StandInFigures = {
    sentMessages: steve.account.sentMessages,
    awayRatio: loop.awayMs(startMs, clock.now()) / (clock.now() - startMs),
    loopLagP99Ms: lag.valueAt(0.99) / US_PER_MS,
    loopLagMaxMs: lag.max / US_PER_MS,
  };
  printLine(JSON.stringify(figures));
  Deno.exit(0);
}
