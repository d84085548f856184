/** `--in-cluster`: generators as pods of a cluster. What it does is loaded when it is used. @module */

import type { Command, Invocation } from "../../core/command/command.ts";
import type { Flags } from "../../core/command/flags.ts";
import { DRY_RUN_FLAG } from "../../core/command/run_flags.ts";
import type { GeneratorsPlace } from "../../core/command/with_generators.ts";
import { CLUSTER_FLAGS } from "../cluster_flags.ts";
import { POD_FLAGS } from "./flags.ts";

function placeWith(flags: Flags): GeneratorsPlace {
  return {
    flags,
    isAskedFor: ({ values }: Invocation) => values["in-cluster"] === true,
    async host(invocation: Invocation, inner: Command) {
      return await (await import("./in_cluster.ts")).hostInCluster(invocation, inner);
    },
    async shown(invocation: Invocation, inner: Command) {
      return await (await import("./in_cluster.ts")).shownInCluster(invocation, inner);
    },
  };
}

const POD_DRY_RUN_FLAG = {
  ...DRY_RUN_FLAG,
  help: "with --in-cluster: print what would be made, and make nothing",
};

/** For a command that goes to a cluster: the pods are there, too. Whoever only watches makes these. */
export function inCluster({ flags }: Pick<Command, "flags">): GeneratorsPlace {
  return placeWith("dry-run" in flags ? POD_FLAGS : { ...POD_FLAGS, "dry-run": POD_DRY_RUN_FLAG });
}

const { conns: _, http1: _1, "request-timeout": _2, ...WAY_TO_CLUSTER } = CLUSTER_FLAGS;

/** For commands that know of no cluster: the flags that name one name the pods' own. */
export const IN_SOME_CLUSTER: GeneratorsPlace = placeWith({
  ...POD_FLAGS,
  ...WAY_TO_CLUSTER,
  "dry-run": POD_DRY_RUN_FLAG,
});
