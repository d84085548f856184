/** What of the limits is in the way of a run, and what has become of it. @module */

import type { Cluster } from "../../../kube/cluster.ts";
import type { Borrowed } from "../../../kube/owned/borrowed.ts";
import type { Rate } from "../../../kube/kuadrant/rates.ts";
import type { LimitPolicy } from "./policy.ts";

/** What rates are raised to. */
export interface WantedLimits {
  readonly requests: number;
  readonly tokens: number;
}

export interface RaisedRate {
  readonly rate: Rate;
  readonly to: number;
}

/** A policy that was changed. */
export interface RaisedPolicy extends LimitPolicy {
  /** At least one. */
  readonly raised: readonly RaisedRate[];
}

export interface RaisedLimits {
  readonly cluster: Cluster;
  readonly policies: readonly RaisedPolicy[];
  readonly borrowed: Borrowed;
  readonly enforcedTimeoutMs: number;
}

/** Rates that are in the way, and what they are raised to; policies without any are left out. */
export function ratesToRaise(
  policies: readonly LimitPolicy[],
  wanted: WantedLimits,
): RaisedPolicy[] {
  return policies.map((policy) => ({
    ...policy,
    raised: policy.rates
      .map((rate) => ({ rate, to: wanted[rate.counts] }))
      .filter(({ rate, to }) => rate.limit < to),
  })).filter(({ raised }) => raised.length > 0);
}

/** Whether no rate stays as it is for being as high as is wanted: what such a one refuses was not raised. */
export function areAllToRaise(policies: readonly LimitPolicy[], wanted: WantedLimits): boolean {
  return policies.every(({ rates }) => rates.every(({ limit, counts }) => limit < wanted[counts]));
}
