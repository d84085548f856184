/** What the files of the field's scripts are made of. @module */

import type { Totals } from "../../../core/measure/totals.ts";
import type { WorkspaceAccount } from "../accounting/account.ts";
import type { ConfigType } from "../configure/configuration.ts";
import type { FailedWorkspace } from "./failure_report.ts";

/** The end of what a failed pod wrote. */
export interface PodLog {
  readonly namespace: string;
  readonly pod: string;
  /** Of which it is. */
  readonly job: string;
  /** Undefined: it could not be read. */
  readonly text: string | undefined;
  /** Why it could not; empty: it could. */
  readonly error: string;
}

export interface BackupErrorPattern {
  readonly pattern: string;
  readonly count: number;
  readonly example: string;
}

/** Of one pod of a backup, in the mean. */
export interface BackupPodMeans {
  /** That were measured: most are gone before. */
  readonly pods: number;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/** What a run with backups knows beyond its load. */
export interface BackupsData {
  readonly configType: ConfigType;
  readonly workspaces: readonly WorkspaceAccount[];
  /** Of pods of failed Jobs, as many as were read. */
  readonly podLogs: readonly PodLog[];
  readonly errorPatterns: readonly BackupErrorPattern[];
  /** Undefined: none was measured. */
  readonly podMeans: BackupPodMeans | undefined;
}

export interface BackupRunData {
  /** Of the rows of the CSV files. */
  readonly name: string;
  /** Server. */
  readonly target: string;
  readonly hasSeparateNamespaces: boolean;
  /** Names the files. */
  readonly startedAt: Date;
  /** Of times on the run's clock. */
  readonly wallOf: (atMs: number) => Date;
  readonly nowMs: number;
  /** Of all stages together. */
  readonly totals: Totals;
  /** Undefined: none were asked for. */
  readonly backups: BackupsData | undefined;
  readonly failed: readonly FailedWorkspace[];
  /** Tables as they were kept; undefined: nobody watched. */
  readonly workspaceLog: string | undefined;
  readonly eventLog: string | undefined;
}
