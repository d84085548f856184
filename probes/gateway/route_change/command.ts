/**
 * `scaletool gateway route-change` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { choice, duration, flag, integer, type Values } from "../../../core/command/flags.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { CONNECTION_FLAG } from "../frame/connections.ts";
import { GATEWAY_FLAGS } from "../flags.ts";

const HIGHEST_PORT = 65_535;

/** Beside those of every probe. */
export const ROUTE_CHANGE_FLAGS = {
  change: flag(choice(["filter", "port", "redirect"]), {
    help:
      "what changes: a header of the answer, the Service's port too, or where the route redirects; default: filter, without --backend redirect",
  }),
  changes: flag(integer({ min: 1, max: 100_000 }), {
    help: "how often the route is changed",
    default: 20,
  }),
  period: flag(duration({ minMs: 1 }), {
    help: "from one change to the next, whatever became of it",
    default: 200,
  }),
  "alternate-port": flag(integer({ min: 1, max: HIGHEST_PORT }), {
    help: "of --change port: the other port of the Service of --backend",
  }),
  connection: CONNECTION_FLAG,
  limit: flag(duration({ minMs: 1 }), {
    help: "a change that takes longer to be served is late, and fails the run",
    default: 5_000,
  }),
  timeout: flag(duration({ minMs: 1 }), {
    help: "how long a change may take to be served; one that takes longer has failed",
    default: 60_000,
  }),
  ...GATEWAY_FLAGS,
};
export type RouteChangeFlags = typeof ROUTE_CHANGE_FLAGS;
export type RouteChangeValues = Values<RouteChangeFlags>;

const DESCRIPTION =
  `Changes one route again and again, each time to a value that was never there, while a client for each kind of
connection asks for it back to back. Every answer has to be that of the route as it is, or as it was before: anything
else is a failure, told with its time since the change and with whether its body was empty. The longest time between two
good answers is the gap that users see. An old value after a newer one was seen (a data plane that goes back) is counted
apart. Nothing keeps the ports of the Service in use beside this route: its clusters come and go as those of a user.`;

export const routeChangeCommand = defineLoadCommand({
  name: "route-change",
  summary: "whether a route can be changed without a single failed request",
  description: DESCRIPTION,
  flags: ROUTE_CHANGE_FLAGS,
  examples: [
    {
      line: "gateway route-change --gateways infra/gw --backend shop/web:80",
      does: "20 changes of a header, five a second",
    },
    {
      line:
        "gateway route-change --gateways infra/gw --backend shop/web:80 --change port --alternate-port 8080",
      does: "the route goes to the one and the other port of a Service by turns",
    },
    {
      line:
        "gateway route-change --gateways infra/gw --changes 200 --period 50ms --connection kept",
      does: "a redirect that changes 20 times a second, without a backend",
    },
  ],
  use: async (invocation) => (await import("./route_change.ts")).useRouteChange(invocation),
});
