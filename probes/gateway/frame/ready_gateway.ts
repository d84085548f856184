/**
 * Is a Gateway what a probe needs: there, of a class that has a controller, with the listeners that
 * were named, open to routes of these namespaces, programmed, and with an address? Each No is one
 * line that says what to do. Makes nothing.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { didYouMean } from "../../../core/nearest.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { elementsOf, fieldsOf, textOf } from "../../../kube/gateway_api/fields.ts";
import {
  addressOf,
  attachedRoutesOf,
  listenerPort,
  listenerPorts,
  programmedState,
} from "../../../kube/gateway_api/gateway_status.ts";
import { GATEWAY_CLASSES } from "../../../kube/gateway_api/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isNotFound } from "../../../kube/status_error.ts";
import type { DataPlane } from "../answers/data_plane.ts";
import { type AddressOverride, formatGatewayRef, type GatewayRef } from "./gateway_ref.ts";
import type { GatewayWatch } from "./gateway_watch.ts";

/** A Gateway that can be worked with. */
export interface ReadyGateway {
  readonly ref: GatewayRef;
  /** `namespace/name`: the value of the tag `gateway`. */
  readonly tag: string;
  readonly className: string;
  readonly controllerName: string;
  /** Those that routes are attached to, at least one. */
  readonly listeners: readonly string[];
  /** Where the first of them is served. */
  readonly plane: DataPlane;
  /** Routes of all its listeners while the run has none but its pilot. */
  readonly attachedWithPilot: number;
}

export interface ReadyOptions {
  readonly ref: GatewayRef;
  /** Names; none: the only one that there is. */
  readonly listeners: readonly string[];
  /** Of routes. */
  readonly namespaces: readonly string[];
  readonly override: AddressOverride | undefined;
  readonly timeoutMs: number;
}

/** @throws {CannotRunError} in one line, if it is not what a probe needs within the time */
export async function readyGateway(
  run: Run,
  cluster: ClusterReader,
  { watch, ...options }: ReadyOptions & { readonly watch: GatewayWatch },
): Promise<ReadyGateway> {
  const { ref, override } = options;
  const tag = formatGatewayRef(ref);
  const { gateway } = watch;
  if (gateway === undefined) {
    throw new CannotRunError(
      `Cannot find Gateway ${tag}; kubectl get gateways -A lists those that there are`,
    );
  }
  const className = textOf(fieldsOf(gateway["spec"])["gatewayClassName"]) ?? "";
  const controllerName = await controllerOf(run, cluster, { className, tag });
  const listeners = listenersOf(gateway, { tag, names: options.listeners });
  requireAllowed(gateway, { tag, listeners, namespaces: options.namespaces });
  watch.countListeners(listeners);
  const programmed = await untilProgrammed(run, watch, { ...options, tag, listeners, className });
  const [listener] = listeners as [string];
  return {
    ref,
    tag,
    className,
    controllerName,
    listeners,
    plane: {
      gateway: tag,
      address: override?.address ?? addressOf(programmed)!,
      port: override?.port ?? listenerPort(programmed, listener)!,
    },
    attachedWithPilot: 1 + listeners
      .reduce((sum, name) => sum + (attachedRoutesOf(programmed, name) ?? 0), 0),
  };
}

async function controllerOf(
  { clock, rng, stopping: signal }: Run,
  cluster: ClusterReader,
  { className, tag }: { className: string; tag: string },
): Promise<string> {
  try {
    const found = await retrying(
      () => cluster.get(GATEWAY_CLASSES, { name: className }, { signal }),
      { clock, rng: rng.fork("gateway class"), signal },
    );
    return textOf(fieldsOf(found["spec"])["controllerName"]) ?? "";
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new CannotRunError(
      `Gateway ${tag} is of class "${className}", which there is none of: no controller will look ` +
        "at it; kubectl get gatewayclasses lists those that there are",
      { cause: thrown },
    );
  }
}

