/**
 * Requests that a gateway must refuse, at a low rate beside the load: without a credential, with a real
 * token whose signature was damaged, and of a user whose token is good but who may not use the model.
 * One that is let in is a finding of its own, however well everything else went: services that check
 * credentials have let everybody in when they were short of time (Kuadrant/authorino#649). The token is
 * never garbage, which costs the one who checks it less than a real one does.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { median } from "../../../core/judge/statistics.ts";
import { timed } from "../../../core/load/timed.ts";
import type { Measures } from "../../../core/run/measures.ts";
import type { Run } from "../../../core/run/run.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { ChatClient } from "../chat/chat_client.ts";
import type { HeaderList } from "../chat/chat.ts";
import { LET_IN } from "../reasons.ts";
import type { User } from "../users/user.ts";
import { beside } from "./beside.ts";

export const CANARY = "canary";
export const FAIL_OPEN = "failOpen";

const KINDS = ["no-token", "bad-token", "no-access"] as const;
export type CanaryKind = typeof KINDS[number];

/** What a gateway says to them when all is well. */
export const REFUSALS: Readonly<Record<CanaryKind, string>> = {
  "no-token": "not-authenticated",
  "bad-token": "not-authenticated",
  "no-access": "not-authorized",
};

/** So many refusals tell how long one takes. */
const REMEMBERED = 10;

export const CANARY_MEASURES: Measures = {
  counters: KINDS.map((canary) => ({ name: FAIL_OPEN, tags: { canary } })),
  others: [CANARY],
};
/** Of what nothing excuses: see `RunPlan.invariants`. */
export const NOBODY_LET_IN = `${FAIL_OPEN}.total <= 0`;

export interface CanaryOptions {
  readonly client: ChatClient;
  /** Whose token is damaged; undefined: nobody has one. */
  readonly user: () => User | undefined;
  /** Who may not use the model; undefined: that user cannot be made here. */
  readonly stranger: User | undefined;
  /** Of all kinds together; 0: none. */
  readonly ratePerSec: number;
}

/** See the module. */
export class Canaries {
  readonly #run: Run;
  readonly #options: CanaryOptions;
  /** One for all the time: a client keeps connections for each user. */
  readonly #damaged: User;
  /** Of the last ones that were refused as they should be, ms. */
  readonly #refusedMs: number[] = [];
  #turn: number;
  /** Let in while nothing was judged, so that no threshold sees them. */
  #unjudged = 0;

  constructor(run: Run, options: CanaryOptions) {
    this.#run = run;
    this.#options = options;
    this.#turn = run.share.index; // so that several generators do not all ask the same
    this.#damaged = damaged(options.user);
  }

  /** Asks until it is disposed of; what is under way is waited for. */
  beside(scope: LoadScope): AsyncDisposable {
    const { ratePerSec } = this.#options;
    return beside(scope, { ratePerSec, ask: () => this.#ask(scope, this.#next()) });
  }

  /** How long a refusal takes of late: all of the way but what is behind the auth service; undefined: unknown. */
  get refusalMs(): number | undefined {
    return this.#refusedMs.length === 0 ? undefined : median(this.#refusedMs);
  }

  /** What was let in while no threshold was asked, as a check of the run that failed. */
  report(): void {
    if (this.#unjudged === 0) return;
    this.#run.addFinding({
      subject: "canaries before a stage was judged",
      verdict: "fail",
      observed: `${this.#unjudged} let in`,
      limit: "0 let in",
      reason: "the gateway answered requests that it must refuse",
    });
  }

  #next(): CanaryKind {
    const kinds = KINDS.filter((kind) => this.#asker(kind) !== undefined);
    return kinds[this.#turn++ % kinds.length]!;
  }

  #asker(kind: CanaryKind): User | undefined {
    const { user, stranger } = this.#options;
    if (kind === "no-access") return stranger;
    if (kind === "no-token") return NOBODY;
    return user() === undefined ? undefined : this.#damaged;
  }

  async #ask(scope: LoadScope, canary: CanaryKind): Promise<void> {
    const { client } = this.#options;
    const asker = this.#asker(canary)!;
    const call = async () => {
      const askedMs = scope.clock.now();
      const reason = await reasonOf(client.ask(asker, { signal: scope.aborted }));
      if (reason === REFUSALS[canary]) return this.#refused(canary, scope.clock.now() - askedMs);
      if (reason === LET_IN) this.#letIn(scope, canary);
      throw new OperationFailedError(reason, `a request that must be refused: ${reason}`);
    };
    try {
      await timed(scope, call, { op: CANARY, tags: { canary } });
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError) && !scope.aborted.aborted) throw thrown;
    }
  }

  #refused(canary: CanaryKind, tookMs: number): void {
    // Without a token there is nothing to review.
    if (canary === "no-token") return;
    this.#refusedMs.push(tookMs);
    if (this.#refusedMs.length > REMEMBERED) this.#refusedMs.shift();
  }

  #letIn({ recorder, clock }: LoadScope, canary: CanaryKind): void {
    const isJudged = this.#run.stageAt()?.kind === "measured";
    if (!isJudged) this.#unjudged++;
    recorder.count(FAIL_OPEN, 1, { atMs: clock.now(), tags: { canary } });
  }
}

/** Failures of an answer that came with status 200: whoever got it was let in. */
const AFTER_OK: ReadonlySet<string> = new Set([
  "cut-stream",
  "error-frame",
  "corrupt",
  "truncated",
]);

/** The class of failure, or that it was let in. @throws what is no failure of an operation */
export async function reasonOf(asking: Promise<unknown>): Promise<string> {
  try {
    await asking;
    return LET_IN;
  } catch (thrown) {
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    return AFTER_OK.has(thrown.reason) ? LET_IN : thrown.reason;
  }
}

/** Shows no credential. */
export const NOBODY: User = { name: "nobody", tier: "none", headers: () => [] };

/** Shows what the user shows, but that its signature is wrong. */
export function damaged(user: () => User | undefined): User {
  const headers = () => damagedHeaders(user()?.headers() ?? []);
  return { name: "damaged", tier: "none", headers };
}

function damagedHeaders(headers: HeaderList): HeaderList {
  return headers.map(([name, value]) =>
    name.toLowerCase() === "authorization" ? [name, damagedCredential(value)] : [name, value]
  );
}

/**
 * One character of its end is another, far enough from the last one, of which some bits may not count
 * (RFC 4648, section 3.5): of a JSON Web Token it is the signature's. A digit takes its place, so that
 * nothing that is done to the letters of a header makes it the old one.
 */
export function damagedCredential(value: string): string {
  const at = value.length - Math.min(10, Math.ceil(value.length / 2));
  return value.slice(0, at) + (value[at] === "0" ? "1" : "0") + value.slice(at + 1);
}
