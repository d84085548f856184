/**
 * How do V8's call stacks become a file that `go tool pprof`, Speedscope and Pyroscope read? It takes
 * no profile itself, and knows nothing of time but what it is told.
 *
 * Lines and columns are those of the code that V8 runs: of the transpiled sources, or of the bundle.
 * @module
 */

import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { gzip } from "node:zlib";
import type { Runtime } from "node:inspector";
import {
  Function,
  Line,
  Location,
  Mapping,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";

/** A function as V8's inspector names it; lines and columns count from 0, and are -1 in native code. */
export type Frame = Pick<
  Runtime.CallFrame,
  "functionName" | "scriptId" | "url" | "lineNumber" | "columnNumber"
>;

/** What a number in a profile counts, e.g. `{ type: "cpu", unit: "nanoseconds" }`. */
interface Measure {
  type: string;
  unit: string;
}

/** One call stack with one value for each of the profile's measures. */
export interface StackSample {
  /** The innermost function first. */
  stack: readonly Frame[];
  /** Integers. */
  values: readonly number[];
}

export interface ProfileContents {
  measures: readonly Measure[];
  /** The `type` of the measure that readers show at first. */
  defaultMeasure: string;
  samples: Iterable<StackSample>;
  /** One sample was taken about every `value` of this. */
  period: Measure & { value: number };
  /** When the profile began; its wall time. */
  startedAt: Date;
  /** How long it lasted. */
  durationMs: number;
  /** What the reader must know, shown by `go tool pprof -comments`. */
  comments?: readonly string[];
}

const NS_PER_MS = 1_000_000;
const gzipAsync = promisify(gzip);

/**
 * The gzipped protocol buffer described by `proto/profile.proto` of google/pprof. Compression happens
 * off the event loop, so that taking a profile disturbs the load as little as it can.
 */
export async function encodePprof(contents: ProfileContents): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await gzipAsync(toPprof(contents).encode()));
}

/** The same as an object, not yet encoded. */
function toPprof(contents: ProfileContents): Profile {
  const strings = new StringTable();
  const valueType = ({ type, unit }: Measure) =>
    new ValueType({ type: strings.dedup(type), unit: strings.dedup(unit) });
  const locations = new LocationTable(strings);
  return new Profile({
    stringTable: strings,
    sampleType: contents.measures.map(valueType),
    defaultSampleType: strings.dedup(contents.defaultMeasure),
    periodType: valueType(contents.period),
    period: contents.period.value,
    timeNanos: BigInt(contents.startedAt.getTime()) * BigInt(NS_PER_MS),
    durationNanos: Math.round(contents.durationMs * NS_PER_MS),
    comment: (contents.comments ?? []).map((comment) => strings.dedup(comment)),
    sample: Array.from(
      contents.samples,
      ({ stack, values }) =>
        new Sample({ locationId: stack.map((frame) => locations.idOf(frame)), value: [...values] }),
    ),
    location: locations.locations,
    function: locations.functions,
    // Says that every location already has its name, so that readers do not look for a binary.
    mapping: [
      new Mapping({
        id: MAPPING_ID,
        filename: strings.dedup("scaletool"),
        hasFunctions: true,
        hasFilenames: true,
        hasLineNumbers: true,
      }),
    ],
  });
}

const MAPPING_ID = 1;

/** Every function once, numbered from 1; a location is a function, because V8 times whole functions. */
class LocationTable {
  readonly locations: Location[] = [];
  readonly functions: Function[] = [];
  readonly #ids = new Map<string, number>();

  constructor(readonly strings: StringTable) {}

  idOf(frame: Frame): number {
    const { scriptId, lineNumber, columnNumber, functionName } = frame;
    const key = `${scriptId}:${lineNumber}:${columnNumber}:${functionName}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.locations.length + 1;
    this.#ids.set(key, id);
    const name = this.strings.dedup(functionName || "(anonymous)");
    const line = lineNumber + 1;
    this.functions.push(
      new Function({
        id,
        name,
        systemName: name,
        filename: this.strings.dedup(fileName(frame.url)),
        startLine: line,
      }),
    );
    this.locations.push(
      new Location({
        id,
        mappingId: MAPPING_ID,
        line: [new Line({ functionId: id, line, column: columnNumber + 1 })],
      }),
    );
    return id;
  }
}

/** The path of a file; other scripts keep their URL (`ext:`, `node:`, `data:` cut short), native code has none. */
function fileName(url: string): string {
  if (!url.startsWith("file:///")) return url.startsWith("data:") ? "data:" : url;
  try {
    return fileURLToPath(url);
  } catch {
    // Not every URL is a path, e.g. one with an encoded slash.
    return url;
  }
}
