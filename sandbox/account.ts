/**
 * What has a sandbox seen? Requests by verb and resource, watches, and what its faults hit; the text
 * that its end shows. Answers nothing.
 * @module
 */

import { columns, formatTable } from "../core/report/table.ts";
import type { FaultHits } from "./faults/fault_chain.ts";
import type { SeenRequest } from "./request_kind.ts";

interface RequestCount {
  readonly verb: string;
  readonly resource: string;
  readonly requests: number;
  /** Of those, answered with a status of 400 or more. */
  readonly refused: number;
}

/** Plain data: it comes from another thread. */
export interface SandboxAccount {
  readonly requests: readonly RequestCount[];
  /** Open at the same time, at most. */
  readonly mostWatches: number;
  readonly faults: readonly FaultHits[];
  /** Writes of the sandbox's own traffic; 0 without. */
  readonly trafficWrites: number;
}

export class RequestAccount {
  readonly #counts = new Map<string, { verb: string; resource: string } & Counts>();
  #openWatches = 0;
  #mostWatches = 0;

  /** One that has come. @returns takes the status with which it is answered */
  request({ verb, resource }: SeenRequest): (status: number) => void {
    const key = `${verb} ${resource}`;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      counts = { verb, resource, requests: 0, refused: 0 };
      this.#counts.set(key, counts);
    }
    const counted = counts;
    counted.requests++;
    return (status) => {
      if (status >= 400) counted.refused++;
    };
  }

  /** A watch is open until `over` settles. */
  watch(over: Promise<unknown>): void {
    this.#openWatches++;
    this.#mostWatches = Math.max(this.#mostWatches, this.#openWatches);
    const close = () => void this.#openWatches--;
    over.then(close, close);
  }

  get mostWatches(): number {
    return this.#mostWatches;
  }

  /** The most frequent first. */
  get requests(): RequestCount[] {
    return [...this.#counts.values()].map((counts) => ({ ...counts }))
      .sort((one, other) => other.requests - one.requests);
  }
}

interface Counts {
  requests: number;
  refused: number;
}

/** Tables for people, ending with a line feed. */
export function accountText({ requests, mostWatches, faults, trafficWrites }: SandboxAccount) {
  const sections = [
    requests.length === 0 ? ["No request came."] : formatTable(
      columns("VERB", "RESOURCE", ">REQUESTS", ">REFUSED"),
      requests.map((row) => [row.verb, row.resource, String(row.requests), String(row.refused)]),
    ),
    mostWatches === 0 ? [] : [`${mostWatches} watches open at once, at most`],
    faults.length === 0 ? [] : formatTable(
      columns("FAULT", ">REQUESTS CONCERNED", ">HIT"),
      faults.map(({ fault, concerned, hit }) => [fault, String(concerned), String(hit)]),
    ),
    trafficWrites === 0 ? [] : [`${trafficWrites} writes of the sandbox's own traffic`],
  ];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"))
    .join("\n\n") + "\n";
}
