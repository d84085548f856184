/**
 * What is a real Steve of one's own? Steve v0.10.2 with its SQL cache, as a process on 127.0.0.1 that
 * serves a control plane of tests/real. Everyone is cluster admin unless a token reviewer is named.
 * Never outlives its owner unless told to, and never keeps its cache from one start to the next.
 * @module
 */

import { join } from "node:path";
import { ensureBinaries } from "./build.ts";
import { STEVE_MODULE } from "./go_modules.ts";
import { makeOwnDir } from "./own_dir.ts";
import { claimPorts } from "./ports.ts";
import {
  isRunning,
  launch,
  readinessOf,
  residentBytes,
  stop,
  waitUntilReady,
} from "./processes.ts";
import { requireControlPlane } from "./require_control_plane.ts";
import { Watchdog } from "./watchdog.ts";

const GRACE_MS = 10_000;
const HOST = "127.0.0.1";

/** Whether {@link startSteve} and its control plane can run here; see {@link requireControlPlane}. */
export async function requireSteve(): Promise<boolean> {
  return await requireControlPlane([STEVE_MODULE]);
}

export interface SteveOptions {
  /** Whose API it serves, as this user or, with `reviewUrl`, in the name of whoever asks. */
  readonly plane: { kubeconfig(user: "load"): string };
  /** Directory to make for it; one among the temporary files unless given. */
  readonly dir?: string | undefined;
  /** Events of each type that Steve remembers; 1000 unless given, as everywhere. */
  readonly keepEvents?: number;
  /** TokenReview v1 webhook: asked about Bearer tokens, and about R_SESS as `cookie://VALUE`. */
  readonly reviewUrl?: string;
  /** Takes a line about each step; without it only the lines about building go to stderr. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Ends what has been started so far. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a Steve, about 1.5 s; the first time on a machine it is built before, about 2 minutes. It
 * ends when it is disposed or when this process ends, killed or not.
 * @throws {CannotRunError} if it cannot be built or does not start
 */
export async function startSteve(options: SteveOptions): Promise<RealSteve> {
  const { plane, progress = () => {}, signal } = options;
  const dir = makeOwnDir(options.dir, "steve");
  // Before Steve, so that there is no time in which it could be left behind.
  const watchdog = new Watchdog(dir);
  try {
    const binaries = await ensureBinaries([STEVE_MODULE], { progress: options.progress, signal });
    using claim = claimPorts(2);
    const [port, debugPort] = claim.ports;
    const { keepEvents = 1_000, reviewUrl = "" } = options;
    const steve = new RealSteve({
      dir,
      watchdog,
      port: port!,
      debugPort: debugPort!,
      // Steve reads the variable before its main function could set it.
      command: [
        "CATTLE_PROMETHEUS_METRICS=true",
        binaries.get("steve")!,
        `--kubeconfig=${plane.kubeconfig("load")}`,
        `--port=${port}`,
        `--debug-port=${debugPort}`,
        `--keep-events=${keepEvents}`,
        `--review-url=${reviewUrl}`,
      ],
    });
    await steve.start(signal);
    progress(`steve ready at ${steve.url}`);
    return steve;
  } catch (error) {
    await watchdog.end();
    throw error;
  }
}

interface Parts {
  /** Absolute, without symbolic links. */
  readonly dir: string;
  readonly watchdog: Watchdog;
  readonly port: number;
  readonly debugPort: number;
  /** For env(1). */
  readonly command: readonly string[];
}

/** A running Steve; disposing it ends it and removes its directory. */
export class RealSteve implements AsyncDisposable {
  /** What `--steve-url` takes, without a slash at the end. */
  readonly url: string;
  /** Answers 2xx as soon as Steve works. */
  readonly healthUrl: string;
  /** Prometheus text; the sizes of the database's files are a second old at most. */
  readonly metricsUrl: string;
  /** `${pprofUrl}goroutine`, `heap`, ..., as Go's net/http/pprof serves them. */
  readonly pprofUrl: string;
  /** Its working directory. */
  readonly dir: string;
  /** SQLite's write-ahead log; made again at each start. */
  readonly walFile: string;
  readonly logFile: string;
  readonly #parts: Parts;
  readonly #pidFile: string;
  readonly #ending = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.url = `http://${HOST}:${parts.port}`;
    const debugUrl = `http://${HOST}:${parts.debugPort}`;
    this.healthUrl = `${debugUrl}/ready`;
    this.metricsUrl = `${debugUrl}/metrics`;
    this.pprofUrl = `${debugUrl}/debug/pprof/`;
    this.dir = parts.dir;
    this.walFile = join(parts.dir, "informer_object_cache.db-wal");
    this.logFile = join(parts.dir, "steve.log");
    this.#pidFile = join(parts.dir, "pid", "steve");
  }

  get pid(): number {
    return Number(Deno.readTextFileSync(this.#pidFile));
  }

  get isRunning(): boolean {
    return isRunning(this.pid, this.dir);
  }

  /** Memory that it has in RAM, bytes; undefined if it is gone. */
  get rssBytes(): number | undefined {
    return residentBytes(this.pid);
  }

  /** Size of the write-ahead log, bytes. */
  get walBytes(): number {
    return Deno.statSync(this.walFile).size;
  }

  /** Freezes it: its connections stay open and nothing answers. */
  suspend(): void {
    Deno.kill(this.pid, "SIGSTOP");
  }

  resume(): void {
    Deno.kill(this.pid, "SIGCONT");
  }

  /**
   * Ends it; resolves when it is dead.
   * @param options.graceMs time to end by itself after SIGTERM, 10 s unless given; 0 kills it
   */
  async stop({ graceMs = GRACE_MS }: { graceMs?: number } = {}): Promise<void> {
    await stop(this.pid, { dir: this.dir, graceMs });
  }

  /** Starts it after a stop, at the same addresses and with an empty cache; resolves when ready. */
  async start(signal?: AbortSignal): Promise<void> {
    const { dir, command } = this.#parts;
    const [pidFile, logFile] = [this.#pidFile, this.logFile];
    const pid = await launch({ command: "env", args: command, dir, pidFile, logFile });
    const ending = this.#ending.signal;
    using client = Deno.createHttpClient({});
    await waitUntilReady(() => readinessOf(this.healthUrl, client), {
      name: "steve",
      pid,
      dir,
      logFile,
      signal: signal === undefined ? ending : AbortSignal.any([ending, signal]),
    });
  }

  /** Ends it and starts it again. */
  async restart(options: { graceMs?: number } = {}): Promise<void> {
    await this.stop(options);
    await this.start();
  }

  /** Lets it live on when this process ends; {@link endCluster} ends it. */
  async leaveRunning(): Promise<void> {
    await this.#parts.watchdog.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#parts.watchdog.end();
  }
}
