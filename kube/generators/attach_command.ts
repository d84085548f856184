/** `report --attach`, as the command line knows it. What it does is loaded when it is used. @module */

import { aroundCommand, type Command, type Invocation } from "../../core/command/command.ts";
import { flag, text, type Values } from "../../core/command/flags.ts";
import { RUN_FLAGS } from "../../core/command/run_flags.ts";
import { isGiven } from "../../core/command/settings.ts";
import { UsageError } from "../../core/errors.ts";
import { CLUSTER_FLAGS } from "../cluster_flags.ts";
import { POD_FLAGS } from "./flags.ts";

const { conns: _, http1: _1, "request-timeout": _2, ...WAY_TO_CLUSTER } = CLUSTER_FLAGS;

export const ATTACH_FLAGS = {
  attach: flag(text("run"), {
    help:
      "first collect from its pods what a run --in-cluster lacks, whose coordinator is gone: its run directory, " +
      "or its id; waits for the end of a load that goes on",
  }),
  out: { ...RUN_FLAGS.out, help: "with --attach ID: run directory; default: scaletool-runs/ID" },
  "pods-namespace": flag(POD_FLAGS["pods-namespace"].kind, {
    help:
      "with --attach: where the pods are; default: the run directory tells, else all are looked through",
  }),
  ...WAY_TO_CLUSTER,
};
export type AttachValues = Values<typeof ATTACH_FLAGS>;

/** @param report the command that shows a run directory */
export function withAttach(report: Command): Command {
  return {
    ...aroundCommand(report, {
      flags: ATTACH_FLAGS,
      examples: [
        ...report.examples,
        {
          line: "report --attach 20261121-103151-4821",
          does: "what is left of a run in pods whose coordinator was killed",
        },
      ],
      async run(invocation) {
        if (invocation.values.attach === undefined) {
          refuseIdle(invocation, report);
          return await report.run(invocation);
        }
        const [path] = invocation.positionals;
        if (path !== undefined) {
          throw new UsageError(`report: --attach names the run; leave out "${path}"`);
        }
        const { attach } = await import("./attach.ts");
        return await report.run({ ...invocation, positionals: [await attach(invocation)] });
      },
    }),
    onlyPrints: ({ attach }) => attach === undefined,
  };
}

/** @throws {UsageError} for a flag that changes nothing */
function refuseIdle({ shown }: Invocation, report: Command): void {
  const own = Object.keys(ATTACH_FLAGS).filter((name) => !(name in report.flags));
  const idle = own.find((name) => isGiven(shown, name));
  if (idle !== undefined) throw new UsageError(`--${idle} needs --attach`);
}
