/**
 * bench/client_go, built and run: the same writes as cmdriverclosed with plain client-go. The go
 * command's own cache keeps what it compiles; the control plane shares its packages.
 * @module
 */

import { fileURLToPath } from "node:url";
import { type KubeBench, runProgram } from "./kube_cluster.ts";
import { note } from "./note.ts";

const SOURCE_DIR = fileURLToPath(new URL("client_go/", import.meta.url));

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What bench/client_go prints. */
export interface PeerFigures {
  readonly clientGo: string;
  /** Dialled, which must be as many as were asked for. */
  readonly connections: number;
  readonly operations: number;
  readonly failed: number;
  readonly firstError?: string;
  readonly seconds: number;
  /** User and system time of the process (getrusage(2)) while it wrote. */
  readonly cpuSeconds: number;
  readonly create: Latency;
  readonly delete: Latency;
  /** All 0 where none was requested. */
  readonly token: Latency;
}

export interface PeerRun {
  readonly figures: PeerFigures;
  /** Of the whole process, its start included. */
  readonly cpuSec: number;
}

/** The program in a benchmark's folder. */
export class ClientGoPeer {
  readonly #bench: KubeBench;
  readonly #program: string;

  private constructor(bench: KubeBench, program: string) {
    this.#bench = bench;
    this.#program = program;
  }

  /** Undefined, with a word about it, where it cannot be built. */
  static async build(bench: KubeBench): Promise<ClientGoPeer | undefined> {
    const program = bench.dir.file("client-go");
    try {
      const { success, stderr } = await new Deno.Command("go", {
        args: ["build", "-trimpath", "-ldflags", "-s -w", "-o", program, "."],
        cwd: SOURCE_DIR,
        // As the control plane is built, so that its compiled packages serve.
        env: {
          CGO_ENABLED: "0",
          GOTOOLCHAIN: "local",
          GOFLAGS: "-buildvcs=false",
          GOWORK: "off",
        },
      }).output();
      if (success) return new ClientGoPeer(bench, program);
      note(new TextDecoder().decode(stderr).trimEnd());
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    note("no client-go program: without the yardstick");
    return undefined;
  }

  /** @throws {Error} with what it said, if it fails or takes longer */
  async run(
    options: Readonly<Record<string, string | number>>,
    { limitSec }: { limitSec: number },
  ): Promise<PeerRun> {
    const { kubeconfig, dir } = this.#bench;
    const flags = Object.entries({ kubeconfig, limit: `${limitSec}s`, ...options })
      .flatMap(([name, value]) => [`-${name}`, String(value)]);
    const limits = { cwd: dir.path, limitSec: limitSec + 5 };
    const { code, stdout, stderr, cpuSec } = await runProgram([this.#program, ...flags], limits);
    if (code !== 0) throw new Error(`client-go ended with ${code}: ${stderr}`);
    return { figures: JSON.parse(stdout), cpuSec };
  }
}
