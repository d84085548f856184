/**
 * Where a run leaves what it measured: `manifest.json` before the first operation, `run.jsonl` as it
 * goes, the reports at the end. Reading needs only the first two, also when the run was killed.
 * @module
 */

import { basename, join } from "node:path";
import { CannotRunError, messageOf } from "../errors.ts";
import { Manifest } from "./manifest.ts";
import { replaceFile } from "./replace_file.ts";
import { RunLogRecord } from "./run_log.ts";

const MANIFEST_FILE = "manifest.json";
const LOG_FILE = "run.jsonl";
const READ_CHUNK_BYTES = 256 * 1024;

/** A run's records, in order, as often as they are asked for. */
export interface RunRecords {
  readonly manifest: Manifest;
  records(): Iterable<RunLogRecord>;
}

/** A run directory being written. */
export class RunDirectory implements RunRecords {
  readonly #log: Deno.FsFile;
  /** Records that the disk did not take (full, unmounted); they still reach the report. */
  readonly #kept: RunLogRecord[] = [];
  #writeError: string | undefined;
  /** Length of the log in whole batches of records. */
  #logBytes = 0;
  #isClosed = false;

  private constructor(readonly path: string, readonly manifest: Manifest, log: Deno.FsFile) {
    this.#log = log;
  }

  /**
   * Makes the directory and writes the manifest, so that a place that cannot be written to is known
   * before any load.
   * @throws {CannotRunError} if it cannot be written, or holds another run already
   */
  static create(path: string, manifest: Manifest): RunDirectory {
    try {
      Deno.mkdirSync(path, { recursive: true });
      Deno.writeTextFileSync(join(path, MANIFEST_FILE), JSON.stringify(manifest, null, 2) + "\n", {
        createNew: true,
      });
      const log = Deno.openSync(join(path, LOG_FILE), {
        createNew: true,
        write: true,
        append: true,
      });
      return new RunDirectory(path, manifest, log);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists && isRunDirectory(path)) {
        throw new CannotRunError(
          `Cannot write to "${path}": it holds a run already; name another --out`,
        );
      }
      throw new CannotRunError(
        `Cannot write to "${path}": ${messageOf(error)}; name another --out`,
        {
          cause: error,
        },
      );
    }
  }

  /** Why the last write failed, if one did. */
  get writeError(): string | undefined {
    return this.#writeError;
  }

  /** Writes records as whole lines in one write; what the disk does not take is kept in memory. */
  append(...records: readonly RunLogRecord[]): void {
    if (records.length === 0) return;
    if (this.#isClosed || this.#writeError !== undefined) {
      this.#kept.push(...records);
      return;
    }
    try {
      const lines = records.map((record) => JSON.stringify(record) + "\n").join("");
      const bytes = new TextEncoder().encode(lines);
      writeAll(this.#log, bytes);
      this.#logBytes += bytes.length;
    } catch (error) {
      this.#writeError = messageOf(error);
      this.#kept.push(...records);
      this.#removePartOfBatch();
    }
  }

  /** Else the lines of it that the disk did take would count twice: there, and in memory. */
  #removePartOfBatch(): void {
    try {
      this.#log.truncateSync(this.#logBytes);
    } catch (error) {
      this.#writeError += `; and the log cannot be cut back: ${messageOf(error)}`;
    }
  }

  /** Writes one of the reports beside the log; false (and `writeError`) when the disk does not take it. */
  writeReport(name: string, content: string): boolean {
    const path = join(this.path, name);
    try {
      // A report is whole or not there: a reader never sees half of one.
      replaceFile(path, content);
      return true;
    } catch (error) {
      this.#writeError ??= messageOf(error);
      return false;
    }
  }

  *records(): Generator<RunLogRecord> {
    yield* readRunLog(join(this.path, LOG_FILE));
    yield* this.#kept;
  }

  /** Removes the directory of a run in which nothing happened. */
  discard(): void {
    this.close();
    try {
      Deno.removeSync(join(this.path, LOG_FILE));
      Deno.removeSync(join(this.path, MANIFEST_FILE));
      Deno.removeSync(this.path);
    } catch {
      // Something else is in it, or it is gone: not ours to remove.
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#log.close();
  }
}

/**
 * Opens what a run left behind.
 * @throws {CannotRunError} if it is no run directory
 */
export function openRunDirectory(path: string): RunRecords {
  let text: string;
  try {
    text = Deno.readTextFileSync(join(path, MANIFEST_FILE));
  } catch (error) {
    throw new CannotRunError(
      `Cannot read "${path}": ${messageOf(error)}; expected a run directory`,
      {
        cause: error,
      },
    );
  }
  const parsed = Manifest.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new CannotRunError(
      `Cannot read "${join(path, MANIFEST_FILE)}": it is not a manifest of schemaVersion 1`,
    );
  }
  return { manifest: parsed.data, records: () => readRunLog(join(path, LOG_FILE)) };
}

/** Whether the folder holds a run. */
export function isRunDirectory(path: string): boolean {
  try {
    return Deno.statSync(join(path, MANIFEST_FILE)).isFile;
  } catch {
    return false;
  }
}

/** The run directories that a path stands for: itself, or the ones directly in it, by name. */
export function runDirectoriesAt(path: string): string[] {
  if (isRunDirectory(path)) return [path];
  try {
    return [...Deno.readDirSync(path)].map((entry) => join(path, entry.name)).filter(isRunDirectory)
      .sort((one, other) => basename(one).localeCompare(basename(other)));
  } catch {
    return [];
  }
}

/** Whole lines of the log; a last line that was cut off by a kill is left out. */
function* readRunLog(path: string): Generator<RunLogRecord> {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch {
    return; // killed between manifest and log
  }
  try {
    for (const line of linesOf(file)) {
      const record = RunLogRecord.safeParse(parseJson(line));
      if (record.success) yield record.data;
    }
  } finally {
    file.close();
  }
}

function* linesOf(file: Deno.FsFile): Generator<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(READ_CHUNK_BYTES);
  let rest = "";
  for (;;) {
    const count = file.readSync(chunk);
    if (count === null) return;
    const lines = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
