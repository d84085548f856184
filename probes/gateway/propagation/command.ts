/**
 * `scaletool gateway propagation` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { duration, flag, integer, text, type Values } from "../../../core/command/flags.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { CONNECTION_FLAG } from "../frame/connections.ts";
import { GATEWAY_FLAGS, MOST_ROUTES } from "../flags.ts";

/** Beside those of every probe. */
export const PROPAGATION_FLAGS = {
  routes: flag(integer({ min: 1, max: MOST_ROUTES }), {
    help: "routes that are created and waited for; with --under-load as many again under load",
    default: 100,
  }),
  "initial-routes": flag(integer({ min: 0, max: MOST_ROUTES }), {
    help: "routes that are there before, and of which nothing is judged",
    default: 0,
  }),
  rate: flag(text("arrival"), {
    help:
      "when routes are created, whatever becomes of those before: 2/s, poisson:2/s, uniform:2/s, burst:20@10s",
    default: "poisson:2/s",
  }),
  "under-load": flag(text("arrival"), {
    help: "then all of it again while other routes are changed at this rate, e.g. 5/s",
  }),
  connection: CONNECTION_FLAG,
  limit: flag(duration({ minMs: 1 }), {
    help: "a route that takes longer to be served is late, and fails the run",
    default: 5_000,
  }),
  timeout: flag(duration({ minMs: 1 }), {
    help: "how long a route may take to be served; one that takes longer has failed",
    default: 60_000,
  }),
  ...GATEWAY_FLAGS,
};
export type PropagationFlags = typeof PROPAGATION_FLAGS;
export type PropagationValues = Values<PropagationFlags>;

const DESCRIPTION =
  `Creates routes at due times of an open arrival process and asks the data plane for each until it is served: once
(propagate) and --consecutive times in a row (propagateStable). Response times count from when a route was due, service
times from the API's answer. Routes are waited for side by side, so that a slow Gateway paces neither the others nor the
arrivals. Answers that are neither the route's nor "not yet" are errors, and a stable route that fails again is a
regression. A path that is served before its route is created says nothing, and is counted.`;

export const propagationCommand = defineLoadCommand({
  name: "propagation",
  summary: "how long a new route takes until the data plane serves it",
  description: DESCRIPTION,
  flags: PROPAGATION_FLAGS,
  examples: [
    {
      line: "gateway propagation --gateways infra/gw",
      does: "100 routes, two a second at random times, over fresh and kept connections",
    },
    {
      line: "gateway propagation --gateways infra/gw --initial-routes 1000 --under-load 5/s",
      does: "on top of 1,000 routes, alone and then while five others change a second",
    },
    {
      line: "gateway propagation --gateways a/gw,b/gw --joined --backend shop/web:80 --rate 5/s",
      does: "each route for two Gateways at once, to a Service that answers 200",
    },
  ],
  use: async (invocation) => (await import("./propagation.ts")).usePropagation(invocation),
});
