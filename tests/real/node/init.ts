/**
 * What does the first process of a node's namespaces do? Its end is the end of all processes and mounts
 * of the node.
 * @module
 */

import { join } from "node:path";
import { logFile, type NodeSite, startFile } from "./site.ts";

/** Where kubelet and containerd insist on folders of theirs. */
const OWN_FOLDERS = ["/run", "/var/lib", "/var/log"];

/** Whether the node's directory would be hidden by {@link OWN_FOLDERS}. */
export function isHidden(dir: string): boolean {
  return OWN_FOLDERS.some((folder) => dir.startsWith(`${Deno.realPathSync(folder)}/`));
}

/**
 * The shell stays: it reaps what is left to it. In the foreground, the kubelet ends the node with it.
 */
const SCRIPT = `
set -eu
dir=$1 runtime_dir=$2 procs_file=$3 start_file=$4 kubelet_log=$5
shift 5
echo 0 >"$procs_file"
mount --make-rshared /
for folder in ${OWN_FOLDERS.join(" ")}; do mount -t tmpfs none "$folder"; done
for file in "$dir"/sysctl/*; do
  target=/proc/sys/$(basename "$file" | tr . /)
  [ ! -e "$target" ] || mount --bind "$file" "$target"
done
PATH=$runtime_dir:$PATH
containerd --config "$dir/containerd.toml" &
until [ -e "$start_file" ]; do sleep 0.05; done
"$@" >"$kubelet_log" 2>&1 || echo "the kubelet ended with $?"
exit 1
`;

/** Command and arguments of the process that holds the namespaces: killed, it takes all with it. */
export function initCommand(site: NodeSite): readonly [string, ...string[]] {
  const { dir, programs, cgroups } = site;
  const namespaces = ["--mount", "--propagation=private", "--pid", "--mount-proc"];
  const places = [
    dir,
    programs.runtimeDir,
    cgroups.procsFile,
    startFile(dir),
    logFile(dir, "kubelet"),
  ];
  const shell = ["sh", "-c", SCRIPT, "sh", ...places];
  return ["unshare", ...namespaces, "--fork", "--kill-child", ...shell, ...kubelet(site)];
}

function kubelet({ dir, address, programs }: NodeSite): string[] {
  return [
    programs.kubelet,
    `--config=${join(dir, "kubelet.yaml")}`,
    `--kubeconfig=${join(dir, "kubeconfig")}`,
    // A name that is an address is the node's InternalIP; as --node-ip no loopback address is taken.
    `--hostname-override=${address}`,
    `--root-dir=${join(dir, "kubelet")}`,
    `--cert-dir=${join(dir, "pki")}`,
    "--v=2",
  ];
}
