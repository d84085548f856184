/**
 * The flags of `backup run`: those that the load test of the field has, under its names and with its
 * variables, and what it has no word for.
 * @module
 */

import {
  choice,
  duration,
  flag,
  integer,
  text,
  toggle,
  type Values,
} from "../../core/command/flags.ts";
import { CLEANUP_FLAGS, DRY_RUN_FLAG, RUN_FLAGS } from "../../core/command/run_flags.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import { namespaceName } from "../../kube/namespace_flag.ts";
import { CONFIG_TYPES } from "./configure/configuration.ts";
import { CONFIGURE_FLAGS } from "./configure/flags.ts";
import { SYSTEM_FLAGS } from "./system/flags.ts";

const asIs = (given: string) => given;

/** Beyond what any cluster holds: each takes a pod, a volume and a Job. */
const MOST_WORKSPACES = 100_000;
/** Of workers, each of which waits for one workspace. */
const MOST_WORKERS = 10_000;

/** What is created, how fast, and where. */
const LOAD_FLAGS = {
  mode: flag(choice(["binary", "operator"]), {
    help: "where the load comes from: only binary, this program; for a load from inside of the " +
      "cluster run it there as a Job",
    default: "binary",
  }),
  executor: flag(choice(["shared-iterations", "ramping-vus"]), {
    help:
      "a number of workspaces shared by all workers, or ever more workers for --test-duration-minutes",
    variables: { EXECUTOR_MODE: asIs },
    default: "shared-iterations",
  }),
  "max-vus": flag(integer({ min: 1, max: MOST_WORKERS }), {
    help: "workers: each creates a workspace and waits until it is ready, then the next",
    variables: { MAX_VUS: asIs },
    default: 100,
  }),
  "max-devworkspaces": flag(integer({ min: -1, max: MOST_WORKSPACES }), {
    help: "workspaces in all; default: 50, with ramping-vus (and -1) at most 3000",
    variables: { MAX_DEVWORKSPACES: asIs },
  }),
  "separate-namespaces": flag(toggle, {
    help: "a namespace for each workspace, as if each were of another user",
    variables: { SEPARATE_NAMESPACES: asIs },
    default: false,
  }),
  "delete-devworkspace-after-ready": flag(toggle, {
    help: "delete each workspace once it is ready: then there is nothing to back up",
    variables: { DELETE_DEVWORKSPACE_AFTER_READY: asIs },
    default: false,
  }),
  "devworkspace-ready-timeout-seconds": flag(integer({ min: 1 }), {
    help: "longest time for a workspace to be ready",
    variables: { DEV_WORKSPACE_READY_TIMEOUT_IN_SECONDS: asIs },
    default: 1_200,
  }),
  "devworkspace-link": flag(text("file or url"), {
    help:
      "DevWorkspace that all are made after, as JSON or YAML, read once; default: a small one " +
      "with a volume of its own",
    variables: { DEVWORKSPACE_LINK: asIs },
    readsFileAfter: "",
  }),
  "create-automount-resources": flag(toggle, {
    help: "a ConfigMap and a Secret that are mounted into every workspace",
    variables: { CREATE_AUTOMOUNT_RESOURCES: asIs },
    default: false,
  }),
  "test-duration-minutes": flag(integer({ min: 1 }), {
    help: "with ramping-vus: how long workspaces are created",
    variables: { TEST_DURATION_MINUTES: asIs },
    default: 25,
  }),
  "run-with-eclipse-che": flag(toggle, {
    help: "refused: Eclipse Che is not set up by this program",
    default: false,
  }),
  "wait-for-ready": flag(toggle, {
    help: "wait for workspaces that are still starting before any is stopped",
    default: true,
  }),
  "wait-timeout": flag(integer({ min: 1 }), {
    help: "minutes for that, and again for all to be stopped",
    default: 30,
  }),
};

/** What the operator is told, and what is expected of it. */
const BACKUP_FLAGS_ONLY = {
  "run-backup-test-hook": flag(toggle, {
    help: "stop the workspaces and have them backed up; =false: create them, and no more",
    variables: { RUN_BACKUP_TEST_HOOK: asIs },
    default: true,
  }),
  "dwoc-config-type": flag(choice(CONFIG_TYPES), {
    help:
      "backup configuration: one that works, one whose registry is not there, or OpenShift's own registry",
    default: "correct",
  }),
  "registry-path": flag(text("registry/path"), {
    help: "where backups go, e.g. quay.io/me; needed but for openshift-internal",
  }),
  "registry-secret": flag(text("name"), {
    help: "Secret with the registry's credentials in the operator's namespace; made of " +
      "QUAY_USERNAME and QUAY_PASSWORD (or REGISTRY_*) if it is missing",
    default: "quay-push-secret",
  }),
  "backup-schedule": flag(text("cron"), {
    help: "when the operator looks for workspaces to back up",
    default: "*/1 * * * *",
  }),
  "backup-wait-minutes": flag(integer({ min: 1 }), {
    help: "longest time for all backups",
    aliases: ["backup-monitor-duration"],
    default: 30,
  }),
  "backup-job-timeout": flag(duration({ minMs: 1_000 }), {
    help: "longest time for one backup Job, after which it counts as pending or hung",
    default: 600_000,
  }),
  "configure-first": flag(toggle, {
    help: "configure backups before the workspaces are stopped, as the scripts of the field do: " +
      "the report counts what is lost by it",
    default: false,
  }),
  "verify-restore": flag(toggle, {
    help: "delete and restore some of the workspaces that were backed up",
    default: true,
  }),
  "max-restore-samples": flag(integer({ min: 0 }), {
    help: "how many of them",
    default: 10,
  }),
  "restore-marker": flag(toggle, {
    help: "write a file into those that may be restored, and look whether it is there afterwards",
    default: false,
  }),
};

const PLACE_FLAGS = {
  "dwo-namespace": flag(namespaceName(), {
    help: "namespace of the DevWorkspace Operator",
    variables: { DWO_NAMESPACE: asIs },
    default: "openshift-operators",
  }),
  namespace: flag(namespaceName(), {
    help:
      "namespace of the workspaces, made if missing; with --separate-namespaces: of the run's record",
    variables: { LOAD_TEST_NAMESPACE: asIs },
    default: "loadtest-devworkspaces",
    short: "n",
  }),
  "logs-dir": flag(text("dir"), {
    help: "where the files of the field's scripts are written; default: logs in the run directory",
  }),
  "operator-timeout": flag(duration({ minMs: 1_000 }), {
    help: "longest time for the operator to take notice of a first workspace, before any load",
    default: 30_000,
  }),
  "judge-usage": flag(toggle, {
    help:
      "hold the operator to the CPU and memory that the load test of the field allows; =false " +
      "for a cluster without metrics of pods",
    default: true,
  }),
};

export const BACKUP_FLAGS = {
  ...LOAD_FLAGS,
  ...BACKUP_FLAGS_ONLY,
  ...CONFIGURE_FLAGS,
  ...PLACE_FLAGS,
  ...SYSTEM_FLAGS,
  "dry-run": DRY_RUN_FLAG,
  ...CLUSTER_FLAGS,
  // As the load test of the field has it: one answer that never comes must not hold up a stage.
  "request-timeout": { ...CLUSTER_FLAGS["request-timeout"], defaultValue: 120_000 },
  // A namespace for each workspace takes its time to go.
  "cleanup-timeout": { ...CLEANUP_FLAGS["cleanup-timeout"], defaultValue: 600_000 },
  ...RUN_FLAGS,
};
export type BackupFlags = typeof BACKUP_FLAGS;
export type BackupValues = Values<BackupFlags>;
