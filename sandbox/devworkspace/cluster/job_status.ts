/**
 * What does a Job say of itself as it goes on and ends? Its end is announced a little before.
 * Source: kubernetes, pkg/controller/job/job_controller.go, at 1.36.
 * @module
 */

interface JobEnding {
  readonly isSuccessful: boolean;
  readonly failedPods: number;
  /** RFC 3339 */
  readonly now: string;
}

const COMPLETE = {
  announcement: "SuccessCriteriaMet",
  end: "Complete",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};
const FAILED = {
  announcement: "FailureTarget",
  end: "Failed",
  reason: "BackoffLimitExceeded",
  message: "Job has reached the specified backoff limit",
};

export function activeStatus(failedPods: number, startTime: string): unknown {
  return { active: 1, ready: 0, startTime, ...failedOf(failedPods) };
}

/** While it waits before the next pod. */
export function backingOffStatus(failedPods: number): unknown {
  return { active: null, ...failedOf(failedPods) };
}

export function announcedStatus(ending: JobEnding): unknown {
  const { announcement } = wordsOf(ending);
  return {
    active: null,
    ...countsOf(ending),
    conditions: [condition(announcement, ending)],
  };
}

export function endedStatus(ending: JobEnding): unknown {
  const { announcement, end } = wordsOf(ending);
  return {
    ...countsOf(ending),
    ...(ending.isSuccessful ? { completionTime: ending.now } : {}),
    conditions: [condition(announcement, ending), condition(end, ending)],
  };
}

function wordsOf({ isSuccessful }: JobEnding): typeof COMPLETE {
  return isSuccessful ? COMPLETE : FAILED;
}

function countsOf({ isSuccessful, failedPods }: JobEnding): Record<string, number> {
  return { ...failedOf(failedPods), ...(isSuccessful ? { succeeded: 1 } : {}) };
}

function failedOf(failedPods: number): Record<string, number> {
  return failedPods === 0 ? {} : { failed: failedPods };
}

function condition(type: string, ending: JobEnding): unknown {
  const { reason, message } = wordsOf(ending);
  const { now } = ending;
  return { type, status: "True", reason, message, lastProbeTime: now, lastTransitionTime: now };
}
