/** What one use of propagation does, as its flags say. @module */

import type { ArrivalProcess } from "../../../core/load/arrival.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { PropagationValues } from "./command.ts";
import type { RouteNumbers } from "./route_numbers.ts";

/** A part of the probe's work: a stage of its own, whose routes are tagged. */
export interface PropagationPart {
  readonly stage: "alone" | "under load";
  readonly tags: Tags;
  /** When other routes change meanwhile; undefined: none does. */
  readonly churn: ArrivalProcess | undefined;
}

/** What one use of it does. */
export interface PropagationPlan {
  readonly values: PropagationValues;
  readonly arrivals: ArrivalProcess;
  readonly parts: readonly PropagationPart[];
  readonly numbers: RouteNumbers;
}
