/**
 * The program that the chat benchmarks measure: a whole run, with its run log, its readings of itself
 * and its report, that asks a model with `measuredAsk`. Reads one JSON argument and prints one line.
 * @module
 */

import process from "node:process";
import { resolveSettings } from "../../core/command/settings.ts";
import { CLEANUP_FLAGS, RUN_FLAGS } from "../../core/command/run_flags.ts";
import { constant } from "../../core/load/arrival.ts";
import { execute, type LoadModel } from "../../core/load/executor.ts";
import type { Iteration } from "../../core/load/workload.ts";
import { conduct } from "../../core/run/conduct.ts";
import type { Run } from "../../core/run/run.ts";
import type { ChatAnswer, Question } from "../../probes/maas/chat/chat.ts";
import { openChatClient } from "../../probes/maas/chat/chat_client.ts";
import { measuredAsk } from "../../probes/maas/chat/measured_ask.ts";
import type { User } from "../../probes/maas/users/user.ts";
import { recordingIo } from "../../tests/support/recording_io.ts";
import { type ClockOffset, clockOffset } from "./clock_offset.ts";

/** What the program is told. */
export interface ChatLoadOptions {
  readonly origin: string;
  readonly path: string;
  /** PEM of who vouches for it. */
  readonly caPem?: string;
  /** Open: requests a second. Closed without: each user asks again once it has its answer. */
  readonly ratePerSec?: number;
  readonly users: number;
  readonly tokenBytes: number;
  readonly seconds: number;
  /** Closed: users come in one after another over so long. @default 0 */
  readonly comeInMs?: number;
  readonly isStream: boolean;
  readonly maxTokens: number;
  /** A folder that is not there yet. */
  readonly out: string;
  /** Prints when the first token of each answer came. */
  readonly tellsFirstTokens?: boolean;
}

/** What it prints; the rest is in its report. */
export interface ChatLoadFigures {
  /** User and system time while it asked. */
  readonly cpuSeconds: number;
  readonly connections: number;
  /** By user, in the order of the answers: ms of this process's steady clock. */
  readonly firstTokensMs: Readonly<Record<string, readonly number[]>>;
  /** That clock beside the server's, before and after the load; with first tokens only. */
  readonly clocks?: { readonly before: ClockOffset; readonly after: ClockOffset };
}

class Book {
  readonly firstTokensMs: Record<string, number[]> = {};
  clocks: ChatLoadFigures["clocks"];
  cpuSeconds = 0;
  connections = 0;

  note({ name }: User, { tokenTimesMs: [firstMs] }: ChatAnswer): void {
    if (firstMs === undefined) return;
    (this.firstTokensMs[name] ??= []).push(firstMs);
  }
}

function usersOf({ users, tokenBytes }: ChatLoadOptions): User[] {
  return Array.from({ length: users }, (_, index) => {
    const name = `user-${index}`;
    const token = `Bearer ${name}-${"t".repeat(tokenBytes)}`;
    const headers = [["Authorization", token], ["X-Bench-User", name]] as const;
    return { name, tier: "free", headers: () => headers };
  });
}

function modelOf({ ratePerSec, users }: ChatLoadOptions): LoadModel {
  if (ratePerSec === undefined) return { kind: "closed", workers: users, thinkMs: 0 };
  return {
    kind: "open",
    arrivals: constant(ratePerSec),
    maxInFlight: Infinity,
    whenFull: "queue",
    catchUp: "burst",
  };
}

async function load(run: Run, options: ChatLoadOptions, book: Book): Promise<void> {
  const { clock, recorder } = run;
  const { isStream, maxTokens, origin, path, caPem, comeInMs = 0 } = options;
  const question: Question = {
    form: "chat",
    prompt: "Tell me about scale tests.",
    maxTokens,
    isStream,
    timeoutMs: 30_000,
  };
  const endpoint = { origin: new URL(origin), path, model: "bench", caPem, isInsecure: false };
  using client = openChatClient(endpoint, question, { clock });
  const users = usersOf(options);
  const measuring = { client, clock, recorder };
  const isOpen = options.ratePerSec !== undefined;
  const iterate = async (iteration: Iteration) => {
    const user = users[(isOpen ? iteration.index : iteration.worker) % users.length]!;
    if (!isOpen && iteration.index < users.length) {
      const comesMs = run.startMs + comeInMs * iteration.index / users.length;
      await clock.sleepUntil(comesMs, iteration.stopping);
    }
    const answer = await measuredAsk(iteration, user, measuring);
    if (options.tellsFirstTokens) book.note(user, answer);
  };
  const clockBefore = options.tellsFirstTokens && await clockOffset(origin);
  run.begin();
  const before = cpuSeconds();
  const workload = { name: "chat", firstOp: "chat", iterate };
  await execute(run, { workload, model: modelOf(options) });
  book.cpuSeconds = cpuSeconds() - before;
  book.connections = client.opened;
  if (clockBefore) book.clocks = { before: clockBefore, after: await clockOffset(origin) };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

if (import.meta.main) {
  const options: ChatLoadOptions = JSON.parse(Deno.args[0]!);
  const book = new Book();
  const flags = { out: [options.out], duration: [`${options.seconds}s`], quiet: ["true"] };
  const { values, shown } = resolveSettings({ ...CLEANUP_FLAGS, ...RUN_FLAGS }, {
    command: "bench",
    flags,
    env: () => undefined,
  });
  // Nobody watches: what the run says is in its report.
  const { io } = recordingIo();
  const invocation = { command: "bench", values, shown, positionals: [], io, standIns: [] };
  await conduct(invocation, {
    target: options.origin,
    model: options.ratePerSec === undefined ? "closed" : "open",
    targetRatePerSec: options.ratePerSec ?? null,
    defaultThresholds: [],
    mainOperation: "chat",
    instrument: (run) => load(run, options, book),
  });
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(book) + "\n"));
}
