/**
 * `scaletool sandbox` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { defineCommand } from "../core/command/command.ts";
import { KIND_GROUPS } from "./faults/fault_spec.ts";
import type { NamedFault } from "./faults/fault_value.ts";
import { DEV_WORKSPACE_FAULTS } from "./devworkspace/faults/mod.ts";
import { FAULTS } from "./faults/mod.ts";
import { GATEWAY_FAULTS } from "./gateway/faults/mod.ts";
import { SANDBOX_FLAGS } from "./flags.ts";
import { MAAS_FAULTS } from "./maas/faults/mod.ts";
import { REQUEST_KINDS } from "./request_kind.ts";

/** Every fault with its value, and what may follow it. Lines that begin with blanks are not wrapped. */
export function faultsHelp(): string {
  const groups = Object.keys(KIND_GROUPS).join(", ");
  return `Faults (in capitals a value, and what it is unless given):
${faultLines(FAULTS)}

May follow, separated by commas:
  share=S     hit this share of the requests, drawn from the seed; 1
  on=KINDS    hit these, joined by +: ${REQUEST_KINDS.join(", ")};
              or ${groups}. Unless given: creates, updates and watches, as far as the fault
              concerns them, so that a load fails and not its set-up or its clean-up
  after=D     begin so long after the first such request; 0s
  for=D       end so long after that; never

Faults of the Gateway API implementation that the gateway probes have in their sandbox, too:
${faultLines(GATEWAY_FAULTS)}

May follow, separated by commas:
  share=S     of those that are about routes: hit this share of them, drawn from the seed
  after=D     begin so long after the first route; 0s
  for=D       end so long after that; never

Faults of the Models-as-a-Service installation that the maas probes have in their sandbox, too:
${faultLines(MAAS_FAULTS)}

May follow, separated by commas:
  after=D     begin so long after the first request with a credential that was seen before, or the
              first change of a policy; 0s
  for=D       end so long after that; never

Faults of the DevWorkspace Operator that backup run and backup suite have in their sandbox, too:
${faultLines(DEV_WORKSPACE_FAULTS)}

May follow, separated by commas:
  after=D     begin so long after the first tick or backup pod, whichever the fault is about; 0s
  for=D       end so long after that; never`;
}

function faultLines(faults: readonly NamedFault[]): string {
  const terms = faults.map(termOf);
  const width = Math.max(...terms.map((term) => term.length));
  return faults.map(({ does }, index) => `  ${terms[index]!.padEnd(width)}  ${does}`).join("\n");
}

function termOf({ name, value, needsValue }: NamedFault): string {
  if (value === undefined) return name;
  const [is = "", defaultText] = value.is.split(", ");
  const term = is.toUpperCase().replaceAll(" ", "-");
  return needsValue || defaultText === undefined
    ? `${name}=${term}`
    : `${name}[=${term}] (${defaultText})`;
}

// With lines that begin with blanks in it, nothing of it is wrapped.
const DESCRIPTION =
  `A stand-in for the Kubernetes API on this machine: the part of it that the commands need, on a real
TLS socket, for trying them with no cluster and for testing what they say when a server misbehaves.
It keeps everything in memory, runs no controllers but those of namespaces, and grants everything to
whoever has its kubeconfig. Every Kubernetes command starts one of its own with --sandbox.

${faultsHelp()}`;

export const sandboxCommand = defineCommand({
  name: "sandbox",
  summary: "a stand-in for the Kubernetes API, to try everything with no cluster",
  description: DESCRIPTION,
  flags: SANDBOX_FLAGS,
  examples: [
    {
      line: "sandbox --write-kubeconfig sandbox.kubeconfig",
      does: "serve until Ctrl-C; then, elsewhere: KUBECONFIG=sandbox.kubeconfig kubectl get ns",
    },
    {
      line: "sandbox --port 6443 -n scaletest --sandbox-traffic 20",
      does: "on a fixed port, with a namespace and objects that come and go",
    },
    {
      line: "sandbox --sandbox-fault latency=200ms,share=0.1 --sandbox-fault gone=30s",
      does: "one request in ten is slow, and no watch lasts longer than 30 s",
    },
  ],
  run: async (invocation) => (await import("./run_sandbox.ts")).runSandbox(invocation),
});
