/**
 * The folder of a suite's results, as the field's scripts lay it out: `summary.txt`,
 * `test_suite.log`, `logs/NAME.log`, `NAME_metrics.txt`, `NAME_failure_report.csv`; and the runs' own
 * directories in `runs/`, the rows of their tables in one. A disk that takes no more is told of once, and stops no test.
 * @module
 */

import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { CannotRunError, messageOf } from "../../../core/errors.ts";
import { replaceFile } from "../../../core/files.ts";
import { printableLines, type Say } from "../../../core/say.ts";
import { fileTimestamp } from "../files/file_time.ts";
import type { TestResult } from "./test_status.ts";

export class SuiteFiles {
  readonly #say: Say;
  readonly #tables = new Set<string>();
  #hasFailed = false;

  private constructor(readonly path: string, say: Say) {
    this.#say = say;
  }

  /**
   * @param options.hasBackups the folder has the name that the scripts give it for plans with backups
   * @throws {CannotRunError} if it cannot be made
   */
  static create(
    outputDir: string,
    { now, hasBackups, say }: { now: Date; hasBackups: boolean; say: Say },
  ): SuiteFiles {
    const path = join(outputDir, `${hasBackups ? "backup_run" : "run"}_${fileTimestamp(now)}`);
    try {
      Deno.mkdirSync(outputDir, { recursive: true });
      Deno.mkdirSync(path);
      Deno.mkdirSync(join(path, "logs"));
    } catch (error) {
      throw new CannotRunError(
        `Cannot write to "${path}": ${messageOf(error)}; name another --output-dir`,
        { cause: error },
      );
    }
    return new SuiteFiles(path, say);
  }

  /** Of a test's run; not made yet. */
  runDirectory(name: string): string {
    return join(this.path, "runs", name);
  }

  /** What the suite itself does, a line each. */
  log(line: string, now: Date): void {
    const time = now.toISOString().slice(0, 19).replace("T", " ");
    this.#tried(() => append(join(this.path, "test_suite.log"), `[${time}] ${line}\n`));
  }

  /** What a test writes, whichever way. */
  logTest(name: string, text: string): void {
    this.#tried(() => append(join(this.path, "logs", `${name}.log`), plainLines(text)));
  }

  write(name: string, text: string): void {
    this.#tried(() => replaceFile(join(this.path, name), text));
  }

  /** Of a table of all tests, which begins with its titles. */
  addRow(name: string, titles: string, row: string): void {
    const isFirst = !this.#tables.has(name);
    this.#tables.add(name);
    this.#tried(() => append(join(this.path, name), `${isFirst ? `${titles}\n` : ""}${row}\n`));
  }

  /** So far, should there be no more. */
  writeSummary(results: readonly TestResult[]): void {
    this.write("summary.txt", summaryText(results));
  }

  #tried(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#say(`WARNING: not all of "${this.path}" can be written: ${messageOf(error)}`);
    }
  }
}

/** As they are without a terminal. */
function plainLines(text: string): string {
  return printableLines(stripVTControlCharacters(text));
}

function append(path: string, text: string): void {
  Deno.writeTextFileSync(path, text, { append: true });
}

/** Columns of 40, 15 and 10 characters; minutes as a shell divides. */
export function summaryText(results: readonly TestResult[]): string {
  const rows = results.map(({ name, status, durationMs }) => [
    name,
    status,
    `${Math.floor(durationMs / 60_000)}m`,
  ]);
  return [["Test Name", "Status", "Duration"], ...rows]
    .map(([name, status, duration]) =>
      `${name!.padEnd(40)} ${status!.padEnd(15)} ${duration!.padEnd(10)}`.trimEnd() + "\n"
    ).join("");
}
