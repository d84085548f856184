/**
 * `scaletool cmdriverclosed` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { defineLoadCommand } from "../kube/load_command.ts";
import { CLOSED_FLAGS } from "./flags.ts";

const DESCRIPTION =
  `Creates, updates and deletes ConfigMaps with a fixed number of workers, each with one write at a time (closed loop).
The order of writes is a fixed plan that keeps about --maxpop objects alive; write k of worker t is due at (k * threads + t + 1) / rate seconds.
A slow server holds the workers up: response time counts from when a write was due, and so shows it; service time does not.`;

export const cmdriverclosedCommand = defineLoadCommand({
  name: "cmdriverclosed",
  summary:
    "ConfigMaps through create, update and delete by a fixed number of workers (closed loop)",
  description: DESCRIPTION,
  flags: CLOSED_FLAGS,
  examples: [
    { line: "cmdriverclosed --n 300 --rate 100", does: "900 writes in 9 s by one worker" },
    {
      line: "cmdriverclosed --n 10000 --threads 16 --conns 4 --rate 0 --updates 0",
      does: "create and delete as fast as it goes",
    },
    {
      line: "cmdriverclosed --n 5000 --create-only --threads 8",
      does: "fill a namespace; the objects stay",
    },
  ],
  use: async (invocation) => (await import("./closed_driver.ts")).useCmdriverclosed(invocation),
});
