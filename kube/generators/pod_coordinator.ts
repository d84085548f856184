/**
 * The coordinator as a pod sees it: it is told through the pod's own log, and writes its orders into a
 * ConfigMap, which is watched over a connection of its own. A coordinator that is silent holds nothing
 * up; one whose ConfigMap is removed is gone.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";
import type { Coordinator } from "../../core/generators/coordinator.ts";
import type { GeneratorLink } from "../../core/generators/generator_link.ts";
import type { ClockOffset } from "../../core/generators/line.ts";
import { lineTelling } from "../../core/generators/line_telling.ts";
import { OrderInbox } from "../../core/generators/order_inbox.ts";
import { type Clock, SystemClock } from "../../core/load/clock.ts";
import { createRng, randomSeed, type Rng } from "../../core/load/rng.ts";
import { NAME, VERSION } from "../../core/version.ts";
import type { ClusterReader } from "../cluster.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../cluster_flags.ts";
import { type ClusterTarget, resolveTarget, systemWorld } from "../config/target.ts";
import { HttpCluster } from "../http/http_cluster.ts";
import { HttpConnection } from "../http/http_connection.ts";
import { LifeGuard } from "../http/life_guard.ts";
import type { KubeObject } from "../object.ts";
import { CONFIG_MAPS } from "../resource.ts";
import { ObjectWatch } from "../watch/object_watch.ts";
import { offsetBetween } from "./clock_offset.ts";
import { readBook } from "./order_book.ts";
import { PodLink } from "./pod_link.ts";
import { offsetToServer } from "./server_date.ts";

/** What it takes of what is around. */
interface PodSurroundings {
  stdout(text: string): void;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Opened when it is needed, and open until the process ends. */
  readonly reader: () => Promise<ClusterReader>;
  /** How far our calendar is behind the API server's. */
  readonly measureClock: () => Promise<ClockOffset>;
}

/** How long the coordinator may take to know its own clock. */
const CLOCK_PATIENCE_MS = 60_000;

/** In a pod, by the pod's own service account. @throws {CannotRunError} if this is no pod */
export function podCoordinator(
  link: GeneratorLink,
  { stdout }: { stdout(text: string): void },
): Coordinator {
  const clock = new SystemClock();
  const defaults = Object.entries(CLUSTER_FLAGS).map(([name, flag]) => [name, flag.defaultValue]);
  const values = Object.fromEntries(defaults) as ClusterValues;
  const target = resolveTarget(values, systemWorld(clock));
  const userAgent = `${NAME}/${VERSION} generator ${link.index} run/${PodLink.parse(link.at).name}`;
  return coordinatorOver(link, {
    stdout,
    clock,
    rng: createRng(randomSeed()),
    reader: () => readerOf(target, { values, userAgent, clock }),
    measureClock: () => offsetToServer({ target, values, userAgent, clock }),
  });
}

async function readerOf(
  target: ClusterTarget,
  options: { values: ClusterValues; userAgent: string; clock: Clock },
): Promise<ClusterReader> {
  const { values, userAgent, clock } = options;
  const connection = await HttpConnection.open({
    server: target.server,
    target,
    http1: values.http1,
    userAgent,
    clock,
    requestTimeoutMs: 0,
  });
  new LifeGuard([connection], { clock }); // a watch that is silent is not dead, but it may be
  return new HttpCluster([connection]);
}

/** See the module. */
export function coordinatorOver(link: GeneratorLink, around: PodSurroundings): Coordinator {
  const inbox = new OrderInbox();
  const gone = new AbortController();
  const watching = watchBook(link, { ...around, inbox, gone });
  watching.catch(() => {}); // whoever asks for the clock is told
  return {
    share: { index: link.index, of: link.of },
    clockOffset: async () => {
      const [own, book] = await Promise.all([around.measureClock(), watching]);
      return offsetBetween(own, await book.clock());
    },
    tell: lineTelling(link.index, around.stdout),
    onOrder: (listener) => inbox.subscribe(listener),
    gone: gone.signal,
  };
}

interface WatchedBook {
  /** Of the coordinator, against the API server. @throws {OperationFailedError} if it never tells */
  clock(): Promise<ClockOffset>;
}

/** @throws {CannotRunError} if it may not be watched, or is not there */
async function watchBook(
  { at }: GeneratorLink,
  { clock, rng, reader, inbox, gone }: PodSurroundings & {
    readonly inbox: OrderInbox;
    readonly gone: AbortController;
  },
): Promise<WatchedBook> {
  const { namespace, name } = PodLink.parse(at);
  const read = (configMap: KubeObject) =>
    readBook(configMap).orders.forEach((order) => inbox.receive(order));
  const see = ({ after }: { readonly after: KubeObject }) => read(after);
  const watch = await ObjectWatch.open(await reader(), {
    resource: CONFIG_MAPS,
    selection: { namespace, fieldSelector: `metadata.name=${name}` },
    clock,
    rng,
    onThere: see,
    onWrite: see,
    onFound: see,
    onGone: () => gone.abort(),
  }).catch((error: unknown) => {
    const what = `Cannot read the orders in ConfigMap ${namespace}/${name}`;
    throw new CannotRunError(`${what}: ${messageOf(error)}`, { cause: error });
  });
  const key = `${namespace}/${name}`;
  return {
    clock: () =>
      watch.until(() => {
        const configMap = watch.get(key);
        return configMap === undefined ? undefined : readBook(configMap).clock;
      }, {
        timeoutMs: CLOCK_PATIENCE_MS,
        signal: gone.signal,
        what: "the coordinator tells its clock",
      }),
  };
}
