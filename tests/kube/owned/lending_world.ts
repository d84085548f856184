/**
 * A policy on the sandbox's cluster that a run may borrow, and machines that come and go.
 * @module
 */

import { createRng } from "../../../core/load/rng.ts";
import { Run } from "../../../core/run/run.ts";
import { Borrowed } from "../../../kube/owned/borrowed.ts";
import { isLoan, readLoan, type SeenLoan } from "../../../kube/owned/borrowed/loan.ts";
import { LEASES } from "../../../kube/owned/run_record.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import { SandboxCluster } from "../../support/sandbox_cluster.ts";
import { TempDir } from "../../support/scaletool.ts";

export const REF = { namespace: "default", name: "policy" };
export const NEVER = new AbortController().signal;
const NEW = { free: "10000", gold: "20000" };

/** `kill -9`: nothing that the run would do after it happens. */
export class Killed extends Error {}

export class LendingWorld implements AsyncDisposable {
  readonly cluster = new SandboxCluster();
  readonly directory = new TempDir();
  readonly warnings: string[] = [];
  readonly run = this.#newRun();
  readonly borrowed = this.borrowedBy(this.run);

  static async with(data: Readonly<Record<string, string>>): Promise<LendingWorld> {
    const world = new LendingWorld();
    await world.cluster.create(CONFIG_MAPS, { metadata: REF, data });
    world.cluster.calls.length = 0;
    return world;
  }

  get clock() {
    return this.cluster.clock;
  }

  borrowedBy(run: Run): Borrowed {
    const identity = { runId: run.id, command: "test" };
    return new Borrowed(run, { cluster: this.cluster, identity, namespace: "default" });
  }

  /** Raises the limits of both tiers, of which one may not be there. */
  async borrow(fields: Readonly<Record<string, string | undefined>> = NEW): Promise<void> {
    const wanted = Object.entries(fields).map(([key, value]) => ({ path: `/data/${key}`, value }));
    await this.advance(this.borrowed.change(CONFIG_MAPS, REF, wanted));
  }

  /** Lets time pass until it has ended. */
  async advance<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    promise.finally(() => isOver = true).catch(() => {});
    while (!isOver) await this.clock.advance(1_000);
    return await promise;
  }

  undo(): ReturnType<Run["undoAll"]> {
    return this.advance(this.run.undoAll({ signal: NEVER, onLong: () => {} }));
  }

  async data(): Promise<unknown> {
    return (await this.cluster.get(CONFIG_MAPS, REF))["data"];
  }

  /** Somebody else writes. */
  async write(data: unknown): Promise<void> {
    const options = { type: "merge", fieldManager: "somebody" } as const;
    await this.cluster.patch(CONFIG_MAPS, REF, { body: { data }, options });
  }

  async loans(): Promise<SeenLoan[]> {
    const { items } = await this.cluster.list(LEASES, {});
    return items.filter(isLoan).map(readLoan);
  }

  journalFile(): string | undefined {
    try {
      return Deno.readTextFileSync(this.directory.file("borrowed.json"));
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cluster[Symbol.dispose]();
    await this.directory[Symbol.asyncDispose]();
  }

  #newRun(): Run {
    return new Run({
      id: "r1",
      clock: this.cluster.clock,
      rng: createRng(1),
      directory: this.directory.path,
      log: (...records) => {
        for (const record of records) {
          if (record.type === "warning") this.warnings.push(record.warning.code);
        }
      },
    });
  }
}
