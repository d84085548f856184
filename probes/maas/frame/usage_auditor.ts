/** The limiter's own count at both ends of a run, for the audit of what it charged. @module */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { pageFetcher } from "../../../kube/component/fetch_text.ts";
import type { PageSource } from "../../../kube/component/usage_source.ts";
import type { Question } from "../chat/chat.ts";
import type { GatewayLimits } from "../policies/limit_policies.ts";
import type { PartSource } from "./component_flags.ts";
import { CHARGED, partCounts } from "./part_events.ts";
import { auditUsage, type Tally } from "./usage_audit.ts";

interface AuditOptions {
  readonly parts: readonly PartSource[];
  readonly tally: Tally;
  readonly limits: GatewayLimits;
}

/** See the module. Audits nothing where the limiter's page is not known, or nobody limits tokens. */
export class UsageAuditor {
  readonly #run: Run;
  readonly #page: PageSource | undefined;
  readonly #tally: Tally;
  readonly #first: Tally;
  #before: number | undefined;

  private constructor(run: Run, { page, tally }: { page: PageSource | undefined; tally: Tally }) {
    this.#run = run;
    this.#page = page;
    this.#tally = tally;
    this.#first = { ...tally };
  }

  /** From now on. */
  static async begin(run: Run, { parts, tally, limits }: AuditOptions): Promise<UsageAuditor> {
    const limitsTokens = limits.policies.some(({ rates }) =>
      rates.some(({ counts }) => counts === "tokens")
    );
    const sources = parts.filter(({ name }) => name === "limiter").map(({ source }) => source);
    const page = sources.find((source) => source.kind === "page");
    const auditor = new UsageAuditor(run, { page: limitsTokens ? page : undefined, tally });
    auditor.#before = await auditor.#charged();
    return auditor;
  }

  /** Once nothing is under way. */
  async end({ maxTokens, prompt }: Question): Promise<void> {
    if (this.#before === undefined || this.#run.stopping.aborted) return;
    const after = await this.#charged();
    if (after === undefined || after < this.#before) return;
    const { asked, usedTokens, unknown } = this.#tally;
    const since = {
      asked: asked - this.#first.asked,
      usedTokens: usedTokens - this.#first.usedTokens,
      unknown: unknown - this.#first.unknown,
    };
    // A token is at least one character.
    const mostTokens = maxTokens + prompt.length;
    this.#run.addFinding(auditUsage(since, { charged: after - this.#before, mostTokens }));
  }

  /** Undefined: it does not say. */
  async #charged(): Promise<number | undefined> {
    if (this.#page === undefined) return undefined;
    const { clock, stopping } = this.#run;
    try {
      const text = await pageFetcher(clock)(this.#page.url, stopping);
      return partCounts(CHARGED.part, text).events.get(CHARGED) ?? 0;
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      this.#run.warn("no-usage-audit", `What was charged is not audited: ${thrown.message}`);
      return undefined;
    }
  }
}
