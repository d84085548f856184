/**
 * May another request, or another token, still pass? Counts in windows that their first hit opens, and
 * forgets a window when it is over. Where it is late or down, whoever asks goes on as if it had said
 * yes.
 * Source: Kuadrant/limitador, limitador/src/storage/in_memory.rs; Kuadrant/wasm-shim, failureMode.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { Counters } from "../metrics/counters.ts";
import type { LimiterSettings } from "../settings.ts";
import { identityOf, type Limit } from "./limit.ts";
import { attributeOf, type Attributes, type Predicate, predicateOf } from "./predicate.ts";

interface Counter {
  used: number;
  readonly untilMs: number;
}

interface RunningLimit {
  readonly limit: Limit;
  readonly applies: Predicate;
  readonly attributes: readonly string[];
  /** By the values of its variables. */
  readonly counters: Map<string, Counter>;
}

export type LimitVerdict =
  | { readonly kind: "allowed" }
  /** It could not be asked. */
  | { readonly kind: "unasked" }
  | { readonly kind: "limited"; readonly limit: Limit };

export class Limiter {
  readonly counters = new Counters();
  readonly #clock: Clock;
  #limits: ReadonlyMap<string, RunningLimit> = new Map();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /**
   * A limit that differs in its maximum or its name alone keeps its counters. Of two that differ in
   * nothing else the first counts, and the other is dropped.
   */
  configure(limits: readonly Limit[]): void {
    const next = new Map<string, RunningLimit>();
    for (const limit of limits) {
      const identity = identityOf(limit);
      if (next.has(identity)) continue;
      const predicates = limit.conditions.map(predicateOf);
      next.set(identity, {
        limit,
        applies: (attributes) => predicates.every((holds) => holds(attributes)),
        attributes: limit.variables.map(attributeOf),
        counters: this.#limits.get(identity)?.counters ?? new Map(),
      });
    }
    this.#limits = next;
  }

  /** Counts the request in its limits of requests, and looks whether those of tokens are used up. */
  async request(attributes: Attributes, settings: LimiterSettings): Promise<LimitVerdict> {
    if (!await this.#answers(settings)) return { kind: "unasked" };
    const limits = this.#applying(attributes);
    for (const counts of ["requests", "tokens"] as const) {
      const concerned = limits.filter(({ limit }) => limit.counts === counts);
      const full = concerned.find((one) => this.#used(one, attributes) >= one.limit.maxValue);
      if (full !== undefined) return this.#limited(full.limit);
      if (counts === "requests") this.#add(concerned, { attributes, by: 1 });
    }
    return { kind: "allowed" };
  }

  /** What the answer has used. @param tokens undefined: it does not tell */
  async report(
    attributes: Attributes,
    tokens: number | undefined,
    settings: LimiterSettings,
  ): Promise<number> {
    if (!await this.#answers(settings)) return 0;
    const by = tokens === undefined ? settings.tokensWithoutUsage : Math.max(1, tokens);
    const limits = this.#applying(attributes).filter(({ limit }) => limit.counts === "tokens");
    if (by > 0) this.#add(limits, { attributes, by });
    return limits.length === 0 ? 0 : by;
  }

  async #answers({ delayMs, timeoutMs, isDown }: LimiterSettings): Promise<boolean> {
    if (isDown) return false;
    const waitMs = Math.min(delayMs, timeoutMs);
    if (waitMs > 0) await this.#clock.sleepUntil(this.#clock.now() + waitMs);
    return delayMs <= timeoutMs;
  }

  #applying(attributes: Attributes): RunningLimit[] {
    return [...this.#limits.values()].filter(({ applies }) => applies(attributes));
  }

  #used({ counters, attributes }: RunningLimit, values: Attributes): number {
    const counter = counters.get(keyOf(attributes, values));
    return counter === undefined || counter.untilMs <= this.#clock.now() ? 0 : counter.used;
  }

  #add(
    limits: readonly RunningLimit[],
    { attributes: values, by }: { readonly attributes: Attributes; readonly by: number },
  ): void {
    const nowMs = this.#clock.now();
    for (const { limit, counters, attributes } of limits) {
      const key = keyOf(attributes, values);
      const counter = counters.get(key);
      if (counter !== undefined && counter.untilMs > nowMs) counter.used += by;
      else counters.set(key, { used: by, untilMs: nowMs + limit.windowSeconds * 1_000 });
    }
    const namespace = limits[0]?.limit.namespace;
    if (namespace === undefined) return;
    this.counters.add("authorized_calls", { limitador_namespace: namespace });
    this.counters.add("authorized_hits", { limitador_namespace: namespace }, by);
  }

  #limited(limit: Limit): LimitVerdict {
    this.counters.add("limited_calls", { limitador_namespace: limit.namespace });
    return { kind: "limited", limit };
  }
}

function keyOf(names: readonly string[], values: Attributes): string {
  return JSON.stringify(names.map((name) => values[name] ?? ""));
}
