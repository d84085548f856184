/**
 * The metrics of the original loggers under their names, for dashboards made for those: two
 * latency histograms with fixed buckets, three counters and a gauge. Differs on purpose in that no
 * histogram begins with an observation of 0, the counters' names end in `_total` and the gauge is
 * the highest resourceVersion and not the last one; `compat` gives back the old names only.
 * Source: Prometheus text exposition format 0.0.4.
 * @module
 */

import { isIPv4 } from "node:net";
import type { Turn } from "./object_log.ts";

/** Upper bounds in seconds; those up to 0 catch clocks that are not in step. */
export const LATENCY_BUCKETS_SEC = [
  -0.1,
  0,
  0.03125,
  0.0625,
  0.125,
  0.25,
  0.5,
  1,
  2,
  4,
  8,
] as const;

const MS_PER_SEC = 1_000;

/** A histogram of a few fixed buckets. */
class BucketHistogram {
  /** Not cumulative; the last one is beyond all bounds. */
  readonly #counts = new Array<number>(LATENCY_BUCKETS_SEC.length + 1).fill(0);
  /** Whole ms add up without an error. */
  #sumMs = 0;

  observe(latencyMs: number): void {
    const seconds = latencyMs / MS_PER_SEC;
    const found = LATENCY_BUCKETS_SEC.findIndex((bound) => seconds <= bound);
    const index = found < 0 ? LATENCY_BUCKETS_SEC.length : found;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sumMs += latencyMs;
  }

  lines(name: string, label: string): string[] {
    let count = 0;
    const buckets = [...LATENCY_BUCKETS_SEC, "+Inf"].map((bound, index) => {
      count += this.#counts[index] ?? 0;
      return `${name}_bucket{${label},le="${bound}"} ${count}`;
    });
    return [
      ...buckets,
      `${name}_sum{${label}} ${this.#sumMs / MS_PER_SEC}`,
      `${name}_count{${label}} ${count}`,
    ];
  }
}

export interface ScaletestMetricsOptions {
  /** As in the names: `scaletest_configmaps_...`. */
  readonly plural: string;
  /** Which logger: the value of the label. */
  readonly logger: string;
  /** The original's names, which break the naming rules of Prometheus. */
  readonly compat: boolean;
}

/** See the module. */
export class ScaletestMetrics {
  readonly #options: ScaletestMetricsOptions;
  readonly #latency = { create: new BucketHistogram(), update: new BucketHistogram() };
  #updates = 0;
  #stranges = 0;
  #duplicates = 0;
  #highestResourceVersion: number | undefined;

  constructor(options: ScaletestMetricsOptions) {
    this.#options = options;
  }

  /** A row of the first list counts for nothing, a duplicate as nothing else. */
  turn({ isInitial, isDuplicate, notifications, row, latency }: Turn): void {
    if (isInitial) return;
    if (isDuplicate) {
      this.#duplicates++;
      return;
    }
    if (notifications !== 1) this.#stranges++;
    else if (row.queuedUpdates === 1) this.#updates++;
    if (latency !== undefined) this.#latency[latency.op].observe(latency.latencyMs);
  }

  /**
   * A resourceVersion was seen; one that is no decimal number is left out.
   * Source of their order: Kubernetes API concepts, "Resource versions".
   */
  sawResourceVersion(resourceVersion: string | undefined): void {
    const version = Number(resourceVersion);
    if (Number.isNaN(version) || version <= (this.#highestResourceVersion ?? 0)) return;
    this.#highestResourceVersion = version;
  }

  /** The text, ending with a line feed. */
  render(): string {
    const { plural, logger, compat } = this.#options;
    const prefix = `scaletest_${plural}`;
    const label = `logger="${logger}"`;
    const total = compat ? "" : "_total";
    const version = this.#highestResourceVersion;
    const families = [
      ...(["create", "update"] as const).map((op) => ({
        name: `${prefix}_${op}_latency_seconds`,
        type: "histogram",
        help: `From the client's ${op} timestamp to the logger's turn.`,
        lines: (name: string) => this.#latency[op].lines(name, label),
      })),
      ...([
        ["updates", this.#updates, "Rows of exactly one notification, an update."],
        ["stranges", this.#stranges, "Rows of other than one notification."],
        ["duplicates", this.#duplicates, "Rows whose object was as at its last turn."],
      ] as const).map(([counter, value, help]) => ({
        name: `${prefix}_${counter}${total}`,
        type: "counter",
        help,
        lines: (name: string) => [`${name}{${label}} ${value}`],
      })),
      {
        name: `${prefix}_${compat ? "resourceVersion" : "resource_version"}`,
        type: "gauge",
        help: "Highest resourceVersion seen.",
        lines: (name: string) => version === undefined ? [] : [`${name}{${label}} ${version}`],
      },
    ];
    return families.map(({ name, type, help, lines }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines(name)].join("\n") + "\n"
    ).join("");
  }
}

const IPV4_MAPPED = "::ffff:";
const GROUPS = 8;
/** Stands for a machine with loopback only. */
const NONE = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

/**
 * The smallest address that is not loopback, compared as 16-byte integers, in which an IPv4 address
 * is mapped (RFC 4291, section 2.5.5.2) and so comes before every global IPv6 one. All ones if there
 * is none.
 */
export function loggerAddress(addresses: readonly string[]): string {
  const [smallest = NONE] = addresses
    .map((address) => address.replace(/%.*$/, ""))
    .filter((address) => !isLoopback(address))
    .sort((one, other) => numberOf(one) < numberOf(other) ? -1 : 1);
  return smallest;
}

function isLoopback(address: string): boolean {
  return isIPv4(address) ? address.startsWith("127.") : numberOf(address) === 1n;
}

function numberOf(address: string): bigint {
  const full = isIPv4(address) ? IPV4_MAPPED + address : address;
  const hex = full.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, ...bytes: string[]) => `${pair(bytes[0], bytes[1])}:${pair(bytes[2], bytes[3])}`,
  );
  const [head = "", tail] = hex.split("::");
  const left = groupsOf(head);
  const right = groupsOf(tail ?? "");
  const middle = new Array<string>(Math.max(0, GROUPS - left.length - right.length)).fill("0");
  return BigInt(
    `0x${[...left, ...middle, ...right].map((part) => part.padStart(4, "0")).join("")}`,
  );
}

function groupsOf(part: string): string[] {
  return part === "" ? [] : part.split(":");
}

/** Two decimal bytes as one hexadecimal group. */
function pair(high = "0", low = "0"): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
