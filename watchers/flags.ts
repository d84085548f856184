/** The flags of the watchers: those of the originals with their names, and ours. @module */

import {
  choice,
  duration,
  flag,
  integer,
  listOf,
  text,
  toggle,
  type Values,
} from "../core/command/flags.ts";
import { LADDER_FLAGS } from "../core/command/ladder_flags.ts";
import { OVERWRITE_FLAG, RUN_FLAGS } from "../core/command/run_flags.ts";
import { CLUSTER_FLAGS } from "../kube/cluster_flags.ts";

/** What stands for the run's id in a file name. */
export const RUN_ID_PLACE = "{{.RunID}}";

/** Of every watcher. */
const WATCHER_FLAGS = {
  // Empty, as the originals have it: all.
  namespace: flag(listOf(text("name")), {
    help: "watch this namespace only; repeatable; default: all",
    short: "n",
    default: [],
  }),
  selector: flag(text("labels"), {
    help: "watch only objects with these labels, e.g. purpose=scaletest",
    short: "l",
  }),
  useProtobuf: flag(toggle, {
    help: "accepted for old scripts; JSON is read all the same",
    default: false,
  }),
  v: flag(integer({ min: 0, max: 10 }), {
    help: "verbosity as klog's: from 4 on each event is logged on stderr",
    default: 0,
  }),
  ...CLUSTER_FLAGS,
  ...RUN_FLAGS,
};
export type WatcherFlags = typeof WATCHER_FLAGS;
export type WatcherValues = Values<WatcherFlags>;

/** Of those that keep a work queue. */
const LOGGER_FLAGS = {
  "data-filename": flag(text("file"), {
    help: `CSV with a row for each turn of an object; empty: none`,
    aliases: ["data-filname"],
    default: `${RUN_ID_PLACE}-log.csv`,
    writesFile: true,
  }),
  overwrite: OVERWRITE_FLAG,
  "csv-dialect": flag(choice(["rfc4180", "go"]), {
    help: "of the CSV: with a header, or byte for byte as the original wrote it",
    default: "rfc4180",
  }),
  threads: flag(integer({ min: 1, max: 1_000 }), {
    help: "workers of the queue; more than one changes nothing here, where turns never wait",
    default: 1,
  }),
  "compat-metrics": flag(toggle, {
    help: "metrics under the original's names, without _total",
    default: false,
  }),
  ...WATCHER_FLAGS,
};
type LoggerFlags = typeof LOGGER_FLAGS;
export type LoggerValues = Values<LoggerFlags>;

export const CM_LOGGER_FLAGS = {
  "no-compare": flag(toggle, {
    help: "do not tell duplicates from changes",
    default: false,
  }),
  ...LOGGER_FLAGS,
  "metrics-addr": { ...RUN_FLAGS["metrics-addr"], defaultValue: "127.0.0.1:9101" },
};
export type CmLoggerValues = Values<typeof CM_LOGGER_FLAGS>;

export const FLUNDER_LOGGER_FLAGS = {
  "override-server": flag(text("host:port"), {
    help: "watch this server instead of the configured one, with the same credentials: a host, " +
      "host:port or URL, e.g. api.wardle.svc:443",
  }),
  insecure: flag(toggle, {
    help: "do not verify the server's certificate, and ignore the cluster's CA",
    default: false,
  }),
  ...LOGGER_FLAGS,
};
export type FlunderLoggerValues = Values<typeof FLUNDER_LOGGER_FLAGS>;

/** Of flunder-watch. */
export const MOST_WATCHES = 10_000;

export const FLUNDER_WATCH_FLAGS = {
  watches: flag(integer({ min: 1, max: MOST_WATCHES }), {
    help:
      "independent watchers of each namespace (or of all together); watcher i uses connection " +
      "i mod conns",
    default: 1,
  }),
  stagger: flag(duration(), {
    help: "time from the start of one watcher to the start of the next",
    default: 20,
  }),
  bookmarks: flag(toggle, { help: "ask for bookmarks", default: false }),
  ...LADDER_FLAGS,
  // The lists with which a watcher begins are part of its load.
  settle: { ...LADDER_FLAGS.settle, defaultValue: 0 },
  ...WATCHER_FLAGS,
};
export type FlunderWatchValues = Values<typeof FLUNDER_WATCH_FLAGS>;
