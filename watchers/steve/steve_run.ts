/**
 * One run of steve-watch between its connections and its report: gets ready once, and puts on one load,
 * or one for each rung of a ladder. Puts nothing on itself.
 * @module
 */

import { together } from "../../core/load/parts.ts";
import { isOurs, ownRng } from "../../core/load/share.ts";
import { climb } from "../../core/run/ladder.ts";
import type { Run } from "../../core/run/run.ts";
import type { LoadScope } from "../../core/run/run_stage.ts";
import { HttpCluster } from "../../kube/http/http_cluster.ts";
import type { RunIdentity } from "../../kube/owned/ownership.ts";
import { WriteLog } from "./load/write_log.ts";
import { type Prepared, setUp } from "./set_up/set_up.ts";
import { SteveLoad, type SteveLoadParts } from "./steve_load.ts";
import { planAt, type StevePlan } from "./steve_plan.ts";

export interface SteveRunParts
  extends Pick<SteveLoadParts, "plan" | "cluster" | "steve" | "walProbe" | "spawnWorker" | "say"> {
  readonly identity: RunIdentity;
}

/** See the module. Resolves when it was stopped and everything is judged. */
export class SteveRun {
  readonly #run: Run;
  readonly #parts: SteveRunParts;
  /** Over the same connections as all else: whoever made those disposes of them. */
  readonly #metadata: HttpCluster;
  /** The one that is told of what is written. */
  #load: SteveLoad | undefined;

  constructor(run: Run, parts: SteveRunParts) {
    this.#run = run;
    this.#parts = parts;
    this.#metadata = new HttpCluster(parts.cluster.connections, {
      form: "metadata",
      watchesApart: true,
    });
  }

  /** @throws {CannotRunError} before any load */
  async work(): Promise<void> {
    const prepared = await this.#prepare();
    if (prepared === undefined) return;
    const writes = this.#writeLog();
    const over = new AbortController();
    // Without what was written there is nothing to judge watchers by.
    await together([
      writes.run(over.signal),
      writes.ready().then(() => this.#putOn({ prepared, writes })).finally(() => over.abort()),
    ], () => this.#run.stop("failed"));
  }

  async #putOn(ready: Pick<SteveLoadParts, "prepared" | "writes">): Promise<void> {
    const { plan } = this.#parts;
    const { ladder } = plan;
    const load = (scope: LoadScope, at: StevePlan) => {
      const parts = { ...this.#parts, ...ready, plan: at, metadata: this.#metadata };
      return (this.#load = new SteveLoad(scope, parts)).work();
    };
    if (ladder === undefined) return await load(this.#run, plan);
    await climb(this.#run, {
      ladder,
      isRate: false,
      rung: (stage, level) => load(stage, planAt(plan, level)),
    });
  }

  /** What all generators of the load share. @throws {CannotRunError} */
  async layGroundwork(): Promise<void> {
    await this.#prepare();
  }

  /** Undefined if the run was stopped meanwhile. */
  async #prepare(): Promise<Prepared | undefined> {
    const { identity, plan: { values, churned }, cluster, steve, say } = this.#parts;
    const { namespace, payload: payloadBytes } = values;
    const plan = { identity, namespace, types: churned, payloadBytes };
    try {
      return await setUp(this.#run, { cluster, creator: this.#metadata, steve, plan, say });
    } catch (error) {
      if (this.#run.stopping.aborted) return undefined;
      throw error;
    }
  }

  #writeLog(): WriteLog {
    const { identity: { runId }, plan: { churned, values: { namespace } } } = this.#parts;
    const { clock, rng, share } = this.#run;
    return new WriteLog(this.#metadata, {
      clock,
      rng: ownRng(share, rng.fork("write log")),
      runId,
      types: churned,
      namespace,
      hasAnswers: isOurs(share, 0),
      onWritten: (event) => this.#load?.written(event),
      onUnseen: ({ type }) => {
        this.#run.warn(
          "unseen-writes",
          `The API server had forgotten writes of ${type} before they were seen: events of them ` +
            "cannot be judged",
        );
      },
    });
  }
}
