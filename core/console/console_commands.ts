/**
 * What can be typed in a console, and what can stand where the cursor is. Changes are those of
 * `scaletool ctl`, by the same words.
 * @module
 */

import { messageOf } from "../errors.ts";
import { statusText } from "../control/run_ctl.ts";
import type { Status } from "../control/protocol.ts";
import { usageOf, type Verb, VERBS } from "../control/typed_change.ts";
import { formatDuration } from "../units.ts";
import type { ShellCommand } from "./command_shell.ts";
import type { LineEditor } from "./line_editor.ts";
import type { WatchedRun } from "./watched_run.ts";

/** The terminal, as commands need it. */
type Typing = Pick<LineEditor, "say" | "key" | "leave">;

/** The commands that no run has to allow. */
const ALWAYS = ["status", "watch", "help", "exit"];

export function consoleCommands(run: WatchedRun, editor: Typing): ShellCommand[] {
  return [
    ...[...VERBS].map(([name, verb]) => ofRun(name, { verb, run, say: editor.say })),
    { name: "watch", about: "a line each second, until a key", run: () => watch(run, editor) },
    { name: "exit", about: "leaves; the run goes on", run: () => editor.leave() },
  ];
}

function ofRun(
  name: string,
  { verb: { about, argument, changeOf }, run, say }: {
    readonly verb: Verb;
    readonly run: WatchedRun;
    readonly say: Typing["say"];
  },
): ShellCommand {
  return {
    name,
    about,
    ...argument === undefined ? {} : { argument },
    async run(text) {
      try {
        const asked = changeOf(unquoted(text));
        if (asked === "status") return statusText(run.status).trimEnd().split("\n").forEach(say);
        const { now, sinceMs } = await run.change(asked);
        say(`${now} since ${formatDuration(sinceMs)}`);
      } catch (error) {
        say(`${usageOf(name)}: ${messageOf(error)}`);
      }
    },
  };
}

async function watch(run: WatchedRun, editor: Typing): Promise<void> {
  const key = new AbortController();
  const pressed = editor.key(run.over).then(() => key.abort());
  while (!key.signal.aborted && !run.over.aborted) {
    const { line, state } = run.status;
    editor.say(line === "" ? state : line);
    await Promise.race([run.next(), pressed]);
  }
  await pressed;
}

/** Whole words that can stand where the last word of the line is. */
export function completionsOf(line: string, status: Status): string[] {
  const words = line.trimStart().split(/\s+/);
  const [first = "", second] = words;
  const names = namesFor(status);
  if (second === undefined) return startingWith(first, names);
  if (words.length > 2) return [];
  return startingWith(second, argumentsOf(first, { status, names }));
}

/** What this run can be asked for in the state that it is in. */
function namesFor({ changes, state }: Status): string[] {
  const notNow = state === "paused" ? "pause" : "resume";
  return [...ALWAYS, ...changes.filter((change) => change !== notNow)].sort();
}

function argumentsOf(
  name: string,
  { status: { targetRatePerSec, workers }, names }: { status: Status; names: readonly string[] },
): readonly string[] {
  if (name === "help") return names;
  if (name === "rate" && targetRatePerSec !== null) return [String(targetRatePerSec)];
  if (name === "scale" && workers !== null) return [String(workers)];
  return [];
}

function startingWith(word: string, words: readonly string[]): string[] {
  return words.filter((one) => one.startsWith(word)).map((one) => `${one} `);
}

/** As a shell would have given it. */
function unquoted(text: string): string {
  return /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;
}
