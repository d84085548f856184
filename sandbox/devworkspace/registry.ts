/**
 * The registries that backups go to and restores come from: what was pushed is remembered, and what a
 * transfer prints and how it ends follows from the host's name.
 * Source: devfile/devworkspace-operator, project-backup/workspace-recovery.sh; its words where it has
 * any, and in place of those of oras our own.
 * @module
 */

import type { RegistryHost, RegistrySettings } from "./settings.ts";

/** One run of the container that backs up or restores. */
export interface Transfer {
  /** Infinity: it never ends. */
  readonly durationMs: number;
  readonly exitCode: 0 | 1;
  readonly log: string;
}

export interface PushRequest {
  readonly image: string;
  readonly workspace: { readonly namespace: string; readonly name: string };
  readonly hasCredentials: boolean;
  /** This time the host is not found although it is there. */
  readonly isCutOff: boolean;
}

export interface PullRequest {
  readonly image: string;
  readonly hasCredentials: boolean;
}

/** `registry/path/NAMESPACE/NAME:latest`; a slash at the end of the path is left out. */
export function imageOf(
  path: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): string {
  return `${path.replace(/\/+$/, "")}/${namespace}/${name}:latest`;
}

export class Registry {
  /** Whether credentials are needed, by image. */
  readonly #artifacts = new Map<string, { readonly isPrivate: boolean }>();

  /** How many there are. */
  get size(): number {
    return this.#artifacts.size;
  }

  has(image: string): boolean {
    return this.#artifacts.has(image);
  }

  /** Remembers it at once if it succeeds. */
  push(
    { image, workspace, hasCredentials, isCutOff }: PushRequest,
    settings: RegistrySettings,
  ): Transfer {
    const { isReachable, transferMs: durationMs } = hostOf(image, settings);
    const begin = `Backing up devworkspace '${workspace.name}' in namespace ` +
      `'${workspace.namespace}' to image '${image}'\n`;
    if (!isReachable || isCutOff) {
      return { durationMs, exitCode: 1, log: begin + unreachableText("push", image) };
    }
    if (durationMs < Infinity) this.#artifacts.set(image, { isPrivate: hasCredentials });
    return { durationMs, exitCode: 0, log: `${begin}Backup completed successfully.\n` };
  }

  pull({ image, hasCredentials }: PullRequest, settings: RegistrySettings): Transfer {
    const { isReachable, transferMs: durationMs } = hostOf(image, settings);
    const begin = `Restoring devworkspace from image '${image}'\n`;
    const failed = (why: string): Transfer => ({ durationMs, exitCode: 1, log: begin + why });
    if (!isReachable) return failed(unreachableText("pull", image));
    const artifact = this.#artifacts.get(image);
    if (artifact === undefined) return failed(`Error: cannot pull ${image}: not found\n`);
    if (artifact.isPrivate && !hasCredentials) {
      return failed(`Error: cannot pull ${image}: unauthorized: authentication required\n`);
    }
    return { durationMs, exitCode: 0, log: `${begin}Restore completed successfully.\n` };
  }
}

function unreachableText(what: "push" | "pull", image: string): string {
  const host = hostName(image);
  return `Error: cannot ${what} ${image}: dial tcp: lookup ${host}: no such host\n`;
}

function hostOf(image: string, { hosts }: RegistrySettings): RegistryHost {
  const name = hostName(image);
  const found = hosts.find(({ endsWith }) => name.endsWith(endsWith));
  return found ?? { endsWith: "", isReachable: true, transferMs: 0 };
}

/** Without its port. */
function hostName(image: string): string {
  return image.split("/")[0]!.split(":")[0]!;
}
