/** `scaletool console`: one session with a run, from its first line to its last. @module */

import type { Invocation, StopSignal } from "../command/command.ts";
import { connectToRun, endOf } from "../control/runs.ts";
import { CannotRunError } from "../errors.ts";
import { EXIT_CODE, EXIT_CODE_OF_SIGNAL, type ExitCode } from "../exit_code.ts";
import { type Clock, SystemClock } from "../load/clock.ts";
import { NAME } from "../version.ts";
import { runShell } from "./command_shell.ts";
import { completionsOf, consoleCommands } from "./console_commands.ts";
import { LineEditor } from "./line_editor.ts";
import type { CONSOLE_FLAGS } from "./mod.ts";
import { WatchedRun } from "./watched_run.ts";

/** @throws {CannotRunError} without a terminal, or if the run cannot be asked */
export async function runConsole(
  { values: { runs: folder }, positionals: [name], io }: Pick<
    Invocation<typeof CONSOLE_FLAGS>,
    "values" | "positionals" | "io"
  >,
  clock: Clock = new SystemClock(),
): Promise<ExitCode> {
  if (io.terminal === undefined) {
    throw new CannotRunError(
      `console needs a terminal to type at; without one use ${NAME} ctl ${name ?? "[RUN]"} ...`,
    );
  }
  using client = await connectToRun(name, { folder, clock });
  await using run = await WatchedRun.of(client, clock);
  const { runId, command } = run.status;
  using editor = new LineEditor(await io.terminal(), {
    prompt: `${runId}> `,
    complete: (line) => completionsOf(line, run.status),
  });
  let signal: StopSignal | undefined;
  using signals = new DisposableStack();
  signals.defer(io.onStopSignal((received) => {
    signal ??= received;
    editor.leave();
  }));
  run.over.addEventListener("abort", () => editor.leave());
  editor.say(`${command} goes on; help lists what it can be asked, Ctrl-D leaves`);
  await runShell(consoleCommands(run, editor), { nextLine: () => editor.line(), say: editor.say });
  if (signal !== undefined) return EXIT_CODE_OF_SIGNAL[signal];
  editor.say(run.over.aborted ? endOf(name ?? runId, folder) : `left; run ${runId} goes on`);
  return EXIT_CODE.pass;
}
