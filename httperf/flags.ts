/** The flags of httperf: those of the original with their names, and ours. @module */

import {
  bytes,
  choice,
  duration,
  flag,
  integer,
  listOf,
  text,
  toggle,
  url,
  type Values,
} from "../core/command/flags.ts";
import { LADDER_FLAGS } from "../core/command/ladder_flags.ts";
import { OVERWRITE_FLAG, RUN_FLAGS } from "../core/command/run_flags.ts";

export const DEFAULT_PING_PERIOD_MS = 1_000;
/** The shortest that may be asked for, but for 0: no PINGs. */
export const LEAST_PING_PERIOD_MS = 100;

export const HTTPERF_FLAGS = {
  listen: flag(text("host:port"), {
    help:
      "serve there (a port alone: all interfaces); without --listen and --base-url: both ends here",
  }),
  "base-url": flag(url({ example: "https://host:8080" }), {
    help: "be a client of the server there, e.g. https://host:8080",
  }),
  connections: flag(integer({ min: 1, max: 10_000 }), { help: "TLS connections", default: 1 }),
  threads: flag(integer({ min: 1, max: 100_000 }), {
    help: "request loops; loop i uses connection i mod connections",
    default: 1,
  }),
  "block-size": flag(bytes({ min: 1, max: 2 ** 40 }), { help: "bytes of a block", default: 500 }),
  period: flag(duration({ maxMs: 86_400_000 }), {
    help:
      "time from block to block, e.g. 10ms, 250us; a bare number is seconds; 0: as fast as it goes",
    default: 10,
  }),
  "blocks-per-request": flag(integer({ min: 1, max: 2 ** 40 }), {
    help: "N: each request asks for N + uniform(0..N-1) blocks",
    default: 2001,
  }),
  "log-period": flag(duration({ minMs: 100 }), {
    help: "time between lines on received and sent bytes",
    default: 60_000,
  }),
  rate: flag(text("arrival"), {
    help:
      "open model: start requests at this rate whatever the answers do, e.g. 50/s, poisson:50/s, ramp:1/s..50/s@30s, " +
      "replay:FILE (a line for each arrival: ms from the start)",
    readsFileAfter: "replay:",
  }),
  "max-in-flight": flag(integer({ min: 1 }), {
    help: "with --rate: most requests outstanding",
    default: 1000,
  }),
  "when-full": flag(choice(["drop", "queue"]), {
    help: "with --rate: a request beyond that is",
    default: "queue",
  }),
  "catch-up": flag(choice(["burst", "skip", "none"]), {
    help:
      "with --rate, when the generator is late: start all that is due, drop it, or keep the spacing",
    default: "burst",
  }),
  requests: flag(integer({ min: 1 }), { help: "stop after so many requests" }),
  bytes: flag(bytes({ min: 1 }), { help: "stop when so many bytes were received" }),
  timeout: flag(duration({ minMs: 100 }), {
    help: "a request in which nothing arrives for so long beyond its period is given up as stalled",
    default: 30_000,
  }),
  "connect-timeout": flag(duration({ minMs: 10 }), {
    help: "longest time to open a connection",
    default: 10_000,
  }),
  "ping-period": flag(duration({ maxMs: 86_400_000 }), {
    help:
      "HTTP/2: time between the PINGs that the client sends on a connection; 0: none, for servers that " +
      "answer them with GOAWAY ENHANCE_YOUR_CALM",
    default: DEFAULT_PING_PERIOD_MS,
  }),
  ca: flag(text("file"), {
    help: "trust this CA certificate (PEM) and the system's",
    readsFileAfter: "",
  }),
  cert: flag(text("file"), {
    help: "certificate (PEM): the server's; without --listen the client's",
    readsFileAfter: "",
  }),
  key: flag(text("file"), { help: "private key (PEM) of --cert", readsFileAfter: "" }),
  insecure: flag(toggle, { help: "do not verify the server's certificate", default: false }),
  http1: flag(toggle, { help: "HTTP/1.1 instead of HTTP/2", default: false }),
  keylog: flag({ ...text("file"), isSwitch: true }, {
    help: "write TLS keys (NSS format) there; alone: <port>.keys in the temporary directory",
    writesFile: true,
  }),
  san: flag(listOf(text("name")), {
    help: "server: further host name or address of the certificate; repeatable",
    default: [],
  }),
  "write-ca": flag(text("file"), {
    help: "server: write the CA certificate for clients there",
    writesFile: true,
  }),
  overwrite: OVERWRITE_FLAG,
  "max-block-size": flag(bytes({ min: 1 }), {
    help: "server: refuse larger blocks",
    default: 1024 ** 3,
  }),
  "max-streams": flag(integer({ min: 1 }), {
    help: "server: answer 503 beyond so many open responses",
    default: 10_000,
  }),
  flush: flag(choice(["block", "coalesce"]), {
    help: "server: send each block at once, or gather 4 KiB as the original did",
    default: "block",
  }),
  workers: flag(integer({ min: 1, max: 64 }), { help: "threads for each role", default: 1 }),
  ...LADDER_FLAGS,
  ...RUN_FLAGS,
};

export type HttperfFlags = typeof HTTPERF_FLAGS;
export type HttperfValues = Values<HttperfFlags>;
