/**
 * Who has set the pace at which a count came to be full: we, who made the routes; the one who wrote
 * their statuses one after another; or the controller in another way? A figure is the controller's only in
 * the last case. Says `unknown` where too little was seen.
 * @module
 */

import { formatDuration } from "../../../core/units.ts";

/** When things happened, in any order, on one clock. Those of one Gateway. */
export interface PaceTimes {
  /** The answer to each create. */
  readonly createdMs?: readonly number[];
  /** When each route was first seen accepted. */
  readonly acceptedMs?: readonly number[];
  /** When the count was first seen to include a first route, a second and so on: {@link countedTimes}. */
  readonly countedMs?: readonly number[];
}

export interface Bound {
  readonly bound: "harness" | "status-writer" | "controller" | "unknown";
  /** A clause: `the count was full 40ms after our last create ...`. */
  readonly because: string;
  /** Of our creates or of the route statuses, whichever it is bound by. */
  readonly ratePerSec?: number;
}

/** Below, a rate of ours is chance. */
const FEWEST_ROUTES = 20;
/** Below, it cannot be told whether the rate of statuses is steady. */
const FEWEST_STATUSES = 25;
/** Of what it is compared with: what comes within it came together. */
const SHORTLY_RATIO = 0.1;
/** A writer whose rate is above this part of ours has kept up with us. */
const BELOW_OUR_RATE_RATIO = 0.8;
const STEADY_PARTS = 5;
/** How far a part may take longer or shorter than their mean, of that. */
const STEADY_RATIO = 0.35;
/** Defaults of client-go, controller-runtime (up to 2025) and Traefik, in writes a second. */
const CLIENT_RATES_PER_SEC = [5, 20, 50];
const CLIENT_RATE_RATIO = 0.1;

export function boundOf(
  { createdMs = [], acceptedMs = [], countedMs = [] }: PaceTimes,
): Bound {
  const routes = createdMs.length;
  if (routes < FEWEST_ROUTES) return unknown(`${routes} routes are too few to tell`);
  if (countedMs.length < routes) return unknown("the count was never full");
  const created = paceOf(createdMs);
  if (created.spanMs === 0) return unknown("all routes were made at once");
  const counted = paceOf(countedMs.toSorted(ascending).slice(0, routes));
  const tailMs = Math.max(0, counted.lastMs - created.lastMs);
  const tail = `the count was full ${formatDuration(tailMs)} after our last create`;
  if (tailMs <= SHORTLY_RATIO * created.spanMs) {
    const pace = `and making ${routes} routes took ${formatDuration(created.spanMs)}`;
    return { bound: "harness", because: `${tail}, ${pace}`, ratePerSec: created.ratePerSec };
  }
  if (acceptedMs.length < routes) return unknown(`${tail}, but not all routes were seen accepted`);
  return boundOfWriter(acceptedMs, { created, counted, tail });
}

/** When the count first was at least 1 above where it began, 2 above and so on, as far as it came. */
export function countedTimes(
  counts: readonly { readonly count: number; readonly atMs: number }[],
  start: number,
): number[] {
  const times: number[] = [];
  for (const { count, atMs } of counts) {
    while (times.length < count - start) times.push(atMs);
  }
  return times;
}

interface Pace {
  readonly lastMs: number;
  readonly spanMs: number;
  readonly ratePerSec: number;
}

/** Of at least two; infinite where they are of one moment. */
function paceOf(timesMs: readonly number[]): Pace {
  const sorted = timesMs.toSorted(ascending);
  const lastMs = sorted.at(-1)!;
  const spanMs = lastMs - sorted[0]!;
  return { lastMs, spanMs, ratePerSec: (sorted.length - 1) / spanMs * 1_000 };
}

/** Of a count that came long after our creates, in the words of `tail`. */
function boundOfWriter(
  acceptedMs: readonly number[],
  { created, counted, tail }: { created: Pace; counted: Pace; tail: string },
): Bound {
  const accepted = paceOf(acceptedMs);
  const behindMs = counted.lastMs - accepted.lastMs;
  if (Math.abs(behindMs) > SHORTLY_RATIO * accepted.spanMs) {
    const side = behindMs > 0 ? "after" : "before";
    const because = `${tail}, ${formatDuration(Math.abs(behindMs))} ${side} the last route status`;
    return { bound: "controller", because };
  }
  const ownPace = ownPaceOf(acceptedMs, created);
  if (ownPace.length < FEWEST_STATUSES) {
    return unknown(`${tail}, but ${ownPace.length} route statuses are too few to tell a rate`);
  }
  const { ratePerSec } = paceOf(ownPace);
  if (ratePerSec < BELOW_OUR_RATE_RATIO * created.ratePerSec && isSteady(ownPace)) {
    const rate = `about ${Number(ratePerSec.toPrecision(2))} route statuses a second`;
    const because = `${tail}, with the last of ${rate}${likeClient(ratePerSec)}`;
    return { bound: "status-writer", because, ratePerSec };
  }
  const because = `${tail}, and the route statuses came at no steady rate below ours`;
  return { bound: "controller", because };
}

/**
 * The statuses, in order, whose pace was the writer's own: those after our last create, when it had
 * nothing to wait for, and the later half of them, since a client's rate limit lets a burst through.
 */
function ownPaceOf(acceptedMs: readonly number[], { lastMs }: Pace): number[] {
  const left = acceptedMs.filter((atMs) => atMs > lastMs).sort(ascending);
  return left.slice(Math.floor(left.length / 2));
}

/** Whether equal numbers of them took about equally long. @param sorted those of a part, in order */
function isSteady(sorted: readonly number[]): boolean {
  const edges = Array.from(
    { length: STEADY_PARTS + 1 },
    (_, part) => sorted[Math.floor(part * (sorted.length - 1) / STEADY_PARTS)]!,
  );
  const meanMs = (edges.at(-1)! - edges[0]!) / STEADY_PARTS;
  return meanMs > 0 &&
    edges.slice(1).every((edge, part) =>
      Math.abs(edge - edges[part]! - meanMs) <= STEADY_RATIO * meanMs
    );
}

function likeClient(ratePerSec: number): string {
  const known = CLIENT_RATES_PER_SEC.find((rate) =>
    Math.abs(ratePerSec - rate) <= CLIENT_RATE_RATIO * rate
  );
  return known === undefined ? "" : `, as a client limited to ${known} a second writes them`;
}

function unknown(because: string): Bound {
  return { bound: "unknown", because };
}

function ascending(one: number, other: number): number {
  return one - other;
}
