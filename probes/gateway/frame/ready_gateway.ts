/**
 * Is a Gateway what a probe needs: there, of a class that has a controller, with the listeners that
 * were named, open to routes of these namespaces, programmed, and with an address? Each No is one
 * line that says what to do. Makes nothing.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { nearestWord } from "../../../core/nearest.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import {
  addressOf,
  attachedRoutesOf,
  listenerPort,
  programmedState,
  saysProgrammed,
} from "../../../kube/gateway_api/gateway_status.ts";
import { GATEWAYS } from "../../../kube/gateway_api/kinds.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { DataPlane } from "../answers/data_plane.ts";
import { type GatewayClass, gatewayClass } from "./gateway_class.ts";
import { formatGatewayRef, type GatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import { type AddressOverride } from "./gateway_ref.ts";
import type { GatewayWatch } from "./gateway_watch.ts";
import { type ListenerWishes, usableListeners } from "./usable_listeners.ts";

/** Of the warning that a controller's statuses do not tell of which generation they are. */
export const UNVERSIONED_STATUS = "unversioned-status";
/** How long a status of an earlier generation is only late. */
export const STALE_AFTER_MS = 2_000;
/** For a name that was probably meant. */
const MOST_LOOKED_AT = 500;

/** A Gateway that can be worked with. */
export interface ReadyGateway {
  readonly ref: GatewayRef;
  /** `namespace/name`: the value of the tag `gateway`. */
  readonly tag: string;
  readonly className: string;
  readonly controllerName: string;
  /** Those that routes are attached to, at least one. */
  readonly listeners: readonly string[];
  /** Which these take, see listener_hostname.ts; undefined: any. */
  readonly hostname: string | undefined;
  /** Where the first of them is served. */
  readonly plane: DataPlane;
  /** Routes of all its listeners while the run has none but its pilot. */
  readonly attachedWithPilot: number;
}

export interface ReadyOptions {
  readonly ref: GatewayRef;
  readonly wishes: ListenerWishes;
  readonly override: AddressOverride | undefined;
  readonly timeoutMs: number;
}

/** What stands against it as it is now, one sentence; undefined: nothing that is seen of it alone. */
export function againstGateway(
  gateway: KubeObject,
  { ref, wishes, override }: Omit<ReadyOptions, "timeoutMs">,
): string | undefined {
  const tag = formatGatewayRef(ref);
  try {
    const { names: listeners } = usableListeners(gateway, { ...wishes, tag });
    const { against } = standingOf(gateway, { listeners, override });
    return against === "" ? undefined : `Gateway ${tag}: ${against}`;
  } catch (thrown) {
    if (thrown instanceof CannotRunError) return thrown.message;
    throw thrown;
  }
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
  if (gateway === undefined) return await noSuchGateway(run, cluster, ref);
  const className = textOf(fieldsOf(gateway["spec"])["gatewayClassName"]) ?? "";
  const found = await gatewayClass(run, cluster, { className, tag });
  const { names: listeners, hostname } = usableListeners(gateway, { ...options.wishes, tag });
  watch.countListeners(listeners);
  const programmed = await untilProgrammed(run, watch, {
    ...options,
    tag,
    listeners,
    gatewayClass: found,
  });
  const [listener] = listeners as [string];
  return {
    ref,
    tag,
    className,
    controllerName: found.controllerName,
    listeners,
    hostname,
    plane: {
      gateway: tag,
      address: override?.address ?? addressOf(programmed)!,
      port: override?.port ?? listenerPort(programmed, listener)!,
    },
    attachedWithPilot: 1 + listeners
      .reduce((sum, name) => sum + (attachedRoutesOf(programmed, name) ?? 0), 0),
  };
}

/** @throws {CannotRunError} naming the one that was probably meant, where one can be found */
async function noSuchGateway(
  { stopping: signal }: Run,
  cluster: ClusterReader,
  { namespace, name }: GatewayRef,
): Promise<never> {
  const tag = formatGatewayRef({ namespace, name });
  const hint = "kubectl get gateways -A lists those that there are";
  const near = await namesIn(cluster, namespace, signal)
    .then((names) => nearestWord(name, names));
  throw new CannotRunError(
    near === undefined
      ? `Cannot find Gateway ${tag}; ${hint}`
      : `Cannot find Gateway ${tag} (did you mean "${namespace}/${near}"?); ${hint}`,
  );
}

