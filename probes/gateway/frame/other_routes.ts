/**
 * Does somebody else attach routes to the Gateways under test meanwhile, or remove some? What a
 * listener counts is not only ours then. From a watch of all HTTPRoutes but the run's own; without the
 * right to that nobody can tell.
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { isForGateway } from "../../../kube/gateway_api/parent_ref.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { RUN_ID_LABEL } from "../../../kube/owned/ownership.ts";
import { isForbidden } from "../../../kube/status_error.ts";
import { ObjectWatch } from "../../../kube/watch/object_watch.ts";
import type { Scene } from "./gateway_probe.ts";

const WHAT_FOR = "whether somebody else attaches routes to the same Gateways";
export const OTHER_ROUTES_RIGHTS: readonly NeededRight[] = ["list", "watch"]
  .map((verb) => ({ verb, kind: HTTP_ROUTES, onlyFor: WHAT_FOR }));

/** The route of somebody else, `namespace/name`, that came to a Gateway, or went or left it. */
interface OtherRoute {
  readonly gateway: string;
  readonly route: string;
  readonly isAttached: boolean;
}

/**
 * From now on the first such route ends the run without a verdict: whatever a listener counts then may
 * be right or wrong. Undefined: they may not be watched, which is a fact of the report.
 * @throws {StatusError} if the server refuses it for another reason; the run's stop
 */
export async function endWithOtherRoutes(
  { run, cluster, identity: { runId }, gateways }: Scene,
): Promise<AsyncDisposable | undefined> {
  const { clock, rng, stopping: signal } = run;
  const changed = (before: KubeObject | undefined, after: KubeObject | undefined) => {
    const route = objectKey((after ?? before)!);
    for (const { tag: gateway, ref } of gateways) {
      const [was, is] = [before, after].map((one) => one !== undefined && isForGateway(one, ref));
      if (was !== is) end(run, { gateway, route, isAttached: is === true });
    }
  };
  try {
    return await ObjectWatch.open(cluster, {
      resource: HTTP_ROUTES,
      selection: { labelSelector: `${RUN_ID_LABEL}!=${runId}` },
      clock,
      rng: rng.fork("routes of others"),
      signal,
      onWrite: ({ before, after }) => changed(before, after),
      onFound: ({ before, after }) => changed(before, after),
      onGone: (object) => changed(object, undefined),
    });
  } catch (thrown) {
    if (!isForbidden(thrown)) throw thrown;
    run.addFact("routes of others", "not seen: HTTPRoutes of all namespaces may not be watched");
    return undefined;
  }
}

function end(run: Run, { gateway, route, isAttached }: OtherRoute): void {
  if (run.stopping.aborted) return;
  run.addFinding({
    subject: `nobody else attaches or removes routes of ${gateway}`,
    verdict: "inconclusive",
    observed: route,
    limit: "none",
    reason:
      `somebody else has ${isAttached ? "attached" : "removed"} it, so that the count is not ` +
      "only ours: the run ends here; give the probe a Gateway of its own",
  });
  run.stop("limit");
}
