/**
 * What lies where in a cluster's directory? Keys, kubeconfigs, logs, process ids and a description of
 * the cluster, all of it readable by its owner only. Starts nothing.
 * @module
 */

import { join, parse } from "node:path";
import { CannotRunError } from "../../core/errors.ts";
import type { Component, ComponentName } from "./components.ts";
import type { OperatorName } from "./devworkspace/operator.ts";
import type { GatewayProcessName } from "./gateway/kind.ts";
import type { MaasProcessName } from "./maas/parts.ts";
import type { Pki } from "./pki.ts";
import { kubeconfigText, tokenFile, type Tokens, type TokenUser, type User } from "./users.ts";

/** What another process must know of a running cluster. */
export interface ClusterState {
  /** URL of the apiserver. */
  readonly server: string;
  readonly components: readonly Component[];
}

/** Whatever runs in a cluster's directory, and ends with it. */
export type ProcessName = ComponentName | GatewayProcessName | MaasProcessName | OperatorName;

/** For secrets, and so for everything. */
const OWNER_ONLY = { mode: 0o600 };
const STATE_FILE = "cluster.json";
/** By the names that they have in the directory. */
const KWOK_CONFIGS = {
  "kwok.yaml": new URL("kwok.yaml", import.meta.url),
  "kwok-devworkspace.yaml": new URL("devworkspace/kwok-stages.yaml", import.meta.url),
};

/** A cluster's directory. */
export class RunDir {
  /** Absolute, without symbolic links. */
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /**
   * Makes the directory, or a new one among the temporary files.
   * @throws {CannotRunError} if it is there already or cannot be made
   */
  static create(path?: string): RunDir {
    const created = path ?? Deno.makeTempDirSync({ prefix: "scaletool-real-" });
    if (path !== undefined) makeDir(path);
    const dir = new RunDir(Deno.realPathSync(created));
    for (const folder of ["pid", "log", "pki", "kubeconfig"]) Deno.mkdirSync(dir.path(folder));
    // From here on it can be told from a directory that somebody else uses.
    dir.writeState({ server: "", components: [] });
    return dir;
  }

  /** The directory of a cluster that some process started, if it is one. */
  static open(path: string): RunDir | undefined {
    try {
      const dir = new RunDir(Deno.realPathSync(path));
      return Deno.statSync(dir.path(STATE_FILE)).isFile ? dir : undefined;
    } catch {
      return undefined;
    }
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** What kwok reads when it starts. */
  kwokConfigs(): string[] {
    return Object.keys(KWOK_CONFIGS).map((name) => this.path(name));
  }

  key(name: string): string {
    return join(this.root, "pki", name);
  }

  kubeconfig(user: User): string {
    return join(this.root, "kubeconfig", `${user}.yaml`);
  }

  /** Everyone who has a kubeconfig. */
  users(): string[] {
    return [...Deno.readDirSync(this.path("kubeconfig"))].map(({ name }) => parse(name).name)
      .sort();
  }

  log(name: ProcessName): string {
    return join(this.root, "log", `${name}.log`);
  }

  pidFile(name: ProcessName): string {
    return join(this.root, "pid", name);
  }

  /** The recorded process id, of a process that may have ended; undefined if it was never started. */
  pid(name: ProcessName): number | undefined {
    try {
      const pid = Number(Deno.readTextFileSync(this.pidFile(name)));
      return pid > 0 ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  readState(): ClusterState {
    return JSON.parse(Deno.readTextFileSync(this.path(STATE_FILE)));
  }

  writeState(state: ClusterState): void {
    Deno.writeTextFileSync(this.path(STATE_FILE), JSON.stringify(state, null, 2), OWNER_ONLY);
  }

  /** Writes keys, kubeconfigs and configuration: what the components read when they start. */
  writeInputs(inputs: { server: string; pki: Pki; tokens: Tokens }): void {
    const { server, pki, tokens } = inputs;
    const files = {
      "ca.crt": pki.caPem,
      "front-proxy-ca.crt": pki.frontProxyCaPem,
      "server.crt": pki.server.certPem,
      "server.key": pki.server.keyPem,
      "front-proxy-client.crt": pki.frontProxyClient.certPem,
      "front-proxy-client.key": pki.frontProxyClient.keyPem,
      "service-account.key": pki.serviceAccountKeyPem,
      "tokens.csv": tokenFile(tokens),
    };
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(this.key(name), text, OWNER_ONLY);
    }
    const users = {
      ...Object.fromEntries(
        Object.keys(tokens).map((user) => [user, { token: tokens[user as TokenUser] }]),
      ),
      "cert-user": pki.certUser,
      "cert-user-expired": pki.certUserExpired,
    };
    for (const [user, credentials] of Object.entries(users)) {
      const text = kubeconfigText({ server, caPem: pki.caPem, user: credentials });
      Deno.writeTextFileSync(this.kubeconfig(user as User), text, OWNER_ONLY);
    }
    for (const [name, source] of Object.entries(KWOK_CONFIGS)) {
      Deno.copyFileSync(source, this.path(name));
    }
  }
}

function makeDir(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw new CannotRunError(`Cannot make "${path}" for a cluster: expected a new directory`, {
      cause: error,
    });
  }
}
