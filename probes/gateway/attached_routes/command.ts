/**
 * `scaletool gateway attached-routes` as the command line knows it. What it does is loaded when it is
 * used.
 * @module
 */

import { flag, integer } from "../../../core/command/flags.ts";
import type { Values } from "../../../core/command/flags.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { GATEWAY_FLAGS, ROUTE_SCALE_FLAGS } from "../flags.ts";

/** Beside those of every probe. */
export const ATTACHED_ROUTES_FLAGS = {
  repeat: flag(integer({ min: 1, max: 10_000 }), {
    help: "how often one more route is added and removed",
    default: 10,
  }),
  ...ROUTE_SCALE_FLAGS,
  ...GATEWAY_FLAGS,
  // One wait at a time: it may be told to the nearest 5 ms, answers included.
  interval: { ...GATEWAY_FLAGS.interval, defaultValue: 2 },
};
export type AttachedRoutesFlags = typeof ATTACHED_ROUTES_FLAGS;
export type AttachedRoutesValues = Values<AttachedRoutesFlags>;

const DESCRIPTION =
  `Attaches routes to a Gateway in batches and waits until its listener counts exactly so many and goes on doing so;
then adds and removes one more route, again and again; then removes all. Counts come from a watch. Three numbers stand
side by side, because real controllers count routes that they refuse, and accept routes that they do not serve:
attached (the listener's count), accepted (routes whose status says so at their generation) and served (by the data plane).
Status writes are counted by what they changed and by whose they are. A wait that runs out fails.`;

export const attachedRoutesCommand = defineLoadCommand({
  name: "attached-routes",
  summary: "how fast and how exactly routes are counted, accepted and served",
  description: DESCRIPTION,
  flags: ATTACHED_ROUTES_FLAGS,
  examples: [
    {
      line: "gateway attached-routes --gateways infra/gw",
      does: "1,000 routes in front of a simulated cluster, then ten times one more",
    },
    {
      line: "gateway attached-routes --gateways a/gw,b/gw --profile production --joined",
      does: "5,000 routes, each for two Gateways at once",
    },
    {
      line: "gateway attached-routes --gateways infra/gw --routes 300 --simulate none --repeat 30",
      does: "routes that need no backend, and more samples",
    },
  ],
  use: async (invocation) => (await import("./attached_routes.ts")).useAttachedRoutes(invocation),
});
