/**
 * What can be wrong while routes are attached, and whose doing is it? Amounts that have to be 0: the
 * first of those that are not is the first to be named, so what explains others comes before them.
 * @module
 */

import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { Measures } from "../../../core/run/measures.ts";
import { FOREIGN_REWRITES, UNVERSIONED_ACCEPTANCES } from "../frame/route_watch.ts";
import { ERRORS_BEFORE_SERVED } from "../frame/seen_answers.ts";
import { UNACCEPTED, UNSERVED } from "../frame/served_late.ts";
import { COUNT_FAULTS } from "./count_wait.ts";

/** Times when the pilot was not served, tagged with whether its Gateway went on counting it. */
export const LAPSES = "lapses";
/** Routes that were served longer after their delete than they may be. */
export const SERVED_AFTER_DELETE = "servedAfterDelete";
/** Single changes that waited for a time that was set, tagged with what of them. */
export const THROTTLED = "throttled";

interface Fault extends CauseSpec {
  readonly counter: string;
  readonly tags: Tags;
}

const CONTROLLER = "controller";
const STATUS_WRITER = "controller's status writer";
const DATA_PLANE = "data plane";

export const FAULTS: readonly Fault[] = [
  fault(FOREIGN_REWRITES, "another controller", {
    because: "entries of one controller in a route's status were taken away by another one",
  }),
  fault(LAPSES, CONTROLLER, {
    tags: { counted: "no" },
    because: "a route that was there all the time was neither counted nor served for a while, " +
      "as when a controller restarts and speaks before it has looked",
  }),
  fault(UNSERVED, CONTROLLER, {
    tags: { status: "not-accepted" },
    because: "routes were neither accepted nor served: it never noticed them, or refused them",
  }),
  fault(COUNT_FAULTS.overCount, CONTROLLER, {
    because: "a listener counted more routes than there ever were for it, and went on doing so",
  }),
  fault(COUNT_FAULTS.underCount, CONTROLLER, {
    because: "a listener counted fewer routes than there were for it, and went on doing so",
  }),
  fault(COUNT_FAULTS.residue, CONTROLLER, {
    because: "a listener went on counting routes that had been deleted",
  }),
  fault(COUNT_FAULTS.flaps, CONTROLLER, {
    because: "a listener's count moved away again after it had been right",
  }),
  fault(UNACCEPTED, STATUS_WRITER, {
    tags: { served: "yes" },
    because: "routes were served whose status does not say that they are accepted as they are now",
  }),
  fault(UNVERSIONED_ACCEPTANCES, STATUS_WRITER, {
    because: "routes were accepted by a status that does not say of which generation they are",
  }),
  fault(UNSERVED, DATA_PLANE, {
    tags: { status: "accepted" },
    because: "routes were accepted that the data plane does not serve",
  }),
  fault(LAPSES, DATA_PLANE, {
    tags: { counted: "yes" },
    because: "a route that was there all the time was not served for a while, and went on being " +
      "counted",
  }),
  fault(ERRORS_BEFORE_SERVED, DATA_PLANE, {
    because: "a new route answered with errors before it was served",
  }),
  fault(SERVED_AFTER_DELETE, DATA_PLANE, {
    because: "a deleted route went on being served for longer than it may",
  }),
  fault(THROTTLED, CONTROLLER, {
    because:
      "single changes, one after another, waited for the same fixed time: a throttle, not work",
  }),
];

function fault(
  counter: string,
  component: string,
  { tags = {}, because }: { tags?: Tags; because: string },
): Fault {
  const named = Object.entries(tags).map(([tag, value]) => `${tag}=${value}`).join();
  const series = named === "" ? counter : `${counter}{${named}}`;
  return { counter, tags, component, sign: `${series}.total <= 0`, because };
}

/** Which every gateway probe declares. */
const OF_FRAME: readonly string[] = [FOREIGN_REWRITES, UNVERSIONED_ACCEPTANCES];

/** That they are 0 is an answer. @param gateways tags */
export function faultCounters(gateways: readonly string[]): Measures["counters"] {
  return gateways.flatMap((gateway) =>
    FAULTS.filter(({ counter }) => !OF_FRAME.includes(counter))
      .map(({ counter: name, tags }) => ({ name, tags: { gateway, ...tags } }))
  );
}
