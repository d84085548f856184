/** `scaletool ctl`: one question or change, and what came of it. @module */

import type { Invocation } from "../command/command.ts";
import { CannotRunError, messageOf } from "../errors.ts";
import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { type Clock, SystemClock } from "../load/clock.ts";
import type { Change } from "../run_log/change.ts";
import { printable } from "../say.ts";
import { formatDuration, formatSignificant } from "../units.ts";
import type { ControlClient } from "./control_client.ts";
import type { CTL_FLAGS } from "./mod.ts";
import type { Status } from "./protocol.ts";
import { connectToRun } from "./runs.ts";
import { parseTypedChange, usageOf } from "./typed_change.ts";

/**
 * @throws {UsageError} if the words are none of its own
 * @throws {CannotRunError} if the run cannot be asked, or refuses
 */
export async function runCtl(
  { values, positionals, io }: Pick<Invocation<typeof CTL_FLAGS>, "values" | "positionals" | "io">,
  clock: Clock = new SystemClock(),
): Promise<ExitCode> {
  const { run, asked } = parseTypedChange(positionals);
  using client = await connectToRun(run, { folder: values.runs, clock });
  try {
    const { json, text } = asked === "status" ? await status(client) : await changed(client, asked);
    io.stdout(values.output === "json" ? JSON.stringify(json) + "\n" : text);
    return EXIT_CODE.pass;
  } catch (error) {
    const word = asked === "status" ? asked : asked.kind;
    throw new CannotRunError(`ctl ${word}: ${messageOf(error)}`, { cause: error });
  }
}

/** For people and for programs. */
interface Shown {
  readonly text: string;
  readonly json: unknown;
}

async function status(client: ControlClient): Promise<Shown> {
  const found = await client.status();
  return { text: statusText(found), json: found };
}

async function changed(client: ControlClient, change: Change): Promise<Shown> {
  const json = await client.change(change, "ctl");
  return { text: `${printable(json.now)} since ${formatDuration(json.sinceMs)}\n`, json };
}

/** A line for each fact, its name in front. */
export function statusText(status: Status): string {
  const { runId, command, target, state, elapsedMs, line, changes } = status;
  const rows: [name: string, value: string][] = [
    ["run", runId],
    ["command", command],
    ["target", target],
    ["state", state === "preparing" ? state : `${state}, ${formatDuration(elapsedMs)}`],
  ];
  if (status.targetRatePerSec !== null) {
    rows.push(["rate", `${formatSignificant(status.targetRatePerSec)}/s`]);
  }
  if (status.workers !== null) rows.push(["workers", String(status.workers)]);
  if (state !== "preparing") rows.push(["now", line]);
  rows.push(["changes", changes.length === 0 ? "none" : changes.map(usageOf).join(", ")]);
  return rows.map(([name, value]) => `${name.padEnd(8)} ${printable(value)}\n`).join("");
}
