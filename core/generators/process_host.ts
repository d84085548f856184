/**
 * Generators as child processes of this one: orders go to their stdin, what they tell comes from their
 * stdout. They are no part of its terminal's group: a Ctrl-C reaches the coordinator alone, which leads.
 * @module
 */

import { CannotRunError, messageOf } from "../errors.ts";
import { TemporaryFolder } from "../files.ts";
import { SystemClock } from "../load/clock.ts";
import { Deadline } from "../load/deadline.ts";
import { parsedJson } from "../parsed_json.ts";
import { textLines } from "../text_lines.ts";
import { GENERATOR_VARIABLE } from "./generator_variable.ts";
import type { GeneratorLink } from "./generator_link.ts";
import type { GeneratorProcess, GeneratorStart } from "./generator_process.ts";
import type { GeneratorEvents, GeneratorHost, GeneratorsToldOf } from "./host.ts";
import { GeneratorLine } from "./line.ts";
import type { Order } from "./order.ts";

/** A pipe takes a few, and processes that have just got ready on one machine wait for each other. */
const ORDER_WITHIN_MS = 200;

/** How long those that have nothing more to do may take to end by themselves. */
const LEAVE_MS = 5_000;

interface ProcessHostOptions {
  readonly count: number;
  /** The words of the command. */
  readonly command: readonly string[];
  /** A plan file with all its settings. */
  readonly settings: string;
  readonly spawn: (start: GeneratorStart) => GeneratorProcess;
}

/** See the module. */
export class ProcessHost implements GeneratorHost {
  readonly place: GeneratorsToldOf;
  readonly orderWithinMs = ORDER_WITHIN_MS;
  readonly #options: ProcessHostOptions;
  readonly #processes: GeneratorProcess[] = [];
  /** What is read of each, until it has ended. */
  readonly #readings: Promise<void>[] = [];
  #folder: TemporaryFolder | undefined;

  constructor(options: ProcessHostOptions) {
    this.#options = options;
    this.place = { kind: "processes", count: options.count, found: {} };
  }

  /** The secrets of the settings are in a file that no other user may read, and that goes with the run. */
  start(events: GeneratorEvents): Promise<void> {
    const { count, command, settings, spawn } = this.#options;
    this.#folder = new TemporaryFolder("generators");
    const plan = this.#folder.write("plan.yaml", settings);
    try {
      for (let index = 0; index < count; index++) {
        const link: GeneratorLink = { index, of: count, via: "stdio" };
        const child = spawn({
          args: [...command, "--plan", plan],
          env: { [GENERATOR_VARIABLE]: JSON.stringify(link) },
        });
        this.#processes.push(child);
        this.#readings.push(follow(child, index, events));
      }
    } catch (error) {
      const message = `Cannot start ${count} processes: ${messageOf(error)}`;
      return Promise.reject(new CannotRunError(message, { cause: error }));
    }
    return Promise.resolve();
  }

  /** One that does not read any more has ended, of which its end tells. */
  async send(order: Order): Promise<void> {
    const text = JSON.stringify(order) + "\n";
    await Promise.allSettled(this.#processes.map((child) => child.send(text)));
  }

  /** Those that have nothing more to do end by themselves; the others are killed. */
  async close(signal: AbortSignal): Promise<void> {
    const kill = () => this.#processes.forEach((child) => child.kill());
    using _deadline = new Deadline(new SystemClock(), { limitMs: LEAVE_MS, onOver: kill });
    await Promise.allSettled(this.#processes.map((child) => child.hangUp()));
    signal.addEventListener("abort", kill);
    if (signal.aborted) kill();
    await Promise.all(this.#readings);
    signal.removeEventListener("abort", kill);
    this.#folder?.[Symbol.dispose]();
    this.#folder = undefined;
  }
}

/** Resolves at its end, when all that it told was handed on. */
async function follow(
  child: GeneratorProcess,
  index: number,
  { onLine, onEnd, say }: GeneratorEvents,
): Promise<void> {
  const forPeople = (line: string) => say(`generator ${index}: ${line}`);
  await Promise.all([
    eachLine(child.stdout, (text) => {
      const { data: line } = GeneratorLine.safeParse(parsedJson(text));
      if (line === undefined) forPeople(text);
      else onLine(line);
    }),
    eachLine(child.stderr, forPeople),
  ]);
  onEnd(index, { ...await child.ended, isReplaced: false });
}

/** Never rejects: a pipe that breaks has ended. */
async function eachLine(
  bytes: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  try {
    for await (const line of textLines(bytes)) take(line);
  } catch {
    // As above.
  }
}
