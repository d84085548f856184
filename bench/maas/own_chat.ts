/** chat_load.ts run as a process of its own, and what its report says. @module */

import { fileURLToPath } from "node:url";
import type { Report } from "../../core/report/report.ts";
import { type TempDir, V8_FLAGS } from "../../tests/support/scaletool.ts";
import { readReport } from "../kube_cluster.ts";
import type { ChatLoadFigures, ChatLoadOptions } from "./chat_load.ts";
import { TreeMemory } from "./tree_memory.ts";

const PROGRAM = fileURLToPath(new URL("chat_load.ts", import.meta.url));

export interface OwnChatRun {
  readonly figures: ChatLoadFigures;
  readonly report: Report;
  readonly peakBytes: number;
}

let runs = 0;

/** @throws {Error} if it fails */
export async function ownChat(
  dir: TempDir,
  options: Omit<ChatLoadOptions, "out" | "tokenBytes">,
): Promise<OwnChatRun> {
  const out = dir.file(`own-${runs++}`);
  const told: ChatLoadOptions = { ...options, tokenBytes: TOKEN_BYTES, out };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", V8_FLAGS, PROGRAM, JSON.stringify(told)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  await using memory = new TreeMemory(child.pid);
  const { success, stdout } = await child.output();
  const report = readReport(out, "it ended");
  if (!success) throw new Error("the chat load failed");
  const figures: ChatLoadFigures = JSON.parse(new TextDecoder().decode(stdout));
  return { figures, report, peakBytes: memory.peakBytes };
}

/** Of the token of a ServiceAccount: a signed JWT with its claims. */
export const TOKEN_BYTES = 1_000;
