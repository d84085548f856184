/**
 * `deno task bench [NAME...]`: repeatable benchmarks of the whole program, both ends as processes of
 * their own. Prints a line for each figure and writes dist/bench/NAME.json. Never asserts anything.
 * @module
 */

import { backupSimulation } from "./backup_simulation.ts";
import { coordinator } from "./coordinator.ts";
import { routeMemory } from "./gateway/memory.ts";
import { routeOverhead } from "./gateway/overhead.ts";
import { routeResolution } from "./gateway/resolution.ts";
import { routeWrites } from "./gateway/writes.ts";
import { h2Soak } from "./h2_soak.ts";
import { idleStreams } from "./idle_streams.ts";
import { kubeClosed } from "./kube_closed.ts";
import { kubeLogger } from "./kube_logger.ts";
import { kubeOpen } from "./kube_open.ts";
import { chatCost } from "./maas/chat_cost.ts";
import { chatStreams } from "./maas/streams.ts";
import { provisioning } from "./maas/provisioning.ts";
import { kubeTransport } from "./kube_transport.ts";
import { livePageCost } from "./live.ts";
import { memory } from "./memory.ts";
import { note } from "./note.ts";
import { pacing } from "./pacing.ts";
import { reportCost } from "./report.ts";
import { slowReaders } from "./slow_readers.ts";
import { smallBlocks } from "./small_blocks.ts";
import { soak } from "./soak.ts";
import { startUp } from "./start_up.ts";
import { steveMessages, steveReal, steveSandbox } from "./steve_watch.ts";
import { throughput } from "./throughput.ts";

/** A benchmark: its figures, and what a reader must know about them. */
export type Benchmark = () => Promise<Record<string, unknown>>;

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  "throughput": throughput,
  "pacing": pacing,
  "small-blocks": smallBlocks,
  "idle-streams": idleStreams,
  "slow-readers": slowReaders,
  "report": reportCost,
  "live": livePageCost,
  "coordinator": coordinator,
  "start-up": startUp,
  "memory": memory,
  "soak": soak,
  "h2-soak": h2Soak,
  "kube-closed": kubeClosed,
  "kube-open": kubeOpen,
  "kube-logger": kubeLogger,
  "kube-transport": kubeTransport,
  "gateway-routes": routeWrites,
  "gateway-memory": routeMemory,
  "gateway-resolution": routeResolution,
  "gateway-overhead": routeOverhead,
  "maas-chat": chatCost,
  "maas-streams": chatStreams,
  "maas-provisioning": provisioning,
  "backup-simulation": backupSimulation,
  "steve-real": steveReal,
  "steve-sandbox": steveSandbox,
  "steve-messages": steveMessages,
};

const names = Deno.args.length === 0 ? Object.keys(BENCHMARKS) : Deno.args;
Deno.mkdirSync("dist/bench", { recursive: true });
for (const name of names) {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined) {
    note(`no benchmark "${name}": there are ${Object.keys(BENCHMARKS).join(", ")}`);
    Deno.exit(2);
  }
  const result = {
    benchmark: name,
    at: new Date().toISOString(),
    machine: { cpus: navigator.hardwareConcurrency, deno: Deno.version.deno },
    ...await benchmark(),
  };
  const text = JSON.stringify(result, null, 2) + "\n";
  Deno.writeTextFileSync(`dist/bench/${name}.json`, text);
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
