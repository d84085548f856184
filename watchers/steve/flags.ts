/** The flags of steve-watch, with the variables of the original, and its three sizes. @module */

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
  url,
  type Values,
} from "../../core/command/flags.ts";
import { LADDER_FLAGS } from "../../core/command/ladder_flags.ts";
import { CLEANUP_FLAGS, DRY_RUN_FLAG, RUN_FLAGS } from "../../core/command/run_flags.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import { namespaceName } from "../../kube/namespace_flag.ts";
import { walSourceText } from "./wal/wal_source.ts";
import { CHURNED_TYPES, DEFAULT_PAYLOAD_BYTES, MOST_PAYLOAD_BYTES } from "./load/objects.ts";

/** WebSockets of one process. */
export const MOST_WATCHERS = 100_000;

const asIs = (value: string) => value;

/** Where Steve is, and as whom. */
const STEVE_FLAGS = {
  "steve-url": flag(url({ example: "https://rancher.example.com" }), {
    help: "Steve, or the Rancher that it is part of; /v1 is appended",
    default: "http://localhost:8080",
    variables: { STEVE_URL: asIs },
  }),
  "steve-ca": flag(text("file"), {
    help: "CA certificates (PEM) for Steve's own",
    readsFileAfter: "",
  }),
  "steve-token": flag(text("token"), {
    help: "session or API token, token-xxxxx:secret",
    isSecret: true,
    variables: { TOKEN: asIs },
  }),
  "steve-auth": flag(choice(["cookie", "bearer"]), {
    help: "how the token is sent",
    default: "cookie",
  }),
  username: flag(text("name"), {
    help: "user to log in as, with --password; without both and without a token: no login",
    variables: { USERNAME: asIs },
  }),
  password: flag(text("password"), {
    help: "better as variable PASSWORD: a command line is no secret",
    isSecret: true,
    variables: { PASSWORD: asIs },
  }),
};

/** What watches. */
const FLEET_FLAGS = {
  count: flag(integer({ min: 1, max: MOST_WATCHERS }), {
    help: "watchers: WebSockets, each with a subscription to every type",
    default: 2_000,
    variables: { COUNT: asIs },
  }),
  "connect-rate": flag(number({ above: 0 }), {
    help: "watchers that connect a second",
    default: 200,
  }),
  workers: flag(integer({ min: 1, max: 64 }), { help: "threads for the watchers", default: 1 }),
  type: flag(listOf(text("type")), {
    help: "watch this type; repeatable; configmaps, secrets and example.com.foos are also written",
    default: [...CHURNED_TYPES.keys()],
  }),
  mode: flag(choice(["resource.changes", "objects"]), {
    help: "of the subscriptions: that something changed, or each object",
    default: "resource.changes",
  }),
  debounce: flag(duration({ minMs: 1 }), {
    help: "resource.changes: the most often that Steve tells of a type",
    default: 4_000,
  }),
  "watch-namespace": flag(toggle, {
    help: "watch the namespace of the test only, and not the whole cluster",
    default: false,
  }),
  slack: flag(duration(), {
    help:
      "how much later than the debounce time a change may be told and still be in time; less than --debounce",
    default: 3_000,
  }),
  silence: flag(duration({ minMs: 1 }), {
    help: "connect again after so long without a message; Steve pings every 30 s",
    default: 45_000,
  }),
};

