/**
 * `scaletool gateway traffic` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { bytes, duration, flag, integer, text, type Values } from "../../../core/command/flags.ts";
import { LADDER_FLAGS } from "../../../core/command/ladder_flags.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { GATEWAY_FLAGS } from "../flags.ts";

/** Each is a socket, and its buffers at both ends. */
export const MOST_CONNECTIONS = 10_000;
const MOST_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** Beside those of every probe. */
export const TRAFFIC_FLAGS = {
  rate: flag(text("arrival"), {
    help:
      "requests to each Gateway, at times that do not wait for answers, e.g. 100/s, poisson:100/s, " +
      "ramp:10/s..1000/s@30s, replay:FILE",
    readsFileAfter: "replay:",
    default: "100/s",
  }),
  connections: flag(integer({ min: 1, max: MOST_CONNECTIONS }), {
    help: "kept connections to each Gateway, with one request at a time on each; what is due waits",
    default: 16,
  }),
  payload: flag(bytes({ max: MOST_PAYLOAD_BYTES }), {
    help: "size of a body that each request carries, as a POST; 0: a GET without one",
    default: 0,
  }),
  ...LADDER_FLAGS,
  ...GATEWAY_FLAGS,
  duration: flag(duration({ minMs: 1 }), {
    help: "how long requests go to each Gateway",
    default: 30_000,
  }),
};
export type TrafficFlags = typeof TRAFFIC_FLAGS;
export type TrafficValues = Values<TrafficFlags>;

const DESCRIPTION =
  `Makes one route, waits until it is served, and sends requests through the Gateway at times that do not wait for answers.
Two times are told of each: the service time is from when it was sent, the response time from when it was due, so that a
data plane that is too slow for the rate cannot hide it by being asked less. An answer other than the route's is a failure.
Without --backend the route redirects: figures are of the data plane alone, and of no Service behind it.`;

export const trafficCommand = defineLoadCommand({
  name: "traffic",
  summary: "how fast requests pass through a Gateway at a given rate, and up to which rate",
  description: DESCRIPTION,
  flags: TRAFFIC_FLAGS,
  examples: [
    {
      line: "gateway traffic --gateways infra/gw --rate 500/s --connections 32",
      does: "30 s of redirects, answered by the data plane itself",
    },
    {
      line: "gateway traffic --gateways infra/gw --backend shop/web:80 --payload 1KiB",
      does: "through the Gateway to a Service, each request with a body",
    },
    {
      line:
        "gateway traffic --gateways infra/gw --find-max --threshold 'request.response.p99 < 50ms'",
      does: "the highest rate at which 99 of 100 answers are there within 50 ms",
    },
  ],
  use: async (invocation) => (await import("./traffic.ts")).useTraffic(invocation),
});
