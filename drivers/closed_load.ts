/**
 * The closed load of cmdriverclosed: workers go through their plans, one write at a time, at a
 * common pace that a slow server holds up.
 * @module
 */

import { execute } from "../core/load/executor.ts";
import type { Iteration, Workload } from "../core/load/workload.ts";
import type { Run } from "../core/run/run.ts";
import { type ClosedPlanOptions, type PlannedOperation, planOf } from "./closed_plan.ts";
import type { ObjectWriter } from "../kube/owned/object_writer.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";

/** The objects of a run by their number, from 1. */
export interface RunObjects {
  refOf(index: number): ObjectRef;
  make(index: number, stamp: string): KubeObject;
}

export interface ClosedLoad {
  readonly plan: ClosedPlanOptions;
  readonly objects: RunObjects;
  readonly makePatch: (phase: number, stamp: string) => unknown;
  /** Query of an object's create; undefined: the field manager is sent instead. */
  readonly createQuery: (index: number) => Readonly<Record<string, string>> | undefined;
}

interface Tools {
  readonly load: ClosedLoad;
  readonly writer: ObjectWriter;
}

/** Puts it on; resolves when every plan is done, or when the run was stopped. */
export async function runClosedLoad(run: Run, tools: Tools): Promise<void> {
  const { clock, rng, recorder, stopping, aborted } = run;
  const { threads } = tools.load.plan;
  await execute({ clock, rng, recorder, stopping, aborted }, {
    workload: wholePlan(run, tools),
    model: { kind: "closed", workers: threads, thinkMs: 0 },
    // An iteration is a worker's whole plan: each write has its own due time in it.
    maxIterations: threads,
  });
}

function wholePlan({ clock }: Run, tools: Tools): Workload {
  const startMs = clock.now();
  return {
    name: "planned writes",
    firstOp: "create",
    async iterate(iteration) {
      const { worker, stopping } = iteration;
      for (const operation of planOf(worker, tools.load.plan)) {
        const dueMs = operation.dueMs === undefined ? clock.now() : startMs + operation.dueMs;
        await clock.sleepUntil(dueMs, stopping);
        if (stopping.aborted) return;
        await write(iteration, { operation, dueMs, ...tools });
      }
    },
  };
}

async function write(
  iteration: Iteration,
  { operation, dueMs, load, writer }: Tools & { operation: PlannedOperation; dueMs: number },
): Promise<void> {
  const { op, phase, object } = operation;
  const spec = { ref: load.objects.refOf(object), dueMs, lane: iteration.worker };
  switch (op) {
    case "create":
      await writer.create(iteration, {
        ...spec,
        make: (stamp) => load.objects.make(object, stamp),
        query: load.createQuery(object),
      });
      return;
    case "update":
      return await writer.update(iteration, {
        ...spec,
        make: (stamp) => load.makePatch(phase, stamp),
      });
    case "delete":
      return await writer.delete(iteration, spec);
  }
}
