/**
 * The worker thread's side of a fleet: a share of the watchers, with connections of its own, that is
 * told of writes and of its end by the main thread.
 * @module
 */

import { given } from "../../../core/given.ts";
import { Ticker } from "../../../core/load/ticker.ts";
import type { Run } from "../../../core/run/run.ts";
import type { WorkerTask } from "../../../core/run/worker.ts";
import { TALLY_PERIOD_MS } from "../../tally.ts";
import { FleetShare, type ShareOptions, type SharePeer } from "./fleet_share.ts";
import type { Told } from "./share_observer.ts";
import type { ShareState } from "./stability.ts";
import { type SteveAccess, SteveClient } from "../client/steve_client.ts";
import { webSocketDialer } from "./steve_socket.ts";
import type { SteveType, WrittenEvent } from "../written_event.ts";

/** What a thread is started with. */
export interface FleetTaskOptions {
  readonly access: SteveAccess;
  readonly share: ShareOptions;
  /** Whether the run has begun already: then what is due earlier than the thread knows of it counts for nothing. */
  readonly hasBegun: boolean;
}

export type ToShare =
  | { readonly kind: "written"; readonly events: readonly WrittenEvent[] }
  | { readonly kind: "disturbed"; readonly type: SteveType; readonly atMs: number }
  | { readonly kind: "finish" };

export type FromShare =
  | { readonly kind: "state"; readonly state: ShareState }
  | { readonly kind: "notified"; readonly type: SteveType; readonly told: Told }
  | { readonly kind: "ready" };

/** How a share gets to the Steve of a client. */
function peerOf(client: SteveClient): SharePeer {
  return {
    dial: webSocketDialer(() => client.subscribe()),
    list: async ({ type, namespace }) => {
      const { revision } = await client.list(type, {
        // Only the collection's own revision is wanted.
        pageSize: 1,
        exclude: ["data"],
        ...given({ namespace }),
      });
      return revision;
    },
  };
}

/** A share of the watchers; resolves with its `ShareSummary` once it was told to finish. */
export const fleetTask: WorkerTask = async (run, options, channel) => {
  const { access, share: shareOptions, hasBegun } = options as FleetTaskOptions;
  if (hasBegun) await run.begun;
  using client = await SteveClient.open(access, { clock: run.clock });
  const { say } = channel;
  const publish = (message: FromShare) => channel.publish(message);
  const share = new FleetShare(run, shareOptions, {
    peer: peerOf(client),
    say,
    onNotified: (type, { revision, atMs }) =>
      publish({ kind: "notified", type, told: { revision, atMs } }),
  });
  const finishing = new AbortController();
  channel.onValue((value) => {
    const message = value as ToShare;
    if (message.kind === "written") share.written(message.events);
    else if (message.kind === "disturbed") share.disturbed(message.type, message.atMs);
    else finishing.abort();
  });
  const publishState = () => publish({ kind: "state", state: share.state });
  const { clock } = run;
  await using _state = new Ticker(publishState, { clock, periodMs: TALLY_PERIOD_MS });
  const started = share.start().then(() => {
    publishState();
    publish({ kind: "ready" });
  });
  const over = untilAborted(run, finishing.signal);
  // What breaks the start must not wait for the end.
  await Promise.race([started.then(() => over), over]);
  const summary = await share.finish();
  await started;
  return summary;
};

async function untilAborted(run: Run, signal: AbortSignal): Promise<void> {
  await run.clock.sleepUntil(Infinity, AbortSignal.any([signal, run.aborted]));
}
