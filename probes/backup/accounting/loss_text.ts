/** What is said of backups that no later tick makes up for, and what helps. @module */

import { workspaceKey } from "../workspaces/workspace_ref.ts";
import type { Miss } from "./account.ts";
import type { LostBackup } from "./backup_book.ts";

const MOST_NAMES = 5;
const AGAIN = "no later tick makes up for it: start and stop them again";

const WHY: { readonly [M in Miss]?: string } = {
  "lost-in-tick": `they were stopped while it ran; ${AGAIN}`,
  "lost-by-error": `it could not make their Jobs (Secret, volume, API); ${AGAIN}`,
  "job-refused": `the API server refuses Jobs in their namespace; ${AGAIN} once it does not`,
  "operator-restarted": `the operator was away while it ran; ${AGAIN}`,
  "nothing-to-back-up": "they have no volume, and the operator passes them over without a word",
};

/** @param lost of one tick and of one reason; not empty */
export function lossText(lost: readonly LostBackup[]): string {
  const [{ workspace: { lost: miss }, tick }] = lost as [LostBackup];
  const names = lost.slice(0, MOST_NAMES).map(({ workspace }) => workspaceKey(workspace)).join(
    ", ",
  );
  const rest = lost.length > MOST_NAMES ? ` and ${lost.length - MOST_NAMES} more` : "";
  const count = `${lost.length} ${lost.length === 1 ? "workspace" : "workspaces"}`;
  const end = new Date(tick.endMs).toISOString().replace(".000", "");
  return `The tick that ended at ${end} has made no backup of ${count} (${names}${rest}): ` +
    `${WHY[miss!] ?? miss}`;
}
