/**
 * The kubeconfig of a sandbox: its text, and a file of it that only its owner can read. Never
 * overwrites a file that somebody else wrote, unless told to.
 * @module
 */

import { CannotRunError, messageOf } from "../core/errors.ts";
import { replaceFile } from "../core/files.ts";
import { writeYaml } from "../core/yaml.ts";
import type { SandboxAddress } from "./sandbox_task.ts";

/** Context, cluster and user have this one name: reports show it. */
const SANDBOX = "sandbox";
/** By its first line a file is known to be a sandbox's. */
const FIRST_LINE = "# Written by `scaletool sandbox`; of use only while that runs.";
const OWNER_ONLY = 0o600;

export function kubeconfigText(
  { url, caPem }: Pick<SandboxAddress, "url"> & Partial<SandboxAddress>,
  { token, namespace }: { token: string; namespace?: string },
): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": SANDBOX,
    clusters: [{
      name: SANDBOX,
      cluster: {
        server: url,
        ...(caPem === undefined
          ? {}
          : { "certificate-authority-data": new TextEncoder().encode(caPem).toBase64() }),
      },
    }],
    users: [{ name: SANDBOX, user: { token } }],
    contexts: [{
      name: SANDBOX,
      context: {
        cluster: SANDBOX,
        user: SANDBOX,
        ...(namespace === undefined ? {} : { namespace }),
      },
    }],
  };
  return `${FIRST_LINE}\n${writeYaml(config)}`;
}

/** @throws {CannotRunError} if a file is there that no sandbox wrote */
export function checkOverwrite(path: string, { force }: { force: boolean }): void {
  if (force || isMissing(path) || isOwn(path)) return;
  throw new CannotRunError(
    `Cannot write the kubeconfig to "${path}": a file is there that no sandbox wrote; ` +
      "choose another name, or overwrite it with --force",
  );
}

/**
 * Writes the file anew, in one step, readable by its owner alone.
 * @throws {CannotRunError} if that cannot be done, or as {@link checkOverwrite}
 */
export function writeKubeconfig(
  path: string,
  { text, force }: { text: string; force: boolean },
): void {
  checkOverwrite(path, { force });
  try {
    replaceFile(path, text, { mode: OWNER_ONLY });
  } catch (error) {
    throw new CannotRunError(`Cannot write the kubeconfig to "${path}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function isMissing(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

function isOwn(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile && Deno.readTextFileSync(path).startsWith(FIRST_LINE);
  } catch {
    return false;
  }
}
