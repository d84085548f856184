/**
 * Who is to blame for backups that were not made, or workspaces that were not ready? Each class of failure
 * is of one part of the way. Nobody is accused of what nobody measured.
 * @module
 */

import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { Miss } from "../accounting/account.ts";
import { isToFail } from "../configure/configuration.ts";
import { CREATE_OP, READY_OP, type ReadyReason } from "../load/measured.ts";
import type { Expected } from "./thresholds.ts";
import { REPEATED_JOBS } from "./jobs_range.ts";

function missed(reason: Miss, component: string, because: string): CauseSpec {
  return { component, sign: `backup.failed{reason=${reason}}.count <= 0`, because };
}

function unready(reason: ReadyReason, component: string, because: string): CauseSpec {
  return { component, sign: `${READY_OP}.failed{reason=${reason}}.count <= 0`, because };
}

const OF_LOAD: readonly CauseSpec[] = [
  unready(
    "scheduling",
    "nodes",
    "no node took the pods of workspaces: too little room, or volumes that were not bound yet, for which the operator waits with --ignore-unrecoverable-events FailedScheduling",
  ),
  unready("quota", "quota", "a quota did not let workspaces have their pods or volumes"),
  unready(
    "container",
    "image registry",
    "containers of workspaces did not start: images could not be pulled, or end at once",
  ),
  unready("no-progress", "operator", "workspaces got no further for as long as the operator waits"),
  {
    component: "API server",
    sign: `${CREATE_OP}.response.p95 < 15s`,
    because: "creating a workspace took the API server, or what admits it, long",
  },
  {
    component: "API server",
    sign: `${CREATE_OP}.failed.ratio <= 5%`,
    because: "the API server, or what admits them, refused workspaces",
  },
];

const OF_BACKUPS: readonly CauseSpec[] = [
  missed(
    "lost-in-tick",
    "operator",
    "workspaces were stopped while a tick ran, whose time then counts as their backup: start and stop them again",
  ),
  missed(
    "lost-by-error",
    "configuration",
    "a tick could not make their Jobs, and no later one tries again: look after Secret and volumes, then start and stop them again",
  ),
  missed(
    "no-tick",
    "operator",
    "no tick came: the operator does not run, or takes the schedule for none",
  ),
  missed(
    "operator-restarted",
    "operator",
    "the operator was away when it should have made a Job or noted its end",
  ),
  missed(
    "pending",
    "nodes",
    "pods of backups waited for a node, a volume or an image until the end",
  ),
  missed(
    "hung",
    "registry",
    "Jobs ran longer than they may: the registry takes connections and does not answer",
  ),
  missed("job-refused", "API server", "the API server refused Jobs of backups: quota or admission"),
  missed("nothing-to-back-up", "workspaces", "they have no volume"),
  {
    component: "operator",
    sign: `${REPEATED_JOBS}.total <= 0`,
    because:
      "ticks overlapped, as one lasted longer than a period of the schedule: each made a Job for the same workspaces",
  },
  {
    component: "operator",
    sign: "componentRestarts{component=operator}.total <= 0",
    because: "the operator was restarted",
  },
];

const REGISTRY = missed(
  "failed",
  "registry",
  "Jobs failed for good: the registry is not there, or refuses the credentials; see the logs of their pods",
);

export function causesOf({ configuration }: Pick<Expected, "configuration">): CauseSpec[] {
  if (configuration === undefined) return [...OF_LOAD];
  // Where backups are to fail, that they do accuses nobody.
  return [...OF_LOAD, ...OF_BACKUPS, ...(isToFail(configuration) ? [] : [REGISTRY])];
}
