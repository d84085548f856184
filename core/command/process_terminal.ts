/**
 * The terminal that controls this process, opened anew, so that reading it need not wait and changes
 * nothing for those who have stdin. On Linux alone: elsewhere nothing tells who is in its foreground.
 * @module
 */

import fs from "node:fs";
import { atProcessEnd } from "../process_end.ts";
import type { SharedTerminal } from "./terminal_keys.ts";

const MOST_TYPED_BYTES = 256;

/**
 * Undefined: there is none, or it does not tell what it would have to.
 * @param setSingle as that of a {@link SharedTerminal}
 */
export function processTerminal(
  setSingle: SharedTerminal["setSingle"],
): SharedTerminal | undefined {
  if (Deno.build.os !== "linux" || statOf(Deno.pid) === undefined) return undefined;
  let descriptor: number;
  try {
    const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
    descriptor = fs.openSync("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
  let isTouched = false;
  return {
    isOurs: isInForeground,
    setSingle(isSingle) {
      if (!isTouched) atProcessEnd(leaveToOthers);
      isTouched = true;
      setSingle(isSingle);
    },
    read: () => typedAt(descriptor),
  };
}

/**
 * At its end the runtime sets the terminal on stdin as it was when single keys were first asked for: in
 * the background it would be stopped for that, or spoil what somebody else has set. Without stdin
 * it finds none.
 */
function leaveToOthers(): void {
  if (isInForeground()) return;
  const libc = Deno.dlopen("libc.so.6", { close: { parameters: ["i32"], result: "i32" } });
  libc.symbols.close(0);
}

/** What the system knows of a process. */
interface ProcessStat {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The foreground group of its terminal. */
  readonly foreground: number;
}

/** Source: Linux, proc_pid_stat(5). Undefined: it does not tell. */
function statOf(pid: number): ProcessStat | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name before them may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    const [, parent = 0, group = 0, session = 0, , foreground = 0] = fields;
    return { parent, group, session, foreground };
  } catch {
    return undefined;
  }
}

function isInForeground(): boolean {
  const own = statOf(Deno.pid);
  return own !== undefined && own.group === own.foreground;
}

/**
 * Whether somebody is there who could let this process go on once it has stopped. Source: POSIX.1-2017,
 * 3.264 Orphaned Process Group, which Ctrl-Z does not stop.
 */
export function mayStop(): boolean {
  const own = statOf(Deno.pid);
  let above = statOf(own?.parent ?? 0);
  while (above !== undefined && above.group === own?.group) above = statOf(above.parent);
  return above !== undefined && above.session === own?.session;
}

function typedAt(descriptor: number): string {
  const bytes = new Uint8Array(MOST_TYPED_BYTES);
  try {
    return new TextDecoder().decode(bytes.subarray(0, fs.readSync(descriptor, bytes)));
  } catch (error) {
    if ((error as { code?: string }).code === "EAGAIN") return "";
    throw error;
  }
}