/** None if nobody says. */
async function namesIn(
  cluster: ClusterReader,
  namespace: string,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const { items } = await cluster.list(GATEWAYS, { namespace, limit: MOST_LOOKED_AT, signal });
    return items.map(({ metadata }) => metadata.name ?? "");
  } catch (thrown) {
    if (thrown instanceof OperationFailedError) return [];
    throw thrown;
  }
}

/** How a Gateway stands, and what stands against it. */
interface Standing {
  readonly gateway: KubeObject;
  /** Empty: nothing. */
  readonly against: string;
  /** Somebody looks at it then, whatever is said of its class. */
  readonly isProgrammed: boolean;
  /** Whether it is ready but for that: its conditions do not say that they are of its generation. */
  readonly unversioned: "missing" | "stale" | undefined;
}

interface ProgrammedOptions extends Pick<ReadyOptions, "override" | "timeoutMs"> {
  readonly tag: string;
  readonly gatewayClass: GatewayClass;
  readonly listeners: readonly string[];
}

async function untilProgrammed(
  run: Run,
  watch: GatewayWatch,
  options: ProgrammedOptions,
): Promise<KubeObject> {
  const { tag, gatewayClass: { className, doubt }, timeoutMs } = options;
  let last: Standing | undefined;
  const looking = (isReady: (standing: Standing) => boolean) => (gateway?: KubeObject) => {
    if (gateway === undefined) throw new CannotRunError(`Gateway ${tag} was deleted meanwhile`);
    last = standingOf(gateway, options);
    return isReady(last) ? last : undefined;
  };
  // A controller that is only late is waited for; one that goes on so has no more to say.
  const patienceMs = Math.min(STALE_AFTER_MS, timeoutMs);
  const signal = run.stopping;
  const atOnce = looking(({ against, unversioned }) => against === "" && unversioned !== "stale");
  const late = () => last!;
  let standing = await watch.until(atOnce, { timeoutMs: patienceMs, signal, late });
  if (standing.against !== "") {
    const inTheEnd = looking(({ against }) => against === "");
    standing = await watch.until(inTheEnd, { timeoutMs: timeoutMs - patienceMs, signal, late });
  }
  const { against, gateway, unversioned } = standing;
  if (against !== "") {
    throw new CannotRunError(
      `Gateway ${tag} (class ${className}) is not ready after ${formatDuration(timeoutMs)}: ` +
        [against, standing.isProgrammed ? "" : doubt].filter((part) => part !== "").join("; "),
    );
  }
  if (unversioned !== undefined) run.warn(UNVERSIONED_STATUS, unversionedText(tag, unversioned));
  return gateway;
}

function standingOf(
  gateway: KubeObject,
  { listeners, override }: Pick<ProgrammedOptions, "listeners" | "override">,
): Standing {
  const states = listeners.map((listener) => ({
    ...programmedState(gateway, listener),
    isSaid: saysProgrammed(gateway, listener),
  }));
  const wrong = states.find(({ state, isSaid }) =>
    state === "not-programmed" || (state === "unobserved" && !isSaid)
  );
  const doubtful = states.find(({ state }) => state === "unobserved");
  const unversioned = doubtful === undefined
    ? undefined
    : doubtful.observation === "stale"
    ? "stale"
    : "missing";
  const standing = { gateway, unversioned, isProgrammed: wrong === undefined } as const;
  if (wrong !== undefined) {
    return { ...standing, against: `it is not programmed: ${wrong.because}` };
  }
  const hasAddress = override !== undefined || addressOf(gateway) !== undefined;
  const against = hasAddress
    ? ""
    : "it is programmed, but has no address in its status; say where it answers with --address";
  return { ...standing, against };
}

function unversionedText(tag: string, unversioned: "missing" | "stale"): string {
  const what = unversioned === "stale"
    ? `still speaks of an earlier generation after ${formatDuration(STALE_AFTER_MS)}`
    : "writes observedGeneration 0, or none";
  return `The controller of Gateway ${tag} ${what}: whether a status is about the object as it is ` +
    "now cannot be known";
}