/** @throws {CannotRunError} if one is not there, or none was named and there are several */
function listenersOf(
  gateway: KubeObject,
  { tag, names }: { tag: string; names: readonly string[] },
): readonly string[] {
  const known = [...listenerPorts(gateway).keys()];
  if (names.length === 0) {
    if (known.length === 1) return known;
    throw new CannotRunError(
      `Gateway ${tag} has ${known.length} listeners (${known.join(", ")}): say with --listeners ` +
        "which of them routes are attached to",
    );
  }
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return [...new Set(names)];
  throw new CannotRunError(
    `Gateway ${tag} has no listener "${wrong}"${didYouMean(wrong, known)}; it has ${
      known.join(", ")
    }`,
  );
}

/**
 * @throws {CannotRunError} if a listener takes no routes of such a namespace, as far as it can be known
 *   without reading labels of namespaces
 */
function requireAllowed(gateway: KubeObject, { tag, listeners, namespaces }: {
  tag: string;
  listeners: readonly string[];
  namespaces: readonly string[];
}): void {
  const { namespace = "" } = gateway.metadata;
  for (const fields of elementsOf(fieldsOf(gateway["spec"])["listeners"])) {
    const name = textOf(fields["name"]) ?? "";
    if (!listeners.includes(name)) continue;
    const { from } = fieldsOf(fieldsOf(fields["allowedRoutes"])["namespaces"]);
    const outside = namespaces.find((one) => one !== namespace);
    if (from === "All" || from === "Selector" || outside === undefined) continue;
    throw new CannotRunError(
      `Listener "${name}" of Gateway ${tag} takes routes of namespace "${namespace}" only ` +
        `(allowedRoutes.namespaces.from: ${
          from ?? "Same"
        }), and routes would be in "${outside}": ` +
        `set it to All, or use --namespace ${namespace} --simulate none`,
    );
  }
}

/** How a Gateway stands, and what stands against it. */
interface Standing {
  readonly gateway: KubeObject;
  readonly against: string;
  readonly isUnversioned: boolean;
}

async function untilProgrammed(
  run: Run,
  watch: GatewayWatch,
  options: ReadyOptions & {
    readonly tag: string;
    readonly className: string;
    readonly listeners: readonly string[];
  },
): Promise<KubeObject> {
  const { tag, className, timeoutMs } = options;
  let last: Standing | undefined;
  try {
    const standing = await watch.until((gateway) => {
      if (gateway === undefined) throw new CannotRunError(`Gateway ${tag} was deleted meanwhile`);
      last = standingOf(gateway, options);
      return last.against === "" ? last : undefined;
    }, { timeoutMs, signal: run.stopping });
    if (standing.isUnversioned) warnUnversioned(run, tag);
    return standing.gateway;
  } catch (thrown) {
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    throw new CannotRunError(
      `Gateway ${tag} (class ${className}) is not ready after ${formatDuration(timeoutMs)}: ` +
        last!.against,
      { cause: thrown },
    );
  }
}

function standingOf(
  gateway: KubeObject,
  { listeners, override }: Pick<ReadyOptions, "listeners" | "override">,
): Standing {
  const states = listeners.map((listener) => programmedState(gateway, listener));
  const isUnversioned = states.some(({ observation }) => observation === "zero");
  const standing = { gateway, isUnversioned };
  const wrong = states.find(({ state, observation }) =>
    state === "not-programmed" || (state === "unobserved" && observation !== "zero")
  );
  if (wrong !== undefined) {
    return { ...standing, against: `it is not programmed: ${wrong.because}` };
  }
  const hasAddress = override !== undefined || addressOf(gateway) !== undefined;
  const against = hasAddress
    ? ""
    : "it is programmed, but has no address in its status; say where it answers with --address";
  return { ...standing, against };
}

function warnUnversioned(run: Run, tag: string): void {
  run.warn(
    "unversioned-status",
    `The controller of Gateway ${tag} writes observedGeneration 0: whether a status is about the ` +
      "object as it is now cannot be known",
  );
}
