/**
 * The operator's configuration, changed for a run: what it says about backups, which startup failures it
 * passes over, and how routes are made where the registry is OpenShift's own. All of it is borrowed, field
 * by field, so that what was not asked for stays and what was not there is not there again.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { type BackupCronJob, backupCronJobOf } from "../../../kube/devworkspace/operator_config.ts";
import { fieldsOf } from "../../../kube/fields.ts";
import type { Borrowed } from "../../../kube/owned/borrowed.ts";
import type { WantedField } from "../../../kube/owned/borrowed/fields.ts";
import type { Footprint } from "../../../kube/owned/footprint.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import type { Configuration } from "./configuration.ts";
import { inOneLine } from "./in_one_line.ts";
import {
  ensureGlobalConfig,
  globalConfig,
  globalConfigRef,
  type OperatorConfigOptions,
} from "./operator_config.ts";
import { refuseBesideOtherRuns } from "./other_runs.ts";

export interface ConfigLoanOptions extends OperatorConfigOptions {
  readonly identity: RunIdentity;
  readonly footprint: Footprint;
  /** The run's only one. */
  readonly borrowed: Borrowed;
}

export interface BorrowedConfig {
  /** As the server has it, with its defaults and what the configuration left as it was. */
  readonly inForce: BackupCronJob;
  /** Everything that the run has borrowed, seen to be as it was. @throws as `Borrowed.giveBackNow` */
  giveBack(): Promise<void>;
}

const WORKSPACE = "/config/workspace";

/**
 * Backups as the configuration has them, from now on.
 * @throws {CannotRunError} in one line, if it cannot be changed
 */
export async function borrowConfig(
  run: Run,
  options: ConfigLoanOptions & { readonly configuration: Configuration },
): Promise<BorrowedConfig> {
  return await inOneLine(run, "configure backups", () => borrow(run, options));
}

async function borrow(
  run: Run,
  { configuration, ...options }: ConfigLoanOptions & { readonly configuration: Configuration },
): Promise<BorrowedConfig> {
  const { borrowed, operatorNamespace } = options;
  await ensureGlobalConfig(run, options);
  await refuseBesideOtherRuns(run, options);
  const ref = globalConfigRef(operatorNamespace);
  await borrowed.change(OPERATOR_CONFIGS, ref, wantedOf(configuration));
  const found = await globalConfig(run, options);
  const inForce = found && backupCronJobOf(found);
  if (!inForce?.enable || inForce.registry.path !== configuration.backupCronJob.registry.path) {
    throw new CannotRunError(
      `${OPERATOR_CONFIGS.kind} ${ref.namespace}/${ref.name} was changed back by somebody else at once`,
    );
  }
  return { inForce, giveBack: () => borrowed.giveBackNow(run.stopping) };
}

/**
 * Has the operator pass over events for which it would give a workspace up: before any is created.
 * @param reasons e.g. `FailedScheduling`; none: nothing is changed
 * @throws {CannotRunError} in one line, if it cannot be changed
 */
export async function borrowIgnoredEvents(
  run: Run,
  options: ConfigLoanOptions & { readonly reasons: readonly string[] },
): Promise<void> {
  if (options.reasons.length === 0) return;
  await inOneLine(run, "have events passed over", () => ignore(run, options));
}

async function ignore(
  run: Run,
  { reasons, ...options }: ConfigLoanOptions & { readonly reasons: readonly string[] },
): Promise<void> {
  await ensureGlobalConfig(run, options);
  const found = await globalConfig(run, options);
  const workspace = fieldsOf(fieldsOf(found?.["config"])["workspace"]);
  const ignored = workspace["ignoredUnrecoverableEvents"];
  const value = [...new Set([...Array.isArray(ignored) ? ignored : [], ...reasons])];
  await options.borrowed.change(OPERATOR_CONFIGS, globalConfigRef(options.operatorNamespace), [
    { path: `${WORKSPACE}/ignoredUnrecoverableEvents`, value },
  ]);
}

/** What the configuration leaves open stays as it is, but for the Secret. */
function wantedOf({ type, backupCronJob }: Configuration): WantedField[] {
  const { enable, schedule, backoffLimit, registry, oras } = backupCronJob;
  const fields: Readonly<Record<string, unknown>> = {
    enable,
    schedule,
    "registry/path": registry.path,
    ...(backoffLimit === undefined ? {} : { backoffLimit }),
    ...(oras === undefined ? {} : { "oras/extraArgs": oras.extraArgs }),
  };
  return [
    ...Object.entries(fields).map(([name, value]) => wanted(name, value)),
    wanted("registry/authSecret", registry.authSecret),
    ...(type === "openshift-internal"
      ? [{ path: "/config/routing/defaultRoutingClass", value: "basic" }]
      : []),
  ];
}

function wanted(name: string, value: unknown): WantedField {
  return { path: `${WORKSPACE}/backupCronJob/${name}`, value };
}
