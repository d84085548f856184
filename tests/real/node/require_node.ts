/**
 * Can this machine have a node of its own? Says why not, because nothing is skipped in silence.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { hasPeer } from "../../support/scaletool.ts";
import { KUBE_MODULE, KUBELET_MODULE, NODE_MODULE } from "../go_modules.ts";
import { requirePrograms } from "../require_control_plane.ts";
import { whyNoCgroups } from "./cgroups.ts";
import { executable } from "./images.ts";
import { ensureRuntime } from "./runtime.ts";

/** Whether a control plane with a node can be started: for the `ignore` of tests that need one. */
export async function requireNode(): Promise<boolean> {
  const missing = missingOfMachine() ?? await missingRuntime();
  if (missing !== undefined) {
    Deno.stderr.writeSync(new TextEncoder().encode(`skipped: no node: ${missing}\n`));
    return false;
  }
  const modules = [KUBE_MODULE, KUBELET_MODULE, NODE_MODULE];
  return ["dpkg-deb", "unshare", "mount"].every(hasPeer) && await requirePrograms({ modules });
}

function missingOfMachine(): string | undefined {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") return "not linux/amd64";
  if (Deno.uid() !== 0 || !seesAllUsers()) return "not root";
  if (!canUnshare()) return 'no "unshare --mount --pid"';
  const cgroups = whyNoCgroups();
  if (cgroups !== undefined) return cgroups;
  try {
    Deno.statSync(executable());
    return undefined;
  } catch {
    return `no ${executable()}`;
  }
}

/** Root of a user namespace has 0 too, and may do little. Source: user_namespaces(7), uid_map. */
function seesAllUsers(): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(Deno.readTextFileSync("/proc/self/uid_map"));
}

function canUnshare(): boolean {
  try {
    return new Deno.Command("unshare", {
      args: ["--mount", "--pid", "--fork", "--mount-proc", "mount", "-t", "tmpfs", "none", "/run"],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

async function missingRuntime(): Promise<string | undefined> {
  try {
    await ensureRuntime();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