/** What is written, read and looked at beside. */
const LOAD_FLAGS = {
  namespace: flag(namespaceName(), {
    help: "namespace of the written objects; made if missing",
    short: "n",
    default: "test-configmaps",
    variables: { NAMESPACE: asIs },
  }),
  "churn-rate": flag(number({ min: 0 }), {
    help: "cycles a second, each of one object of each type; 0: none",
    default: 10,
  }),
  "object-lifetime": flag(duration(), {
    help: "from an object's create to its delete",
    default: 100,
  }),
  payload: flag(bytes({ max: MOST_PAYLOAD_BYTES }), {
    help: "bytes in each ConfigMap and Secret, before base64",
    default: DEFAULT_PAYLOAD_BYTES,
  }),
  "max-in-flight": flag(integer({ min: 1 }), {
    help: "writes under way at most: each holds a payload in memory",
    default: 150,
  }),
  "crd-period": flag(duration(), {
    help: "from one change of the definition's columns to the next; 0: none",
    default: 3_000,
  }),
  "read-rate": flag(number({ min: 0 }), { help: "light reads a second; 0: none", default: 1 }),
  "read-exclude": flag(listOf(text("field")), {
    help: "leave this field out of light reads, e.g. data; repeatable",
    default: [],
  }),
  "cool-down": flag(duration(), {
    help: "end of --duration in which nothing is written, to see what Steve does then",
    default: 20_000,
  }),
};

/** How the inside of Steve is looked at. */
const PROBE_FLAGS = {
  "wal-source": flag(walSourceText, {
    help: "where SQLite's WAL size is read: exec (in the pods), metrics:URL, file:PATH, or none",
    default: "exec",
  }),
  "wal-period": flag(duration({ minMs: 100 }), {
    help: "from one look at the WAL to the next",
    default: 10_000,
  }),
  "rancher-namespace": flag(text("name"), {
    help: "namespace of the pods",
    default: "cattle-system",
    variables: { RANCHER_NAMESPACE: asIs },
  }),
  "rancher-pod-label": flag(text("labels"), {
    help: "label selector of the pods",
    default: "app=rancher",
    variables: { RANCHER_POD_LABEL: asIs },
  }),
  "rancher-container": flag(text("name"), { help: "container of the pods", default: "rancher" }),
  "steve-pprof": flag(url({ example: "http://localhost:6060/debug/pprof/", takesQuery: true }), {
    help:
      "Steve's /debug/pprof/ or a page of metrics: goroutines, heap, and of a page CPU and memory as well",
  }),
};

export const STEVE_WATCH_FLAGS = {
  profile: flag(choice(["smoke", "default", "heavy"]), {
    help: "other defaults: 50 watchers for 50 s, or 10,000 for half an hour on 4 threads",
    default: "default",
  }),
  ...FLEET_FLAGS,
  ...LOAD_FLAGS,
  ...STEVE_FLAGS,
  ...PROBE_FLAGS,
  "dry-run": DRY_RUN_FLAG,
  ...CLUSTER_FLAGS,
  conns: { ...CLUSTER_FLAGS.conns, defaultValue: 3 },
  context: { ...CLUSTER_FLAGS.context, variables: { CONTEXT: asIs } },
  server: { ...CLUSTER_FLAGS.server, variables: { KUBE_API_URL: asIs } },
  ...CLEANUP_FLAGS,
  ...LADDER_FLAGS,
  // How it connects is part of what is measured, and the end of a rung is for cooling down.
  settle: { ...LADDER_FLAGS.settle, defaultValue: 0 },
  "stage-duration": { ...LADDER_FLAGS["stage-duration"], defaultValue: 60_000 },
  ...RUN_FLAGS,
  duration: flag(duration({ minMs: 1_000 }), {
    help: "how long to measure, connecting and cooling down included",
    default: 600_000,
    variables: { WATCH_DURATION: (seconds) => `${seconds}s` },
  }),
};
export type SteveWatchFlags = typeof STEVE_WATCH_FLAGS;
export type SteveWatchValues = Values<SteveWatchFlags>;

/** What a size has instead of the defaults. */
export const PROFILES: Readonly<
  Record<SteveWatchValues["profile"], Partial<SteveWatchValues>>
> = {
  smoke: { count: 50, duration: 50_000, "connect-rate": 50, "churn-rate": 2, "wal-period": 2_000 },
  default: {},
  heavy: { count: 10_000, duration: 1_800_000, "connect-rate": 500, workers: 4 },
};
