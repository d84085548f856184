/**
 * What the live page shows of a run: made when somebody looks and something has happened, and handed
 * over as what is new to each. The page of a run is its report as far as it has come: the same parts,
 * charts and figures.
 * @module
 */

import type { ReportSoFar } from "../../report/report.ts";
import type { StretchPoints } from "../../report/series.ts";
import type { RunStatus } from "../steering.ts";
import type { Moment } from "./moment.ts";
import { type PartName, partsOf } from "./parts.ts";
import { Versions } from "./versions.ts";

/** What charts are drawn from beside their points. */
type Frame = Pick<ReportSoFar, "marks" | "changes" | "end"> & {
  readonly manifest: Pick<ReportSoFar["manifest"], "isStaged" | "warmUpMs" | "targetRatePerSec">;
  readonly stages: readonly Pick<
    ReportSoFar["stages"][number],
    "name" | "kind" | "startMs" | "endMs"
  >[];
};

/** What is new to whoever has seen an earlier snapshot, or none: one event of the page. */
export interface Update {
  /** Nothing of what was seen counts any more. */
  readonly isWhole: boolean;
  readonly status: RunStatus;
  readonly parts: readonly (readonly [PartName, html: string])[];
  readonly frame: Frame;
  /** Points of other stretches than of this length are gone. */
  readonly stretchMs: number;
  readonly stretches: readonly (readonly [index: number, points: StretchPoints])[];
  /** Absent: as they were. */
  readonly curves?: ReportSoFar["percentileCurves"];
}

/** See the module. Snapshots are numbered from 1. */
export class Snapshots {
  readonly #parts = new Versions<PartName, string>();
  readonly #stretches = new Versions<number, StretchPoints>();
  readonly #curves = new Versions<"all", ReportSoFar["percentileCurves"]>();
  #moment: Moment | undefined;
  #number = 0;

  /** Of the latest; 0: there is none. */
  get number(): number {
    return this.#number;
  }

  take(moment: Moment): void {
    this.#number++;
    this.#moment = moment;
    this.#parts.take(this.#number, partsOf(moment));
    this.#stretches.take(this.#number, moment.stretches);
    this.#curves.take(this.#number, new Map([["all", moment.report.percentileCurves]]));
  }

  /** @param seen number of the snapshot that is known; 0: none is */
  since(seen: number): Update {
    const { status, report, stretchMs } = this.#moment!;
    const known = seen <= this.#number ? seen : 0;
    const [newer] = this.#curves.since(known);
    return {
      isWhole: known === 0,
      status,
      parts: this.#parts.since(known),
      frame: frameOf(report),
      stretchMs,
      stretches: this.#stretches.since(known),
      ...newer === undefined ? {} : { curves: newer[1] },
    };
  }
}

function frameOf({ manifest, stages, marks, changes, end }: ReportSoFar): Frame {
  const { isStaged, warmUpMs, targetRatePerSec } = manifest;
  return {
    manifest: { isStaged, warmUpMs, targetRatePerSec },
    stages: stages.map(({ name, kind, startMs, endMs }) => ({ name, kind, startMs, endMs })),
    marks,
    changes,
    end,
  };
}
