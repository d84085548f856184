/**
 * Answers that a client got and should not have got: each is counted by what it was and whether its
 * body was empty, and of each kind it is told when the first and the last one came.
 * @module
 */

import type { Recorder } from "../../../core/measure/recorder.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import { type Answer, classOf, type Expected } from "../answers/answer.ts";

/** Tagged with what they were and what body they had. */
export const FAILED_ANSWERS = "failedAnswers";

const BODY_TEXT = { none: "no answer", empty: "empty body", text: "with a body" } as const;

interface Kind {
  count: number;
  readonly first: string;
  last: string;
}

/** Of one client. See the module. */
export class FailedAnswers {
  readonly #recorder: Recorder;
  readonly #expected: Expected;
  /** In the order in which they first came. */
  readonly #kinds = new Map<string, Kind>();
  #count = 0;

  constructor(recorder: Recorder, expected: Expected) {
    this.#recorder = recorder;
    this.#expected = expected;
  }

  /** @param note `when`: "20ms after change 3" */
  add(answer: Answer, { when, tags }: { readonly when: string; readonly tags: Tags }): void {
    const [answerClass, body] = [classOf(answer, this.#expected), bodyOf(answer)];
    this.#recorder.count(FAILED_ANSWERS, 1, {
      atMs: answer.atMs,
      tags: { ...tags, answer: answerClass, body },
    });
    this.#count++;
    const name = `${answerClass} (${BODY_TEXT[body]})`;
    const kind = this.#kinds.get(name) ?? { count: 0, first: when, last: when };
    this.#kinds.set(name, kind);
    kind.count++;
    kind.last = when;
  }

  /** How many there were, of what kinds, and when; undefined: none. */
  textOf(requests: number): string | undefined {
    if (this.#count === 0) return undefined;
    const kinds = [...this.#kinds].map(([name, { count, first, last }]) =>
      count === 1 ? `${name} ${first}` : `${count} x ${name} from ${first} to ${last}`
    );
    return `${this.#count} of ${requests} requests: ${kinds.join("; ")}`;
  }
}

function bodyOf(answer: Answer): keyof typeof BODY_TEXT {
  if (answer.kind === "failed") return "none";
  return answer.bodyHead === "" ? "empty" : "text";
}
