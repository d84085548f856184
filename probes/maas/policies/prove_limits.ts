/**
 * Are limits in force as they should be? Proved for each rate by a user that has asked nothing before: of
 * raised ones by one question more than the old limit that is answered, of those that were given back by
 * the refusal that comes at the old limit. Counts outlive a change of the limit: where one is shared by
 * users, a whole window passes first. What was not seen is not claimed.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { given } from "../../../core/given.ts";
import { timed } from "../../../core/load/timed.ts";
import type { Run } from "../../../core/run/run.ts";
import { formatDuration } from "../../../core/units.ts";
import { rateText } from "./limit_policies.ts";
import { isByLimit, type LimitCanary, type Trial, tryLimit } from "./limit_trial.ts";
import type { Rate } from "../../../kube/kuadrant/rates.ts";
import { type LimitPolicy, policyName } from "./policy.ts";
import type { RaisedPolicy } from "./raised.ts";

/** Operation, tagged {tier}: a trial of a limit that was given back; it fails if more than that got through. */
export const RESTORE_PROOF = "restoreProof";
/** Class of failure of that operation, beside the common ones. */
export const LIMIT_NOT_BACK = "limit-not-back";
/** Questions that one proof may take, until the limiter should have heard of a change. */
export const MOST_PROOF_REQUESTS = 200;
/** Tokens that one proof may use up: somebody pays for them. */
const MOST_PROOF_TOKENS = 20_000;

/**
 * How long a limiter may take to hear of a change that its controller calls enforced: limits come to it
 * in a mounted ConfigMap, which a kubelet brings up to date every minute or so.
 */
const MOST_LATE_MS = 90_000;
const LATE_STEP_MS = 5_000;

export interface ProofOptions {
  /** A user of that tier that has asked nothing before; undefined: there is none left. */
  readonly canaryFor: (tier: string | undefined) => LimitCanary | undefined;
  /** For all rates together. */
  readonly mostMs: number;
  /** @default {MOST_PROOF_REQUESTS} */
  readonly mostRequests?: number;
}

export interface Proof {
  readonly policy: LimitPolicy;
  readonly rate: Rate;
  /** `wrong`: the contrary was seen. `unknown`: nothing was. */
  readonly state: "seen" | "wrong" | "unknown";
  /** What was seen, or why nothing was. */
  readonly why: string;
}

type Verdict = Pick<Proof, "state" | "why">;

/** That questions beyond the old limits are answered. */
export function proveRaised(
  run: Run,
  policies: readonly RaisedPolicy[],
  options: ProofOptions,
): Promise<Proof[]> {
  return proveAll(run, policies, options, async (proving) => {
    const { rate, attempt } = proving;
    const first = await attempt();
    const { trial } = isRefusedEarly(first, rate)
      ? first
      : await untilHeard(proving, first, "over");
    if (trial.end === "over") return { state: "seen", why: `${passedText(trial)} got through` };
    if (trial.end !== "refused") return { state: "unknown", why: openText(trial) };
    return isByLimit(trial, rate)
      ? { state: "wrong", why: `still refused after ${passedText(trial)}` }
      : { state: "unknown", why: `refused after ${passedText(trial)}, by another limit` };
  });
}

/** That the old limits refuse again, each sample a `restoreProof`. */
export function proveRestored(
  run: Run,
  policies: readonly RaisedPolicy[],
  options: ProofOptions,
): Promise<Proof[]> {
  return proveAll(run, policies, options, (proving) => restored(run, proving));
}

interface Tried {
  readonly trial: Trial;
  readonly tookMs: number;
}

/** What proving one rate takes. */
interface Proving {
  readonly rate: Rate;
  /** @param most questions */
  attempt(most?: number): Promise<Tried>;
  /** Lets so long pass; false: there is no time for it. */
  pause(ms: number): Promise<boolean>;
}

async function proveAll(
  run: Run,
  policies: readonly RaisedPolicy[],
  options: ProofOptions,
  prove: (proving: Proving) => Promise<Verdict>,
): Promise<Proof[]> {
  const { clock, stopping: signal } = run;
  const { canaryFor, mostMs, mostRequests = MOST_PROOF_REQUESTS } = options;
  const endMs = clock.now() + mostMs;
  const hasTime = () => clock.now() < endMs;
  const due = policies.flatMap((policy) => policy.raised.map(({ rate }) => ({ policy, rate })))
    .toSorted((one, other) => one.rate.windowMs - other.rate.windowMs);
  const proofs: Proof[] = [];
  for (const { policy, rate } of due) {
    const why = tooMuch(rate, { leftMs: endMs - clock.now(), mostRequests });
    const canary = why === undefined ? canaryFor(rate.tier) : undefined;
    if (canary === undefined) {
      proofs.push({
        policy,
        rate,
        state: "unknown",
        why: why ?? "no user of its tier was left to ask",
      });
      continue;
    }
    const proving: Proving = {
      rate,
      async attempt(most = mostRequests) {
        const startMs = clock.now();
        const trial = await tryLimit(canary, { rate, mostRequests: most, hasTime, signal });
        return { trial, tookMs: clock.now() - startMs };
      },
      async pause(ms) {
        if (clock.now() + ms > endMs) return false;
        await clock.sleepUntil(clock.now() + ms, signal);
        signal.throwIfAborted();
        return true;
      },
    };
    proofs.push({ policy, rate, ...await verdictOf(() => prove(proving), signal) });
  }
  return proofs;
}

