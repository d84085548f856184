/**
 * `scaletool gateway churn` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import {
  duration,
  flag,
  integer,
  readable,
  text,
  type Values,
} from "../../../core/command/flags.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { GATEWAY_FLAGS, LAID_ROUTES_FLAGS, MOST_ROUTES } from "../flags.ts";
import { CONNECTION_FLAG } from "../frame/connections.ts";
import { parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import { wordsOf } from "./words.ts";

/** Beside those of every probe. */
export const CHURN_FLAGS = {
  checkpoints: flag(integer({ min: 1, max: 10_000 }), {
    help: "how often the stable route has to answer on time",
    default: 8,
  }),
  "checkpoint-period": flag(duration({ minMs: 100 }), {
    help: "from one checkpoint to the next",
    default: 5_000,
  }),
  "answer-within": flag(duration({ minMs: 1 }), {
    help: "how long the stable route may take to answer at a checkpoint",
    default: 30_000,
  }),
  "cycle-period": flag(duration({ minMs: 10 }), {
    help: "from one new Service with endpoints and route, in place of those before, to the next",
    default: 1_000,
  }),
  "serve-within": flag(duration({ minMs: 1 }), {
    help: "how long each new route may take to be served",
    default: 90_000,
  }),
  "endpoint-churn-rate": flag(text("arrival"), {
    help: "changes of the endpoints of random simulated Services meanwhile",
    default: "4/s",
  }),
  connection: CONNECTION_FLAG,
  "restart-deployment": flag(readable("ns/name", (text) => parseGatewayRef(text, "a Deployment")), {
    help: "restart this Deployment in the middle, as kubectl rollout restart does",
  }),
  "restart-command": flag(readable("command", wordsOf), {
    help:
      "run this in the middle, to restart the controller: words and quotes, without a shell; sh -c '...' has one",
  }),
  "restart-timeout": flag(duration({ minMs: 1 }), {
    help: "how long the restart may take",
    default: 300_000,
  }),
  ...LAID_ROUTES_FLAGS,
  routes: flag(integer({ min: 1, max: MOST_ROUTES }), {
    help: "routes that are there all the time; with several Gateways in turn, for each of them",
    default: 200,
  }),
  ...GATEWAY_FLAGS,
};
export type ChurnFlags = typeof CHURN_FLAGS;
export type ChurnValues = Values<ChurnFlags>;

const DESCRIPTION =
  `Asks for one stable route all the time, while routes and endpoints around it come and go: endpoints of simulated
Services move, and each cycle makes a Service, its EndpointSlice and a route, waits until that is served, and removes
those of the cycle before. A route to a Service that is not there and one to a Service without endpoints stay throughout.
In the middle the controller is restarted, if it is said how. Every answer for the stable route counts, at the checkpoints
and between them; the longest time without a good one is the gap that users see.`;

export const churnCommand = defineLoadCommand({
  name: "churn",
  summary: "whether a route is served without a break while others come and go",
  description: DESCRIPTION,
  flags: CHURN_FLAGS,
  reasons: ["exited", "not-started"],
  examples: [
    {
      line: "gateway churn --gateways infra/gw --restart-deployment infra/gateway-controller",
      does: "40 s of churn among 200 routes, with a rollout of the controller after 20 s",
    },
    {
      line:
        "gateway churn --gateways infra/gw --backend shop/web:80 --restart-command 'systemctl restart traefik'",
      does: "the stable route leads to a Service, and a program restarts the controller",
    },
    {
      line:
        "gateway churn --gateways infra/gw --checkpoints 60 --cycle-period 200ms --endpoint-churn-rate poisson:20/s",
      does: "five minutes of hard churn, without a restart",
    },
  ],
  use: async (invocation) => (await import("./churn.ts")).useChurn(invocation),
});
