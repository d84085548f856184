/**
 * `scaletool gateway route-load` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { duration, flag, integer, text, type Values } from "../../../core/command/flags.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { GATEWAY_FLAGS, MOST_ROUTES, ROUTE_SCALE_FLAGS } from "../flags.ts";
import { COMPONENT_FLAGS } from "./component_flags.ts";

/** Beside those of every probe. */
export const ROUTE_LOAD_FLAGS = {
  idle: flag(duration({ minMs: 1_000 }), {
    help: "how long nothing is done at first: what is used then is no cost of a change",
    default: 10_000,
  }),
  changes: flag(integer({ min: 1, max: MOST_ROUTES }), {
    help: "routes that are changed at once; default: all",
  }),
  "churn-rate": flag(text("arrival"), {
    help: "changes of random routes that go on for --duration, e.g. normal:1/s, poisson:5/s",
    default: "normal:1/s",
  }),
  "endpoint-churn-rate": flag(text("arrival"), {
    help: "changes of the endpoints of random simulated Services meanwhile",
    default: "normal:0.5/s",
  }),
  sample: flag(integer({ min: 1, max: 10_000 }), {
    help: "routes, evenly among all, that the data plane has to serve as they are after each stage",
    default: 50,
  }),
  ...COMPONENT_FLAGS,
  ...ROUTE_SCALE_FLAGS,
  ...GATEWAY_FLAGS,
  duration: flag(duration({ minMs: 1 }), {
    help: "how long the changes of --churn-rate go on, for each Gateway",
    default: 60_000,
  }),
};
export type RouteLoadFlags = typeof ROUTE_LOAD_FLAGS;
export type RouteLoadValues = Values<RouteLoadFlags>;

const DESCRIPTION =
  `Measures a Gateway with many routes at rest, while they are added, while all of them are changed at once, while changes
go on and on, and while they are removed. Every change is to a value that was never there before, and it counts as done when
each route's status is about it. A sample of the routes has to be served by the data plane as they are after each stage: an
implementation that serves a tenth of them is cheap. Where the controller and the data plane tell what they use, the cost of
a change is CPU time and allocated bytes beyond what they use at rest, from totals and never from means.`;

export const routeLoadCommand = defineLoadCommand({
  name: "route-load",
  summary: "what many routes and their changes cost, and whether they are still served",
  description: DESCRIPTION,
  flags: ROUTE_LOAD_FLAGS,
  examples: [
    {
      line:
        "gateway route-load --gateways infra/gw --controller-metrics http://127.0.0.1:8000/metrics",
      does: "1,000 routes, and CPU time and bytes of the controller for each change",
    },
    {
      line:
        "gateway route-load --gateways infra/gw --profile production --churn-rate normal:10/s --duration 5m",
      does: "5,000 routes, of which ten a second change for five minutes",
    },
    {
      line:
        "gateway route-load --gateways infra/gw --data-plane-pods infra/gateway.networking.k8s.io/gateway-name=gw",
      does: "CPU and memory of the data plane's pods as metrics.k8s.io tells them",
    },
  ],
  use: async (invocation) => (await import("./route_load.ts")).useRouteLoad(invocation),
});
