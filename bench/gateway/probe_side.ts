/**
 * The side of a gateway probe that meets the API server, without its command: a connection, the watch
 * of routes and their writer, for programs that measure these.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import type { TimedContext } from "../../core/load/timed.ts";
import { Recorder } from "../../core/measure/recorder.ts";
import type { ClusterSession } from "../../kube/connect.ts";
import { HTTP_ROUTES } from "../../kube/gateway_api/kinds.ts";
import { OwnedObjects } from "../../kube/owned/owned_objects.ts";
import { STALE_AFTER_MS } from "../../probes/gateway/frame/ready_gateway.ts";
import { RouteWatch } from "../../probes/gateway/frame/route_watch.ts";
import { RouteWrites } from "../../probes/gateway/frame/route_writes.ts";
import { openSession } from "../own_session.ts";
import { ROUTE_NAMESPACE } from "./routes_of.ts";

/** See the module. What is written stays. */
export interface ProbeSide extends AsyncDisposable {
  readonly cluster: ClusterSession["cluster"];
  readonly routes: RouteWatch;
  readonly writes: RouteWrites;
}

interface ProbeSideOptions {
  readonly kubeconfig: string;
  readonly runId: string;
  /** Watches no route. */
  readonly isBlind?: boolean;
}

/** What measuring needs that nobody is going to stop. */
export function measuring(): TimedContext {
  const clock = new SystemClock();
  const { signal } = new AbortController();
  const recorder = new Recorder({ startMs: clock.now() });
  return { clock, recorder, stopping: signal, aborted: signal };
}

export async function openProbeSide(
  { clock, recorder, stopping: signal }: TimedContext,
  { kubeconfig, runId, isBlind = false }: ProbeSideOptions,
): Promise<ProbeSide> {
  const rng = createRng(1);
  const identity = { runId, command: "bench" };
  await using opened = new AsyncDisposableStack();
  const { cluster } = opened.use(await openSession(clock, { kubeconfig, identity }));
  const namespaces = [ROUTE_NAMESPACE];
  const resource = HTTP_ROUTES;
  const watched = isBlind ? [] : namespaces;
  const routes = opened.use(
    await RouteWatch.open(cluster, {
      namespaces: watched,
      runId,
      clock,
      rng,
      recorder,
      signal,
      staleAfterMs: STALE_AFTER_MS,
      onUnversioned: () => {},
    }),
  );
  const owned = new OwnedObjects(cluster, { resource, namespaces, runId, clock, rng });
  const writes = new RouteWrites({ cluster, resource, owned, fieldManager: "scaletool" });
  const closing = opened.move();
  return { cluster, routes, writes, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}
