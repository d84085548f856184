/**
 * Where do rows go while the load runs? Into memory, and from there to the file in whole rows: when
 * the owner says so (each second), or when much has come together. A disk that takes no more never
 * stops the load: the rows that are lost are counted.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";
import { openResultFile, writeAll } from "../../core/files.ts";
import type { CsvDialect } from "./dialect.ts";

/** Once so many characters wait they are written without being asked to. */
const MOST_WAITING_CHARACTERS = 64 * 1024;

interface SampleLogOptions {
  readonly dialect: CsvDialect;
  /** First line of the file in `rfc4180`; `go` files have none, and it is then left out. */
  readonly header?: string | undefined;
  /** Whether what is there already may go. @default {false} */
  readonly overwrite?: boolean;
}

/** A per-operation file being written. */
export class SampleLogWriter {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  #waiting = "";
  #waitingRows = 0;
  #writtenRows = 0;
  #lostRows = 0;
  /** Length of the file in whole batches of rows. */
  #fileBytes = 0;
  #writeError: string | undefined;
  #isClosed = false;

  private constructor(readonly path: string, readonly dialect: CsvDialect, file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Makes the file and writes its header.
   * @throws {CannotRunError} if it cannot be made, or is there already
   */
  static create(
    path: string,
    { dialect, header, overwrite = false }: SampleLogOptions,
  ): SampleLogWriter {
    const file = openResultFile(path, { overwrite });
    const writer = new SampleLogWriter(path, dialect, file);
    if (dialect === "rfc4180" && header !== undefined) writer.#waiting = `${header}\n`;
    writer.flush();
    if (writer.writeError === undefined) return writer;
    writer.close();
    throw new CannotRunError(`Cannot write to "${path}": ${writer.writeError}`);
  }

  /** Why the first write failed, if one did; after it nothing more is written. */
  get writeError(): string | undefined {
    return this.#writeError;
  }

  /** Rows appended, wherever they are by now. */
  get rows(): number {
    return this.#writtenRows + this.#waitingRows + this.#lostRows;
  }

  /** Rows of them that the file will never have. */
  get lostRows(): number {
    return this.#lostRows;
  }

  /** Takes one row without a line end. Never throws. */
  append(line: string): void {
    if (this.#isClosed || this.#writeError !== undefined) {
      this.#lostRows++;
      return;
    }
    this.#waiting += line + "\n";
    this.#waitingRows++;
    if (this.#waiting.length >= MOST_WAITING_CHARACTERS) this.flush();
  }

  /** Writes what waits. Never throws: see {@link writeError}. */
  flush(): void {
    if (this.#waiting === "" || this.#isClosed) return;
    const bytes = this.#encoder.encode(this.#waiting);
    try {
      writeAll(this.#file, bytes);
      this.#fileBytes += bytes.length;
      this.#writtenRows += this.#waitingRows;
    } catch (error) {
      this.#writeError = messageOf(error);
      this.#lostRows += this.#waitingRows;
      this.#removePartOfBatch();
    }
    this.#waiting = "";
    this.#waitingRows = 0;
  }

  /** Flushes, and lets go of the file. */
  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#file.close();
  }

  /** So that the file ends with a whole row, and `lostRows` is exact. */
  #removePartOfBatch(): void {
    try {
      this.#file.truncateSync(this.#fileBytes);
    } catch (error) {
      this.#writeError += `; and the file cannot be cut back: ${messageOf(error)}`;
    }
  }
}
