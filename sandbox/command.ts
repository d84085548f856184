/**
 * `scaletool sandbox` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { defineCommand } from "../core/command/command.ts";
import { faultsHelp } from "./faults/help.ts";
import { SANDBOX_FLAGS } from "./flags.ts";

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
