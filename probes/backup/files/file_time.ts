/**
 * Times in the names of files, as `date` writes them for the field's scripts; in UTC, as run ids are,
 * so that files of several machines stand in one order.
 * @module
 */

/** `%Y%m%d_%H%M%S`: of the suite and of what is about backups. */
export function fileTimestamp(at: Date): string {
  return at.toISOString().slice(0, 19).replace("T", "_").replace(/[-:]/g, "");
}

/** `%Y-%m-%d_%H-%M-%S`: of what is watched. */
export function watchTimestamp(at: Date): string {
  return at.toISOString().slice(0, 19).replace("T", "_").replaceAll(":", "-");
}
