/** The flags of the drivers: those of the originals with their names, and ours. @module */

import {
  bytes,
  choice,
  duration,
  flag,
  integer,
  listOf,
  number,
  text,
  toggle,
  type Values,
} from "../core/command/flags.ts";
import { LADDER_FLAGS } from "../core/command/ladder_flags.ts";
import {
  CLEANUP_FLAGS,
  DRY_RUN_FLAG,
  OVERWRITE_FLAG,
  RUN_FLAGS,
} from "../core/command/run_flags.ts";
import { CLUSTER_FLAGS } from "../kube/cluster_flags.ts";
import { namespaceName } from "../kube/namespace_flag.ts";

/** What upstream's drivers wrote to unless told otherwise. */
export const DEFAULT_DATA_FILE = "{{.RunID}}-driver.csv";

/** The most objects of one run. */
export const MOST_OBJECTS = 10_000_000;

/** Of every driver. */
const DRIVER_FLAGS = {
  n: flag(integer({ min: 1, max: MOST_OBJECTS }), {
    help: "objects to create; with --duration and without --n: as many as come",
    default: 300,
  }),
  maxpop: flag(integer({ min: 1, max: 10_000_000 }), {
    help: "target population",
    default: 100,
  }),
  namespace: flag(listOf(namespaceName()), {
    help: "namespace of the objects; repeatable: they take turns",
    default: ["scaletest"],
  }),
  "create-namespace": flag(toggle, {
    help: "make missing namespaces, and remove those again",
    default: true,
  }),
  datafile: flag(text("file"), {
    help: "CSV with a row for each write",
    default: DEFAULT_DATA_FILE,
    writesFile: true,
  }),
  overwrite: OVERWRITE_FLAG,
  "csv-dialect": flag(choice(["rfc4180", "go"]), {
    help: "of the CSV: with a header, or byte for byte as the original wrote it",
    default: "rfc4180",
  }),
  "on-429": flag(choice(["record", "retry", "abort"]), {
    help:
      "a write that is answered 429 is a failure, is sent again when the server allows, or ends the run",
    default: "record",
  }),
  keep: flag(choice(["never", "on-failure", "always"]), {
    help: "leave objects and namespaces behind",
    default: "never",
  }),
  "dry-run": DRY_RUN_FLAG,
  ...LADDER_FLAGS,
  ...CLUSTER_FLAGS,
  ...CLEANUP_FLAGS,
  ...RUN_FLAGS,
};
export type DriverFlags = typeof DRIVER_FLAGS;
export type DriverValues = Values<DriverFlags>;

/** Of the drivers whose objects arrive whatever the server does. */
export const OPEN_FLAGS = {
  lambda: flag(number({ above: 0 }), {
    help: "mean arrivals per second of a Poisson process",
    default: 1,
  }),
  rate: flag(text("arrival"), {
    help:
      "another arrival process than --lambda, e.g. 50/s, poisson:50/s, ramp:1/s..50/s@30s, step:10/s@10s,50/s@10s, " +
      "replay:FILE (a line for each arrival: ms from the start)",
    readsFileAfter: "replay:",
  }),
  ttl: flag(duration(), {
    help: "life of each object from the end of its create; default: maxpop / rate",
  }),
  "max-in-flight": flag(integer({ min: 1 }), {
    help: "most writes outstanding; default: no bound",
  }),
  "when-full": flag(choice(["drop", "queue"]), {
    help: "with --max-in-flight: a create beyond that is",
    default: "queue",
  }),
  "catch-up": flag(choice(["burst", "skip", "none"]), {
    help: "when the driver is late: start all that is due, drop it, or keep the spacing",
    default: "burst",
  }),
  clientlb: flag(toggle, {
    help: "each write to a random endpoint of the API servers",
    default: false,
  }),
  "with-logger": flag(toggle, {
    help: "watch the objects too, and report write and notification times together",
    default: false,
  }),
  ...DRIVER_FLAGS,
};
export type OpenFlags = typeof OPEN_FLAGS;
export type OpenValues = Values<OpenFlags>;

export const CMDRIVER_FLAGS = {
  datalen: flag(bytes({ min: 0, max: 1_000_000 }), {
    help: "bytes of the one data value",
    default: 2000,
  }),
  kind: flag(text("file"), {
    help:
      "objects of any kind instead of ConfigMaps: a YAML manifest with {{.Name}}, {{.Namespace}}, " +
      "{{.Index}}, {{.RunID}}, {{.Timestamp}} in it",
    readsFileAfter: "",
  }),
  metricport: flag(integer({ min: 1, max: 65_535 }), {
    help: "serve /metrics on this port of all interfaces, as the original did on 9376",
  }),
  waitBeforeTerminate: flag(duration(), {
    help: "with metrics: stay up so long after the end, to be scraped",
    default: 15_000,
  }),
  ...OPEN_FLAGS,
};
export type CmdriverFlags = typeof CMDRIVER_FLAGS;
export type CmdriverValues = Values<CmdriverFlags>;

/** Workers of cmdriverclosed. */
export const MOST_WORKERS = 100_000;

export const CLOSED_FLAGS = {
  ...DRIVER_FLAGS,
  conns: flag(integer({ min: 0, max: 10_000 }), {
    help:
      "connections: 0: one to each endpoint of the API servers; 1: to the configured server; k: over the endpoints in turn",
    default: 0,
  }),
  threads: flag(integer({ min: 1, max: MOST_WORKERS }), {
    help: "workers, each with one write at a time; worker t uses connection t mod conns",
    default: 1,
  }),
  rate: flag(number({ min: 0 }), {
    help: "writes per second of all workers together; 0: as fast as it goes",
    default: 100,
  }),
  updates: flag(integer({ min: 0, max: 1_000_000 }), {
    help: "patches in each object's life",
    default: 1,
  }),
  "name-pad-length": flag(integer({ min: 0, max: 10_000 }), {
    help: "further zeros in each name",
    default: 0,
  }),
  "hack-create": flag(toggle, {
    help: "?r=RUN-ID&i=INDEX on each create, so that server logs can be joined",
    default: false,
  }),
  "create-value-length": flag(bytes({ min: 0, max: 1_000_000 }), {
    help: "bytes of data.foo",
    default: 100,
  }),
  "update-value-length": flag(bytes({ min: 10, max: 1_000_000 }), {
    help: "bytes of data.baz, which updates set",
    default: 100,
  }),
  "create-only": flag(toggle, {
    help: "no deletions: the objects stay after a run that ends by itself",
    default: false,
  }),
};
export type ClosedFlags = typeof CLOSED_FLAGS;
export type ClosedValues = Values<ClosedFlags>;
