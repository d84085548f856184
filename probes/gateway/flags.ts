/** The flags of the gateway probes: those that all have, and those of several. @module */

import {
  choice,
  duration,
  flag,
  integer,
  readable,
  toggle,
  type Values,
} from "../../core/command/flags.ts";
import { CLEANUP_FLAGS, DRY_RUN_FLAG, RUN_FLAGS } from "../../core/command/run_flags.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import { namespaceName } from "../../kube/namespace_flag.ts";
import { addressList, gatewayList, nameList, parseServiceRef } from "./frame/gateway_ref.ts";

/** The most routes of one run. */
export const MOST_ROUTES = 100_000;

/** Of every gateway probe. */
export const GATEWAY_FLAGS = {
  gateways: flag(gatewayList, {
    help: "Gateways under test; with commas between them, or repeated",
    default: [],
  }),
  joined: flag(toggle, {
    help: "every route for all Gateways at once, instead of one Gateway after another",
    default: false,
  }),
  split: flag(toggle, {
    help: "one Gateway after another, each with routes of its own: the default",
    default: false,
  }),
  listeners: flag(nameList, {
    help: "listeners that routes are attached to by turns, by name; default: the only one",
    default: [],
  }),
  address: flag(addressList, {
    help: "where a Gateway answers, if not at status.addresses and its listener's port",
    default: [],
  }),
  namespace: flag(namespaceName({ room: "-100000".length }), {
    help: "namespace of the routes; further ones are called NAME-2, NAME-3, ..., NAME-sim",
    default: "scaletest",
    short: "n",
  }),
  "create-namespace": flag(toggle, {
    help: "make missing namespaces, and remove those again",
    default: true,
  }),
  backend: flag(readable("ns/service:port", parseServiceRef), {
    help: "Service that answers 200; without it routes redirect, and 302 is the good answer",
  }),
  hostnames: flag(choice(["unique", "shared"]), {
    help: "a hostname for each route, or one for all, which differ by path then",
    default: "unique",
  }),
  "ready-timeout": flag(duration({ minMs: 1 }), {
    help: "how long a Gateway may take to be programmed and to serve a first route",
    default: 60_000,
  }),
  interval: flag(duration({ minMs: 1, maxMs: 60_000 }), {
    help: "from one question to a data plane to the next, while something is waited for",
    default: 5,
  }),
  "ask-timeout": flag(duration({ minMs: 1 }), {
    help: "longest time for an answer of a data plane",
    default: 2_000,
  }),
  consecutive: flag(integer({ min: 1, max: 1_000 }), {
    help: "good answers in a row, each over a new connection, that make a route stable",
    default: 3,
  }),
  keep: flag(choice(["never", "on-failure", "always"]), {
    help: "leave routes and namespaces behind",
    default: "never",
  }),
  "dry-run": DRY_RUN_FLAG,
  ...CLUSTER_FLAGS,
  ...CLEANUP_FLAGS,
  ...RUN_FLAGS,
};
export type GatewayFlags = typeof GATEWAY_FLAGS;
export type GatewayValues = Values<GatewayFlags>;

/** Of the probes that first lay a number of routes. */
export const LAID_ROUTES_FLAGS = {
  routes: flag(integer({ min: 1, max: MOST_ROUTES }), {
    help: "routes in all; with several Gateways one after another, for each of them",
  }),
  batch: flag(integer({ min: 1 }), {
    help: "routes between two pauses; default: 100, from 5,000 routes on 500",
  }),
  "batch-pause": flag(duration(), {
    help: "pause after each batch",
    default: 100,
  }),
  "write-concurrency": flag(integer({ min: 1, max: 1_000 }), {
    help: "routes that are created or deleted at a time; 1: one after another, as other tools do",
    default: 10,
  }),
  "routes-per-namespace": flag(integer({ min: 0 }), {
    help: "most routes in a namespace; 0: all in one",
    default: 0,
  }),
  simulate: flag(choice(["services", "nodes", "none"]), {
    help:
      "Services with endpoints that nobody can reach behind the routes, and fake Nodes too; none: routes redirect",
    default: "services",
  }),
  "unresolved-backends": flag(toggle, {
    help: "no ReferenceGrants for the simulated Services, so that no reference to them is resolved",
    default: false,
  }),
};

/** Of those of them that wait for what statuses say of all these routes. */
export const ROUTE_SCALE_FLAGS = {
  profile: flag(choice(["baseline", "production"]), {
    help: "1,000 or 5,000 routes, unless --routes says otherwise",
    default: "baseline",
  }),
  ...LAID_ROUTES_FLAGS,
  hold: flag(duration(), {
    help: "how long a count has to stay right until it is believed",
    default: 2_000,
  }),
  timeout: flag(duration({ minMs: 1 }), {
    help:
      "how long all routes may take to be counted, or to be gone, and a single one at most; a wait that runs out fails",
    default: 300_000,
  }),
};
export type RouteScaleFlags = typeof ROUTE_SCALE_FLAGS;
export type RouteScaleValues = Values<RouteScaleFlags>;
/** A probe without these waits has no such values. */
export type LaidRoutesValues =
  & Values<typeof LAID_ROUTES_FLAGS>
  & Partial<Pick<RouteScaleValues, "profile" | "hold" | "timeout">>;
