/**
 * Where a run leaves what it measured: `manifest.json` before the first operation, `run.jsonl` as it
 * goes, the reports at the end. Reading needs only the first two, also when the run was killed.
 * @module
 */

import { parsedJson } from "../parsed_json.ts";
import { basename, dirname, join } from "node:path";
import { CannotRunError, messageOf } from "../errors.ts";
import { writeAll } from "../files.ts";
import { Manifest } from "./manifest.ts";
import type { RunLogRecord } from "./record.ts";
import { readRunLog } from "./reader.ts";

const MANIFEST_FILE = "manifest.json";
export const LOG_FILE = "run.jsonl";
const NEWLINE = 10;
/** Once so many characters of a report wait they are written. */
const MOST_WAITING_CHARACTERS = 256 * 1024;

/** What the reports beside a log are called. */
const REPORT_NAME =
  /^(?:result\.json|report\.html|junit\.xml|series\.csv|intervals\.hlog|metrics\.prom|.*\.hgrm)$/;

/** A run's records, in order, as often as they are asked for. */
export interface RunRecords {
  readonly manifest: Manifest;
  records(): AsyncIterable<RunLogRecord>;
}

/** A report that is written piece by piece, as it is too long for memory. */
export interface ReportFile {
  write(text: string): void;
  /** False when the disk did not take all of it. */
  close(): boolean;
}

/** A run directory being written. */
export class RunDirectory {
  readonly #log: Deno.FsFile;
  readonly #parts = new Set<PartFile>();
  #logError: string | undefined;
  #reportError: string | undefined;
  /** Length of the log in whole batches of records. */
  #logBytes = 0;
  #lines = 0;
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
      refuseReportsOf(path);
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

  /**
   * Opens the directory of a run that nobody writes to any more, to add to its log. Half a line at its
   * end, which a kill leaves, goes.
   * @throws {CannotRunError} if it cannot be written, or is none
   */
  static resume(path: string): RunDirectory {
    const { manifest } = openRunDirectory(path);
    const file = join(path, LOG_FILE);
    try {
      const bytes = Deno.readFileSync(file);
      const lines = bytes.reduce((count, byte) => byte === NEWLINE ? count + 1 : count, 0);
      const log = Deno.openSync(file, { write: true, append: true });
      const directory = new RunDirectory(path, manifest, log);
      directory.#lines = lines;
      directory.#logBytes = bytes.lastIndexOf(NEWLINE) + 1;
      log.truncateSync(directory.#logBytes);
      return directory;
    } catch (error) {
      throw new CannotRunError(`Cannot add to "${file}": ${messageOf(error)}`, { cause: error });
    }
  }

  /** Why the log ends before the run did, if it does: the disk was full, or is gone. */
  get logError(): string | undefined {
    return this.#logError;
  }

  /** Why something is missing here, if it is. */
  get writeError(): string | undefined {
    return this.#logError ?? this.#reportError;
  }

  /** Writes records as whole lines in one write. Once the disk did not take some, no more are tried. */
  append(...records: readonly RunLogRecord[]): void {
    if (records.length === 0 || this.#isClosed || this.#logError !== undefined) return;
    try {
      const lines = records.map((record) => this.#lineOf(record)).join("");
      const bytes = new TextEncoder().encode(lines);
      writeAll(this.#log, bytes);
      this.#logBytes += bytes.length;
    } catch (error) {
      this.#logError = messageOf(error);
      this.#removePartOfBatch();
    }
  }

  /** Numbered, so that a line which is there twice is known for a copy. */
  #lineOf(record: RunLogRecord): string {
    return JSON.stringify({ ...record, line: ++this.#lines }) + "\n";
  }

  /** A log ends with a whole batch, as it does when a run is killed. */
  #removePartOfBatch(): void {
    try {
      this.#log.truncateSync(this.#logBytes);
    } catch (error) {
      this.#logError += `; and the log cannot be cut back: ${messageOf(error)}`;
    }
  }

  /** Writes one of the reports beside the log; false (and `writeError`) when the disk does not take it. */
  writeReport(name: string, content: string): boolean {
    const file = this.openReport(name);
    file.write(content);
    return file.close();
  }

  /** A report beside the log, written as it comes: a reader never sees half of one. */
  openReport(name: string): ReportFile {
    const path = join(this.path, name);
    const part: PartFile = new PartFile(path, {
      folder: dirname(name) === "." ? undefined : dirname(path),
      onError: (error) => this.#reportError ??= messageOf(error),
      onClosed: () => this.#parts.delete(part),
    });
    this.#parts.add(part);
    return part;
  }

  /** Removes the directory of a run in which nothing happened. */
  discard(): void {
    this.close();
    for (const part of this.#parts) part.discard();
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
  const parsed = Manifest.safeParse(parsedJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    throw new CannotRunError(
      `Cannot read "${join(path, MANIFEST_FILE)}": ${where}${issue?.message}; ` +
        "it is not a manifest of schemaVersion 1",
    );
  }
  const log = join(path, LOG_FILE);
  return {
    manifest: parsed.data,
    records: () => readRunLog(log),
  };
}

/** A run's reports are to be written there at its end: what the user keeps under such a name is safe. */
function refuseReportsOf(path: string): void {
  if (isRunDirectory(path)) return; // said otherwise
  const found = [...Deno.readDirSync(path)].find(({ name }) => REPORT_NAME.test(name));
  if (found === undefined) return;
  throw new Error(`it holds a file ${found.name} that the run would write over`);
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

/** `NAME.part` until it is whole. */
class PartFile implements ReportFile {
  readonly events: { readonly onError: (error: unknown) => void; readonly onClosed: () => void };
  readonly #partPath: string;
  #file: Deno.FsFile | undefined;
  #waiting = "";

  constructor(
    readonly path: string,
    { folder, ...events }: {
      /** To be made if it is missing; undefined: it is there. */
      readonly folder: string | undefined;
      readonly onError: (error: unknown) => void;
      readonly onClosed: () => void;
    },
  ) {
    this.events = events;
    this.#partPath = `${path}.part`;
    this.#tried(() => {
      removeIfPresent(this.#partPath); // of a run that was killed; a link would be followed
      if (folder !== undefined) Deno.mkdirSync(folder, { recursive: true });
      this.#file = Deno.openSync(this.#partPath, { write: true, createNew: true });
    });
  }

  write(text: string): void {
    this.#waiting += text;
    if (this.#waiting.length >= MOST_WAITING_CHARACTERS) this.#flush();
  }

  close(): boolean {
    this.#flush();
    this.events.onClosed();
    const file = this.#file;
    if (file === undefined) return false;
    this.#file = undefined;
    file.close();
    return this.#tried(() => Deno.renameSync(this.#partPath, this.path));
  }

  /** It never was. */
  discard(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#tried(() => removeIfPresent(this.#partPath));
  }

  #flush(): void {
    const file = this.#file;
    const text = this.#waiting;
    this.#waiting = "";
    if (file === undefined) return;
    if (this.#tried(() => writeAll(file, new TextEncoder().encode(text)))) return;
    file.close();
    this.#file = undefined;
  }

  #tried(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      this.events.onError(error);
      return false;
    }
  }
}

function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
