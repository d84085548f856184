/**
 * Credentials of registries as a Secret holds them. Never shown: what is wrong with them is said
 * without a word of theirs.
 * Source: Kubernetes, "Secrets", kubernetes.io/dockerconfigjson; docker/cli, cli/config/configfile/file.go.
 * @module
 */

import { Buffer } from "node:buffer";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import type { KubeObject } from "../../../kube/object.ts";

export const DOCKER_CONFIG_TYPE = "kubernetes.io/dockerconfigjson";
const KEY = ".dockerconfigjson";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** `data` of a Secret. */
export function dockerConfigData(
  host: string,
  { username, password }: Credentials,
): Readonly<Record<string, string>> {
  const auth = base64(`${username}:${password}`);
  return { [KEY]: base64(JSON.stringify({ auths: { [host]: { username, password, auth } } })) };
}

/** How the password may be written, for those who hide it; the name of a user is none. */
export function secretTexts({ username, password }: Credentials): string[] {
  return [password, base64(password), base64(`${username}:${password}`)];
}

/**
 * Hosts that it has credentials for.
 * @throws {SyntaxError} if it has none that could be read, as the end of a sentence
 */
export function credentialHosts(secret: KubeObject): string[] {
  const data = textOf(fieldsOf(secret["data"])[KEY]);
  if (data === undefined) throw new SyntaxError(`it has no ${KEY}`);
  const hosts = Object.keys(fieldsOf(configOf(data)["auths"])).map(hostOf);
  if (hosts.length === 0) throw new SyntaxError(`its ${KEY} has no auths`);
  return hosts;
}

function configOf(data: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(Buffer.from(data, "base64").toString()));
  } catch {
    throw new SyntaxError(`its ${KEY} is no JSON`); // without what the parser found there
  }
}

/** Keys may be URLs, and podman's may name a repository. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").split("/")[0]!.toLowerCase();
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