/** A question that fails for another reason than a limit proves nothing. */
async function verdictOf(prove: () => Promise<Verdict>, signal: AbortSignal): Promise<Verdict> {
  try {
    return await prove();
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof OperationFailedError)) throw thrown;
    return { state: "unknown", why: `the question failed: ${thrown.message}` };
  }
}

/** Why it is not even tried. */
function tooMuch(
  { isShared, counts, limit, windowMs }: Rate,
  { leftMs, mostRequests }: { leftMs: number; mostRequests: number },
): string | undefined {
  if (leftMs <= 0) return "no time was left for it";
  if (counts === "requests" && limit >= mostRequests) {
    return `it would take ${limit + 1} requests, and ${mostRequests} are the most`;
  }
  if (counts === "tokens" && limit > MOST_PROOF_TOKENS) {
    return `it would take ${limit} tokens, and ${MOST_PROOF_TOKENS} are the most`;
  }
  if (isShared && windowMs > leftMs) {
    return `its count is shared, and its window of ${formatDuration(windowMs)} takes longer than ` +
      `the ${formatDuration(leftMs)} that are left`;
  }
}

async function restored(run: Run, proving: Proving): Promise<Verdict> {
  const { rate, pause } = proving;
  if (rate.isShared) await pause(rate.windowMs); // there is time for it, or it would not be tried
  let tried = await attemptTimed(run, proving);
  // Whatever the count is of, it may have been used by others: then its window ends first.
  if (isRefusedEarly(tried, rate)) {
    if (!await pause(rate.windowMs)) {
      const why = `refused after ${passedText(tried.trial)} already, and no time is left for a ` +
        "window more";
      return { state: "unknown", why };
    }
    tried = await attemptTimed(run, proving);
  }
  const { trial, tookMs } = tried;
  if (isRefusedEarly(tried, rate)) {
    return { state: "unknown", why: `refused after ${passedText(trial)}, by another limit` };
  }
  if (trial.end === "refused") return { state: "seen", why: `refused after ${passedText(trial)}` };
  if (trial.end !== "over") return { state: "unknown", why: openText(trial) };
  if (!isWithinWindow(tried, rate)) {
    const why = `${passedText(trial)} took ${formatDuration(tookMs)}, longer than its window`;
    return { state: "unknown", why };
  }
  return { state: "wrong", why: `${passedText(trial)} got through` };
}

async function attemptTimed(run: Run, proving: Proving): Promise<Tried> {
  const { rate, attempt } = proving;
  const operation = { op: RESTORE_PROOF, ...given({ tags: tagsOf(rate) }) };
  let tried: Tried | undefined;
  try {
    return await timed(run, async () => {
      tried = await untilHeard(proving, await attempt(), "refused");
      if (tried.trial.end !== "over" || !isWithinWindow(tried, rate)) return tried;
      throw new OperationFailedError(LIMIT_NOT_BACK, `${passedText(tried.trial)} got through`);
    }, operation);
  } catch (thrown) {
    if (tried === undefined) throw thrown;
    return tried;
  }
}

/**
 * One question more every few moments while the answer is not yet as it should be, the count is that of
 * one window, and a limiter may still hear of the change: counts outlive it.
 */
async function untilHeard(
  { rate, attempt, pause }: Proving,
  { trial, tookMs }: Tried,
  end: "refused" | "over",
): Promise<Tried> {
  const endMs = Math.min(rate.windowMs, tookMs + MOST_LATE_MS);
  while (isSettled(trial) && trial.end !== end && tookMs + LATE_STEP_MS < endMs) {
    if (!await pause(LATE_STEP_MS)) break;
    const more = await attempt(1);
    tookMs += LATE_STEP_MS + more.tookMs;
    trial = {
      requests: trial.requests + more.trial.requests,
      tokens: trial.tokens + more.trial.tokens,
      end: more.trial.end === "refused" ? "refused" : "over",
    };
  }
  return { trial, tookMs };
}

/** A refusal, or one too many that got through. */
function isSettled({ end }: Trial): boolean {
  return end === "refused" || end === "over";
}

function tagsOf({ tier }: Rate): Record<string, string> | undefined {
  return tier === undefined ? undefined : { tier };
}

function isRefusedEarly({ trial }: Tried, rate: Rate): boolean {
  return trial.end === "refused" && !isByLimit(trial, rate);
}

/** Beyond it the count may have begun anew. */
function isWithinWindow({ tookMs }: Tried, { windowMs }: Rate): boolean {
  return tookMs < windowMs;
}

function passedText({ requests, tokens }: Trial): string {
  return `${requests} requests (${tokens} tokens)`;
}

/** Of a trial that shows nothing. */
function openText(trial: Trial): string {
  if (trial.end === "uncounted") return "answers do not tell how many tokens they took";
  return `${
    passedText(trial)
  } were all that there was time for or may be asked, and the limit was not ` +
    "reached";
}

/** `free (5 requests in 2m0s) of ratelimitpolicies.kuadrant.io ns/name`. */
export function provedText({ policy, rate }: Proof): string {
  return `${rateText(rate)} of ${policyName(policy)}`;
}

/** With what was seen of it. */
export function proofText(proof: Proof): string {
  return `${provedText(proof)}: ${proof.why}`;
}
