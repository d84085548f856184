/**
 * What of a load's connections its reader must know before he believes the figures, in sentences:
 * what the other end did not let happen. Takes it out of what was measured; nothing is guessed.
 * @module
 */

import type { CauseSpec } from "../core/judge/cause.ts";
import { US_PER_MS } from "../core/measure/recorder.ts";
import type { Totals } from "../core/measure/totals.ts";
import type { Warning } from "../core/run_log/record.ts";
import { formatDuration, formatSignificant } from "../core/units.ts";
import { BROKEN_RULES } from "./broken_rules.ts";
import type { ConnectionRole } from "./connection_table.ts";

/** Of the time in which something could be sent; below it the window is not what limits. */
const NOTABLE_STALL_RATIO = 0.2;
/** Of the requests. */
const NOTABLE_WAIT_RATIO = 0.01;
/** A PING under way for longer: nobody read what came, or nothing came. */
const NOTABLE_PING_WAIT_MS = 5_000;
/** How a client ends what it does not want any more, as every client does at its end. */
const ORDINARY: Readonly<Record<ConnectionRole, readonly string[]>> = {
  client: [],
  server: ["CANCEL", "NO_ERROR"],
};

/**
 * The same of the stages of a ladder, whose rungs each have figures of their own: who is accused of a
 * rung that is not good. Of an end that is not here nothing was recorded, and nobody is accused.
 */
export const CONNECTION_CAUSES: readonly CauseSpec[] = [
  {
    component: "stream limit",
    sign: `streamWaits{role=client}.total / request.total < ${100 * NOTABLE_WAIT_RATIO}%`,
    because: "requests waited, as all streams that the server allows were open",
  },
  ...(["connection", "stream"] as const).map((window) => ({
    component: `${window} windows`,
    sign: `windowStallRatio{role=server,window=${window}}.mean < ${100 * NOTABLE_STALL_RATIO}%`,
    because: "bytes were ready and the clients' windows had no room",
  })),
  {
    component: "server",
    sign: "resets{role=client,direction=received}.total <= 0",
    because: "it reset streams",
  },
  {
    component: "server",
    sign: "goAways{role=client,direction=received}.total <= 0",
    because: "it ended connections with GOAWAY",
  },
  {
    component: "path",
    sign: `pingWaitMs{role=client}.max < ${NOTABLE_PING_WAIT_MS}ms`,
    because: "a PING was not answered for long, so what was slow is not the answers alone",
  },
];

interface Told {
  readonly totals: Totals;
  readonly role: ConnectionRole;
  /** The other end, as the subject of a sentence. */
  readonly peer: string;
}

/** @param totals of the load, without its warm-up */
export function connectionWarnings(totals: Totals, role: ConnectionRole): Warning[] {
  const told = { totals, role, peer: role === "client" ? "The server" : "Clients" };
  return [
    ...(["connection", "stream"] as const).map((window) => windowWarning(window, told)),
    streamLimitWarning(told),
    ruleWarning(told),
    codesWarning("resets", told),
    codesWarning("goAways", told),
    pingWarning(told),
  ].filter((warning) => warning !== undefined);
}

/** What cannot be known of requests that stalled while no PINGs were sent. */
export function noPingsWarning(totals: Totals): Warning | undefined {
  const { count } = totals.operation("request")?.failures("stalled") ?? { count: 0 };
  if (count === 0) return undefined;
  const stalled = count === 1 ? "1 request" : `${count} requests`;
  return {
    code: "no-pings",
    message: `${stalled} stalled, and as no PINGs were sent (--ping-period 0) nobody can tell a ` +
      "slow server from a dead connection, which is kept until TCP gives it up",
  };
}

function windowWarning(
  window: "connection" | "stream",
  { totals, role, peer }: Told,
): Warning | undefined {
  const ratio = totals.gauge("windowStallRatio", { role, window });
  const share = ratio === undefined ? 0 : ratio.sum / ratio.count;
  if (share < NOTABLE_STALL_RATIO) return undefined;
  const whose = window === "connection" ? "their connection's" : "their stream's";
  const percent = formatSignificant(100 * share);
  return {
    code: `${window}-window`,
    message: `${peer} limited what was sent: for ${percent} % of the time bytes were ready and ` +
      `${whose} window had no room. Either they were not read any faster there, or the window is ` +
      "smaller than rate times round trip",
  };
}

function streamLimitWarning({ totals, role, peer }: Told): Warning | undefined {
  const waited = totals.counter("streamWaits", { role }) ?? 0;
  const started = totals.operation("request")?.total ?? 0;
  if (role !== "client" || waited === 0 || waited < NOTABLE_WAIT_RATIO * started) return undefined;
  const waits = totals.distribution("streamWait")?.histogram;
  const long = waits === undefined || waits.count === 0
    ? `on average ${meanWait(totals, { role, waited })}`
    : `p99 ${formatDuration(waits.valueAt(0.99) / US_PER_MS)}`;
  return {
    code: "stream-limit",
    message:
      `${peer}'s limit of concurrent streams was reached: ${waited} of ${started} requests ` +
      `waited for one to end, ${long}; more --connections would not wait`,
  };
}

function meanWait(
  totals: Totals,
  { role, waited }: { role: ConnectionRole; waited: number },
): string {
  return formatDuration((totals.counter("streamWaitMs", { role }) ?? 0) / waited);
}

function ruleWarning({ totals, role, peer }: Told): Warning | undefined {
  const broken = [...totals.counters.values()]
    .filter(({ name, tags }) => name === BROKEN_RULES && tags?.role === role)
    .map(({ tags, value }) => `${tags?.rule} (${value})`);
  if (broken.length === 0) return undefined;
  return { code: "protocol", message: `${peer} broke the protocol: ${broken.join("; ")}` };
}

function codesWarning(
  name: "resets" | "goAways",
  { totals, role, peer }: Told,
): Warning | undefined {
  const codes = [...totals.counters.values()]
    .filter((series) => series.name === name && series.value > 0)
    .filter(({ tags }) => tags?.role === role && tags.direction === "received")
    .map(({ tags, value }) => ({ code: tags?.code ?? "", value }))
    .filter(({ code }) => !ORDINARY[role].includes(code));
  if (codes.length === 0) return undefined;
  const list = codes.map(({ code, value }) => `${code} ${value}`).join(", ");
  return name === "resets"
    ? { code: "streams-reset", message: `${peer} reset streams: ${list}` }
    : {
      code: "goaway",
      message: `${peer} ended connections with GOAWAY: ${list}${
        role === "client" ? calmHint(codes) : ""
      }`,
    };
}

/** Servers of gRPC answer so to PINGs that come more often than every five minutes, unless told otherwise. */
function calmHint(codes: readonly { code: string }[]): string {
  const isCalm = codes.some(({ code }) => code === "ENHANCE_YOUR_CALM");
  return isCalm ? "; if it was for the PINGs, see --ping-period" : "";
}

function pingWarning({ totals, role, peer }: Told): Warning | undefined {
  const waitedMs = totals.gauge("pingWaitMs", { role })?.max ?? 0;
  if (waitedMs < NOTABLE_PING_WAIT_MS) return undefined;
  return {
    code: "ping-unanswered",
    message: `${peer} or the path to it did not answer a PING for ${formatDuration(waitedMs)}: ` +
      "what was slow then is not the answers alone",
  };
}
