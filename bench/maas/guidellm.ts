/**
 * guidellm (PyPI, Apache-2.0) as the published tool beside ours: the program that GUIDELLM names.
 * `python3 -m venv V && V/bin/pip install guidellm==0.8.1`, then GUIDELLM=V/bin/guidellm.
 * @module
 */

import type { TempDir } from "../../tests/support/scaletool.ts";
import { endedChildrenCpuSec } from "../kube_cluster.ts";
import { note } from "../note.ts";
import type { GoModel } from "./go_chat.ts";
import { TreeMemory } from "./tree_memory.ts";

/** Longer than it needs to load, to run and to write its report. */
const LIMIT_MS = 180_000;
/** Questions enough for any run here. */
const QUESTIONS = 30_000;

export interface GuidellmRun {
  readonly successful: number;
  readonly errored: number;
  /** User and system time of all of its processes, from start to end. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Undefined, with a word about it, where it is not. */
export function guidellmProgram(): string | undefined {
  const program = Deno.env.get("GUIDELLM");
  if (program === undefined) note("GUIDELLM names no program: without the published tool");
  return program;
}

/** Asks in one piece, at even distances. @throws {Error} with its last words, if it fails */
export async function runGuidellm(
  program: string,
  model: GoModel,
  { dir, ratePerSec, seconds }: { dir: TempDir; ratePerSec: number; seconds: number },
): Promise<GuidellmRun> {
  const [questions, out] = [dir.file("questions.jsonl"), dir.file("guidellm.json")];
  const question = JSON.stringify({ prompt: "Tell me about scale tests." });
  Deno.writeTextFileSync(questions, `${question}\n`.repeat(QUESTIONS));
  const backend = `kind=openai_http,target=${model.origin},model=bench`;
  const beforeSec = endedChildrenCpuSec();
  const child = new Deno.Command(program, {
    args: [
      ...["run", "--disable-console", "--data", `kind=json_file,path=${questions}`],
      ...["--backend", `${backend},validate_backend=false,stream=false`],
      ...["--profile", `kind=constant,rate=${ratePerSec}`],
      ...["--constraint", `kind=max_duration,seconds=${seconds}`],
      ...["--output", `kind=json,path=${out}`],
    ],
    // Its tokenizer would be fetched, and the server's own count is used anyway.
    env: { HF_HUB_OFFLINE: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).spawn();
  await using memory = new TreeMemory(child.pid);
  const { success, stderr } = await child.output();
  if (!success) {
    throw new Error(`guidellm failed: ${new TextDecoder().decode(stderr).slice(-500)}`);
  }
  const { benchmarks: [{ metrics: { request_totals } }] } = JSON.parse(Deno.readTextFileSync(out));
  const { successful, errored } = request_totals;
  const cpuSeconds = endedChildrenCpuSec() - beforeSec;
  return { successful, errored, cpuSeconds, peakBytes: memory.peakBytes };
}
