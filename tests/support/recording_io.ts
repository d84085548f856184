/**
 * The process around a command, for commands that only print.
 * @module
 */

import { readTextFile } from "../../core/files.ts";
import type { ProgramIo } from "../../program.ts";

export function recordingIo(): { io: ProgramIo; output: { stdout: string; stderr: string } } {
  const output = { stdout: "", stderr: "" };
  const io: ProgramIo = {
    stdout: (text) => void (output.stdout += text),
    stderr: (text) => void (output.stderr += text),
    repaint: (line) => void (output.stderr += `\r${line}`),
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
    readTextFile,
    onStopSignal: () => () => {},
    leaveSignals: () => {},
    reexec: () => Promise.reject(new Error("not here")),
    stdin: () => new ReadableStream(),
    hangUp: () => {},
    spawnGenerator: () => {
      throw new Error("not here");
    },
    spawnWorker: () => {
      throw new Error("not here");
    },
  };
  return { io, output };
}
