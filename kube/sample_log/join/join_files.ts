/** `report --join`: the two files of a driver and a logger -> text and exit code. @module */

import { UsageError } from "../../../core/errors.ts";
import type { Joined } from "../../../core/report/mod.ts";
import { readJoinFiles } from "./files.ts";
import { joinLogs } from "./join.ts";
import { JOIN_FORMATS, renderJoin } from "./render.ts";

/** @throws {UsageError | CannotRunError} if they cannot be joined, or not written in this format */
export function joinFiles(
  [one, other]: readonly [string, string | undefined],
  asked: string,
): Joined {
  if (other === undefined) {
    throw new UsageError("report: missing LOGGER.csv; usage: report --join DRIVER.csv LOGGER.csv");
  }
  const format = JOIN_FORMATS.find((word) => word === asked);
  if (format === undefined) {
    throw new UsageError(
      `report --join: --output must be one of ${JOIN_FORMATS.join(", ")}, not "${asked}"`,
    );
  }
  const { driver, logger } = readJoinFiles(one, other);
  const report = joinLogs(driver, logger);
  return { exitCode: report.exitCode, rendered: renderJoin(report, format) };
}
