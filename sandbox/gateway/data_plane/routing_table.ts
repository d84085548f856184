/**
 * Which rule fits a request? By the most exact host, then the exact path, then the longest prefix;
 * of several routes with the same match the oldest. Answers nothing.
 * Source: gateway-api v1.5.1, apis/v1/httproute_types.go (HTTPRouteRule.matches, hostnames).
 * @module
 */

import type { Action } from "./action.ts";

/** One match of one rule at one listener. */
export interface TableEntry {
  readonly port: number;
  /** `a.example.com`, `*.example.com`, or empty: every host. */
  readonly host: string;
  readonly isExact: boolean;
  readonly path: string;
  readonly action: Action;
}

/** What the data plane does for a route. */
export interface ServedRoute {
  /** `namespace/name` */
  readonly key: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly entries: readonly TableEntry[];
}

interface Question {
  readonly port: number;
  /** Without a port, in lower case. */
  readonly host: string;
  readonly path: string;
}

/** An entry, and whose it is. */
interface Candidate {
  readonly route: ServedRoute;
  readonly entry: TableEntry;
}

export class RoutingTable {
  readonly #routes = new Map<string, ServedRoute>();
  /** By port, host and match, see {@link slotOf}: the oldest route first. */
  readonly #slots = new Map<string, Candidate[]>();

  get size(): number {
    return this.#routes.size;
  }

  get(key: string): ServedRoute | undefined {
    return this.#routes.get(key);
  }

  /** Takes the place of what the route had. */
  put(route: ServedRoute): void {
    this.remove(route.key);
    this.#routes.set(route.key, route);
    for (const entry of route.entries) {
      const slot = slotOf(entry);
      const candidates = [...this.#slots.get(slot) ?? [], { route, entry }];
      // Stable: of the rules of one route the first.
      this.#slots.set(slot, candidates.sort((one, other) => byAge(one.route, other.route)));
    }
  }

  remove(key: string): void {
    const route = this.#routes.get(key);
    if (route === undefined) return;
    this.#routes.delete(key);
    for (const slot of new Set(route.entries.map(slotOf))) {
      const left = this.#slots.get(slot)!.filter((candidate) => candidate.route !== route);
      if (left.length === 0) this.#slots.delete(slot);
      else this.#slots.set(slot, left);
    }
  }

  clear(): void {
    this.#routes.clear();
    this.#slots.clear();
  }

  /** What is to be done with it; undefined: nothing fits. */
  find({ port, host, path }: Question): Action | undefined {
    for (const pattern of hostsOver(host)) {
      const at = { port, host: pattern };
      const exact = this.#slots.get(slotOf({ ...at, isExact: true, path }));
      if (exact !== undefined) return exact[0]!.entry.action;
      for (const prefix of prefixesOf(path)) {
        const found = this.#slots.get(slotOf({ ...at, isExact: false, path: prefix }));
        if (found !== undefined) return found[0]!.entry.action;
      }
    }
    return undefined;
  }
}

function slotOf(
  { port, host, isExact, path }: Pick<TableEntry, "port" | "host" | "isExact" | "path">,
): string {
  return `${port} ${host} ${isExact ? "=" : "^"}${isExact ? path : withoutSlash(path)}`;
}

/** `/a/` as a prefix means the same as `/a`. */
function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** `a.b.c`, `*.b.c`, `*.c`, and the empty one. */
function hostsOver(host: string): string[] {
  const labels = host.split(".");
  const wild = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`);
  return [host, ...wild, ""];
}

/** `/a/b`, `/a`, `/`: whole elements, the longest first. */
function prefixesOf(path: string): string[] {
  const elements = withoutSlash(path).split("/").slice(1);
  const longer = elements.map((_, index) => `/${elements.slice(0, index + 1).join("/")}`);
  return [...longer.reverse(), "/"];
}

/** Older first, and then by name. Source: as above, "ties". */
function byAge(one: ServedRoute, other: ServedRoute): number {
  const [left, right] = [one, other].map(({ createdAt, key }) => `${createdAt} ${key}`);
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}
