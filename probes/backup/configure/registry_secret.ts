/**
 * The Secret with which backups are pushed: in the operator's namespace and with the label without which
 * the operator does not see it. A backup that lacks it when its tick comes is not made up for later, so
 * all of this is seen to before any workspace is stopped.
 * @module
 */

import { CannotRunError, messageOf } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { LABEL } from "../../../kube/devworkspace/words.ts";
import { textOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { Borrowed } from "../../../kube/owned/borrowed.ts";
import type { Footprint } from "../../../kube/owned/footprint.ts";
import { makeObjects } from "../../../kube/owned/make_objects.ts";
import { ownerLabels, type RunIdentity } from "../../../kube/owned/ownership.ts";
import { SECRETS } from "../../../kube/resource.ts";
import type { Configuration } from "./configuration.ts";
import {
  credentialHosts,
  type Credentials,
  DOCKER_CONFIG_TYPE,
  dockerConfigData,
} from "./docker_config.ts";
import { getIfThere } from "./get_if_there.ts";
import { inOneLine } from "./in_one_line.ts";

export interface RegistrySecretOptions {
  readonly cluster: Cluster;
  readonly identity: RunIdentity;
  readonly footprint: Footprint;
  readonly borrowed: Borrowed;
  readonly operatorNamespace: string;
  readonly configuration: Configuration;
  /** That is meant, also if the configuration is to name another one. */
  readonly registryHost: string;
  readonly env: (name: string) => string | undefined;
}

/** First those of the operator's own test, then those that came before it. */
const VARIABLES = ["REGISTRY", "QUAY"];
const WATCHED = `/metadata/labels/${LABEL.watchSecret.replaceAll("/", "~1")}`;

/**
 * See the module. Does nothing for a configuration without a Secret.
 * @throws {CannotRunError} in one line, if there is none and none can be made, or it is no such Secret
 */
export async function ensureRegistrySecret(
  run: Run,
  options: RegistrySecretOptions,
): Promise<void> {
  const { authSecret: name } = options.configuration.backupCronJob.registry;
  if (name === undefined) return;
  const doing = `see to Secret ${options.operatorNamespace}/${name}`;
  await inOneLine(run, doing, () => ensure(run, { ...options, name }));
}

async function ensure(
  run: Run,
  options: RegistrySecretOptions & { readonly name: string },
): Promise<void> {
  const { cluster, operatorNamespace: namespace, borrowed, name } = options;
  const ref = { namespace, name };
  const found = await getIfThere(run, { cluster, resource: SECRETS, ref });
  if (found === undefined) return await makeSecret(run, options);
  requireCredentials(run, found, options);
  if (found.metadata.labels?.[LABEL.watchSecret] === "true") return;
  await borrowed.change(SECRETS, ref, [{ path: WATCHED, value: "true" }]);
}

/** @throws {CannotRunError} */
function requireCredentials(
  run: Run,
  secret: KubeObject,
  { operatorNamespace, registryHost }: RegistrySecretOptions,
): void {
  const name = `Secret ${operatorNamespace}/${secret.metadata.name}`;
  const type = textOf(secret["type"]) ?? "Opaque";
  if (type !== DOCKER_CONFIG_TYPE) {
    throw new CannotRunError(`${name} is of type ${type}, and has to be ${DOCKER_CONFIG_TYPE}`);
  }
  const hosts = hostsOf(secret, name);
  if (hosts.includes(registryHost)) return;
  run.warn("no-credentials-for-registry", `${name} has no credentials for ${registryHost}`);
}

function hostsOf(secret: KubeObject, name: string): string[] {
  try {
    return credentialHosts(secret);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new CannotRunError(`${name} cannot be used: ${messageOf(thrown)}`);
  }
}

async function makeSecret(
  run: Run,
  { name, env, registryHost, ...options }: RegistrySecretOptions & { readonly name: string },
): Promise<void> {
  const { cluster, operatorNamespace: namespace, identity, footprint } = options;
  const credentials = credentialsIn(env);
  if (credentials === undefined) {
    throw new CannotRunError(
      `There is no Secret ${namespace}/${name} with the registry's credentials: set REGISTRY_USERNAME and ` +
        "REGISTRY_PASSWORD (or QUAY_USERNAME and QUAY_PASSWORD) to have it made for the run, or name " +
        "another with --registry-secret",
    );
  }
  const secret = {
    metadata: {
      ...{ namespace, name },
      labels: { ...ownerLabels(identity), [LABEL.watchSecret]: "true" },
    },
    type: DOCKER_CONFIG_TYPE,
    data: dockerConfigData(registryHost, credentials),
  };
  const objectsOf = () => footprint.objects(SECRETS, [namespace]);
  await makeObjects(run, { cluster, objectsOf, kind: SECRETS, objects: [secret] });
}

/** Undefined: the variables do not say. */
export function credentialsIn(
  env: (name: string) => string | undefined,
): Credentials | undefined {
  for (const prefix of VARIABLES) {
    const username = env(`${prefix}_USERNAME`);
    const password = env(`${prefix}_PASSWORD`);
    if (username && password) return { username, password };
  }
}
