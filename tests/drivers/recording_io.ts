/**
 * The process around a command, for commands that only print.
 * @module
 */

import type { Io } from "../../core/run/command.ts";

export function recordingIo(): { io: Io; output: { stdout: string; stderr: string } } {
  const output = { stdout: "", stderr: "" };
  const io: Io = {
    stdout: (text) => void (output.stdout += text),
    stderr: (text) => void (output.stderr += text),
    offer(text) {
      output.stdout += text;
      return true;
    },
    delivery: {
      stdout: { failure: undefined, isClosed: false },
      stderr: { failure: undefined, isClosed: false },
    },
    settled: () => Promise.resolve(),
    env: () => undefined,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: 100,
    color: false,
    onStopSignal: () => () => {},
    reexec: () => Promise.reject(new Error("not here")),
    spawnWorker: () => {
      throw new Error("not here");
    },
  };
  return { io, output };
}
