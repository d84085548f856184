/** Which configuration do the flags ask for? Looks at no cluster. @module */

import { UsageError } from "../../../core/errors.ts";
import { given } from "../../../core/given.ts";
import { longestWaitMs, parseSchedule } from "../../../kube/devworkspace/schedule/schedule.ts";
import type { ConfigType, Configuration } from "./configuration.ts";
import { INTERNAL_REGISTRY } from "./internal_registry.ts";
import { parseRegistryPath, registryPathText, unreachable } from "./registry_path.ts";

export interface ConfigurationValues {
  readonly "dwoc-config-type": ConfigType;
  /** Undefined or empty: none was given. */
  readonly "registry-path"?: string | undefined;
  readonly "registry-secret": string;
  readonly "backup-schedule": string;
  readonly "backup-backoff-limit"?: number | undefined;
  readonly "incorrect-registry"?: string | undefined;
}

/** Of plans that name no Secret. */
export const DEFAULT_REGISTRY_SECRET = "quay-push-secret";

/** Any time will do, as long as it is the same one for the same flags: a Thursday. */
const LOOKED_AT_FROM_MS = Date.UTC(2026, 0, 1);

/**
 * See the module.
 * @throws {UsageError} for a registry or a schedule that cannot be, and for "incorrect" that is correct
 */
export function configurationOf(values: ConfigurationValues): Configuration {
  const { "dwoc-config-type": type, "backup-schedule": schedule } = values;
  const isInternal = type === "openshift-internal";
  const registry = isInternal
    ? { path: INTERNAL_REGISTRY } // until the cluster has said how it is reached from outside
    : {
      path: externalPath(values),
      authSecret: values["registry-secret"] || DEFAULT_REGISTRY_SECRET,
    };
  return {
    type,
    backupCronJob: {
      enable: true,
      schedule,
      registry,
      ...given({
        backoffLimit: values["backup-backoff-limit"],
        oras: isInternal ? { extraArgs: "--insecure" } : undefined,
      }),
    },
    periodMs: periodOf(schedule),
  };
}

/**
 * The host of the registry that is meant, also where the configuration is to name another one.
 * @throws {UsageError}
 */
export function registryHostOf(
  values: Pick<ConfigurationValues, "dwoc-config-type" | "registry-path">,
): string {
  const isInternal = values["dwoc-config-type"] === "openshift-internal";
  const path = isInternal ? INTERNAL_REGISTRY : values["registry-path"] ?? "";
  return parsedPath(path, "registry-path").host;
}

/** @throws {UsageError} */
function periodOf(schedule: string): number {
  const refused = (why: string) => new UsageError(`--backup-schedule: ${why}`);
  try {
    const periodMs = longestWaitMs(parseSchedule(schedule), LOOKED_AT_FROM_MS);
    if (periodMs !== undefined) return periodMs;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw refused(thrown.message);
  }
  throw refused(`"${schedule}" never comes`);
}

/** @throws {UsageError} */
function externalPath(values: ConfigurationValues): string {
  const { "dwoc-config-type": type, "registry-path": given, "incorrect-registry": wrong } = values;
  if (!given) {
    throw new UsageError(
      "--registry-path is missing: where backups go, e.g. --registry-path quay.io/me",
    );
  }
  const right = parsedPath(given, "registry-path");
  if (type === "correct") return registryPathText(right);
  const other = wrong === undefined ? unreachable(right) : parsedPath(wrong, "incorrect-registry");
  if (registryPathText(other) === registryPathText(right)) {
    throw new UsageError(
      `--incorrect-registry ${wrong} is the --registry-path itself: that configuration is correct`,
    );
  }
  return registryPathText(other);
}

function parsedPath(text: string, flag: string) {
  try {
    return parseRegistryPath(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new UsageError(`--${flag}: ${thrown.message}`);
  }
}
