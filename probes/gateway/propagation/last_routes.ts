/**
 * Which route was the last to be served at each Gateway, which took longest, and which never were? For
 * people, in one line.
 * @module
 */

import { formatDuration } from "../../../core/units.ts";
import type { ConnectionKind } from "../answers/data_plane.ts";
import type { ProbeRoute } from "../frame/route_set.ts";

interface Took {
  readonly gateway: string;
  readonly connection: ConnectionKind;
  readonly route: ProbeRoute;
  readonly dueMs: number;
  /** Undefined: not in time. */
  readonly firstMs: number | undefined;
}

type Served = Took & { readonly firstMs: number };

const MOST_NAMES = 3;

/** See the module. */
export class LastRoutes {
  readonly #routes: number;
  readonly #last = new Map<string, Served>();
  readonly #slowest = new Map<string, Served>();
  readonly #never = new Map<string, Set<string>>();

  /** @param routes how many there are */
  constructor(routes: number) {
    this.#routes = routes;
  }

  took(took: Took): void {
    const { gateway, route, firstMs } = took;
    if (firstMs === undefined) {
      const never = this.#never.get(gateway) ?? new Set();
      this.#never.set(gateway, never.add(nameOf(route)));
      return;
    }
    const served = { ...took, firstMs };
    keepMost(this.#last, served, (one) => one.firstMs);
    keepMost(this.#slowest, served, tookMs);
  }

  /** Undefined: nothing came out at this Gateway. */
  textOf(gateway: string): string | undefined {
    const [last, slowest] = [this.#last.get(gateway), this.#slowest.get(gateway)];
    const texts = [
      ...last === undefined ? [] : [textOf(last)],
      ...slowest === undefined || slowest === last ? [] : [`slowest ${textOf(slowest)}`],
      ...this.#neverText(gateway),
    ];
    return texts.length === 0 ? undefined : texts.join("; ");
  }

  #neverText(gateway: string): string[] {
    const names = [...this.#never.get(gateway) ?? []];
    if (names.length === 0) return [];
    const more = names.length > MOST_NAMES ? ", ..." : "";
    return [
      `${names.length} of ${this.#routes} not in time: ${
        names.slice(0, MOST_NAMES).join(", ")
      }${more}`,
    ];
  }
}

function keepMost(
  kept: Map<string, Served>,
  served: Served,
  valueOf: (served: Served) => number,
): void {
  const before = kept.get(served.gateway);
  if (before === undefined || valueOf(served) > valueOf(before)) kept.set(served.gateway, served);
}

function nameOf({ fields: { name } }: ProbeRoute): string {
  return name;
}

function tookMs({ dueMs, firstMs }: Served): number {
  return firstMs - dueMs;
}

function textOf(served: Served): string {
  const { route, connection } = served;
  return `${nameOf(route)}, ${formatDuration(tookMs(served))} after it was due (${connection})`;
}
