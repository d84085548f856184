/**
 * Do memory and descriptors stay flat? httperf as server and as client, a sandbox, cmdriver with its
 * logger on it, and steve-watch with a sandbox of its own, all at once and at a modest load, for 10
 * minutes or `SOAK_MINUTES`. The first fifth is the warm-up and does not count.
 * @module
 */

import { columns, formatTable } from "../core/report/table.ts";
import { Scaletool, TempDir } from "../tests/support/scaletool.ts";
import { note } from "./note.ts";

const DEFAULT_MINUTES = 10;
const WARM_UP_SHARE = 0.2;
/** What the first and the last figure of a row are the mean of, of the time that counts. */
const END_SHARE = 0.1;
const SAMPLE_MS = 1_000;
const MS_PER_HOUR = 3_600_000;

type Programs = readonly (readonly [name: string, program: Scaletool])[];

interface Sample {
  readonly atMs: number;
  readonly rssBytes: number;
  readonly descriptors: number;
}

interface Row {
  readonly name: string;
  readonly rssStartBytes: number;
  readonly rssEndBytes: number;
  readonly rssSlopeBytesPerHour: number;
  readonly descriptorsStart: number;
  readonly descriptorsEnd: number;
  readonly descriptorsMost: number;
  readonly exitCode: number;
  readonly samples: readonly Sample[];
}

export async function soak(): Promise<Record<string, unknown>> {
  const minutes = Number(Deno.env.get("SOAK_MINUTES") ?? DEFAULT_MINUTES);
  const durationMs = minutes * 60_000;
  await using dir = new TempDir();
  await using stack = new AsyncDisposableStack();
  const options = { cwd: dir.path, longestRunMs: 2 * durationMs + 60_000 };
  const start = (...args: string[]) => stack.use(new Scaletool(args, options));
  const [kubeconfig, ca] = [dir.file("kubeconfig"), dir.file("ca.pem")];
  const sandbox = start("sandbox", "--write-kubeconfig", kubeconfig);
  await sandbox.line(/Ctrl-C to end/);
  const server = start("httperf", "--listen", "127.0.0.1:0", "--write-ca", ca, "--out", "server");
  const [, url = ""] = await server.line(/serving on (\S+)/);
  await server.line(/clients trust/);
  const forSoLong = ["--duration", `${durationMs}ms`, "--quiet", "--out"];
  const client = ["httperf", "--base-url", url, "--ca", ca, "--threads", "4", ...forSoLong];
  const driver = ["cmdriver", "--kubeconfig", kubeconfig, "--with-logger", "--lambda", "20"];
  const watcher = ["steve-watch", "--sandbox", "--count", "20", ...forSoLong, "steve"];
  const programs: Programs = [
    ["httperf client", start(...client, "client")],
    ["httperf server", server],
    ["cmdriver --with-logger", start(...driver, "--maxpop", "40", ...forSoLong, "driver")],
    ["sandbox", sandbox],
    ["steve-watch --sandbox", start(...watcher)],
  ];
  note(`soak of ${minutes} min`);
  const samples = await sampled(programs, durationMs);
  const rows: Row[] = [];
  // Clients first: they clean up on their servers.
  for (const [index, [name, program]] of programs.entries()) {
    if (program === sandbox || program === server) program.kill("SIGINT");
    const { code } = await program.finished();
    rows.push({ name, ...figuresOf(samples[index]!), exitCode: code, samples: samples[index]! });
  }
  for (const line of tableOf(rows)) note(line);
  return { minutes, warmUpShare: WARM_UP_SHARE, rows };
}

/** Each second, from the start of the programs on: none of them has ended then. */
async function sampled(programs: Programs, durationMs: number): Promise<Sample[][]> {
  const samples: Sample[][] = programs.map(() => []);
  const startMs = performance.now();
  for (let atMs = 0; atMs < durationMs; atMs += SAMPLE_MS) {
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, startMs + atMs - performance.now()))
    );
    for (const [index, [, { pid }]] of programs.entries()) {
      samples[index]!.push({ atMs, ...usageOf(pid) });
    }
  }
  return samples;
}

function usageOf(pid: number): Omit<Sample, "atMs"> {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(status) ?? [];
  const descriptors = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  return { rssBytes: Number(kibibytes) * 1024, descriptors };
}

function figuresOf(samples: readonly Sample[]): Omit<Row, "name" | "exitCode" | "samples"> {
  const counted = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const endCount = Math.max(1, Math.round(counted.length * END_SHARE));
  const [first, last] = [counted.slice(0, endCount), counted.slice(-endCount)];
  const rss = (some: readonly Sample[]) => mean(some.map(({ rssBytes }) => rssBytes));
  const descriptors = counted.map((sample) => sample.descriptors);
  return {
    rssStartBytes: rss(first),
    rssEndBytes: rss(last),
    rssSlopeBytesPerHour: slopePerMs(counted) * MS_PER_HOUR,
    descriptorsStart: descriptors.at(0) ?? NaN,
    descriptorsEnd: descriptors.at(-1) ?? NaN,
    descriptorsMost: Math.max(...descriptors),
  };
}

/** Of the line with the least squares. */
function slopePerMs(samples: readonly Sample[]): number {
  const meanMs = mean(samples.map(({ atMs }) => atMs));
  const meanBytes = mean(samples.map(({ rssBytes }) => rssBytes));
  let [above, below] = [0, 0];
  for (const { atMs, rssBytes } of samples) {
    above += (atMs - meanMs) * (rssBytes - meanBytes);
    below += (atMs - meanMs) ** 2;
  }
  return above / below;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function tableOf(rows: readonly Row[]): string[] {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return formatTable(
    columns(
      "PROCESS",
      ">RSS START MB",
      ">RSS END MB",
      ">MB/HOUR",
      ">FDS START",
      ">END",
      ">MOST",
      ">EXIT",
    ),
    rows.map((row) => [
      row.name,
      megabytes(row.rssStartBytes),
      megabytes(row.rssEndBytes),
      megabytes(row.rssSlopeBytesPerHour),
      String(row.descriptorsStart),
      String(row.descriptorsEnd),
      String(row.descriptorsMost),
      String(row.exitCode),
    ]),
  );
}
