/**
 * A run in pods whose coordinator is gone: where its pods are, what they have told, and what of that its
 * run directory lacks. Orders nothing, and removes nothing.
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Invocation } from "../../core/command/command.ts";
import { checkRunId } from "../../core/command/run_id.ts";
import { CannotRunError, messageOf } from "../../core/errors.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng, randomSeed } from "../../core/load/rng.ts";
import { RunReporter } from "../../core/report/run_reporter.ts";
import { collect } from "../../core/run/generators/collect.ts";
import type { Manifest } from "../../core/run_log/manifest.ts";
import { RunLogRecord } from "../../core/run_log/record.ts";
import {
  isRunDirectory,
  openRunDirectory,
  RunDirectory,
} from "../../core/run_log/run_directory.ts";
import { printable, type Say } from "../../core/say.ts";
import { NAME } from "../../core/version.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../cluster_flags.ts";
import { resolveTarget, systemWorld } from "../config/target.ts";
import { type ClusterSession, connectCluster } from "../connect.ts";
import type { ATTACH_FLAGS, AttachValues } from "./attach_command.ts";
import { AttachedPods } from "./attached_pods.ts";
import { findPods, type FoundPods } from "./found_pods.ts";
import { connectionsFor } from "./pod_host.ts";

type Attaching = Invocation<typeof ATTACH_FLAGS>;

/** Taken for how many there are until that is known: their logs are open side by side. */
const MANY_PODS = 500;

/**
 * Collects all that there is, and waits for the rest until a stop signal.
 * @returns the run directory
 * @throws {CannotRunError} if nothing is to be had of the run
 */
export async function attach({ values, io }: Attaching): Promise<string> {
  const say = (line: string) => io.stderr(`${printable(line)}\n`);
  const asked = values.attach!;
  const known = isRunDirectory(asked) ? openRunDirectory(asked).manifest : undefined;
  const runId = known?.runId ?? checkRunId(asked);
  using session = await connect({ values, known, runId });
  const namespace = values["pods-namespace"] ?? known?.generators?.found["namespace"];
  const found = await session.ask(() => findPods(session.cluster, { runId, namespace }));
  const path = known === undefined ? values.out ?? join("scaletool-runs", runId) : asked;
  const directory = isRunDirectory(path)
    ? RunDirectory.resume(path)
    : RunDirectory.create(path, manifestOf(found));
  try {
    await collectInto(directory, { found, session, say, io });
  } finally {
    directory.close();
  }
  say(`remove what the run left with: ${NAME} cleanup --run-id ${runId}`);
  return path;
}

function connect(
  { values, known, runId }: { values: AttachValues; known: Manifest | undefined; runId: string },
): Promise<ClusterSession> {
  const defaults = Object.entries(CLUSTER_FLAGS).map(([name, flag]) => [name, flag.defaultValue]);
  const all = { ...Object.fromEntries(defaults), ...values } as ClusterValues;
  const clock = new SystemClock();
  return connectCluster({
    identity: { runId, command: "report" },
    values: all,
    target: resolveTarget(all, systemWorld(clock)),
    clock,
    connections: connectionsFor(known?.generators?.count ?? MANY_PODS),
  });
}

/** @throws {CannotRunError} if nobody has kept it with the pods */
function manifestOf({ manifest, ref: { namespace, name } }: FoundPods): Manifest {
  if (manifest !== undefined) return manifest;
  throw new CannotRunError(
    `Cannot tell what the run was: ConfigMap ${namespace}/${name} has no manifest; name its run directory`,
  );
}

interface Collecting {
  readonly found: FoundPods;
  readonly session: ClusterSession;
  readonly say: Say;
  readonly io: Attaching["io"];
}

async function collectInto(
  directory: RunDirectory,
  { found, session, say, io }: Collecting,
): Promise<void> {
  const { manifest } = directory;
  const reporter = new RunReporter(directory);
  const before = new LogBefore();
  for await (const record of openRunDirectory(directory.path).records()) {
    before.take(record);
    reporter.recall(record);
  }
  const { startAtMs, ref } = found;
  if (startAtMs === undefined) {
    throw new CannotRunError(`The load of run ${manifest.runId} was never told to begin`);
  }
  const stop = new AbortController();
  const release = io.onStopSignal((signal) => {
    say(`${signal}: the pods go on; report what there is`);
    stop.abort();
  });
  try {
    const isWhole = await collect({
      host: new AttachedPods(session.cluster, {
        place: { kind: "pods", count: found.count, found: { ...ref } },
        runId: manifest.runId,
        clock: new SystemClock(),
        rng: createRng(randomSeed()),
        isReplaced: found.isReplaced,
      }),
      manifest,
      startAtMs,
      clock: new SystemClock(),
      say,
      signal: stop.signal,
      log: (...records) => reporter.log(...records.filter((record) => before.lacks(record))),
    });
    if (!isWhole) say("the load goes on: attach again for the rest");
  } catch (thrown) {
    say(messageOf(thrown));
  } finally {
    release();
  }
  await reporter.write();
}

/** What the log of a run has already. */
class LogBefore {
  readonly #seen = new Set<string>();
  /** Seconds of which there is something, by generator. */
  readonly #seconds = new Map<number, Set<number>>();
  #hasEnd = false;

  take(record: RunLogRecord): void {
    this.#seen.add(digestOf(record));
    if (record.type === "end") this.#hasEnd = true;
    if (record.type !== "interval" || record.interval.generator === undefined) return;
    const { generator, startMs } = record.interval;
    let seconds = this.#seconds.get(generator);
    if (seconds === undefined) this.#seconds.set(generator, seconds = new Set());
    seconds.add(Math.round(startMs / 1_000));
  }

  lacks(record: RunLogRecord): boolean {
    if (record.type === "end" && this.#hasEnd) return false;
    return !this.#seen.has(digestOf(record)) && !this.#makesUpFor(record);
  }

  /** Of a gap in the logs of pods, whether the run directory has what was in it. */
  #makesUpFor(record: RunLogRecord): boolean {
    if (record.type !== "generator" || record.event.kind !== "missing") return false;
    const { generator, event: { fromMs, untilMs } } = record;
    const seconds = this.#seconds.get(generator);
    if (seconds === undefined) return false;
    for (let second = Math.round(fromMs / 1_000); second < Math.round(untilMs / 1_000); second++) {
      if (!seconds.has(second)) return false;
    }
    return true;
  }
}

/** Of its fields in the order of the schema, whoever has put them together. */
function digestOf(record: RunLogRecord): string {
  return createHash("sha1").update(JSON.stringify(RunLogRecord.parse(record))).digest("base64");
}
