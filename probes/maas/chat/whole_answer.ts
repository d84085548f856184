/**
 * What came of an answer in one piece under status 200?
 * Source: OpenAI API reference, "Chat completion object" and "Completion object".
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { parsedJson } from "../../../core/parsed_json.ts";
import { printable } from "../../../core/say.ts";
import type { ChatAnswer } from "./chat.ts";
import { choicesTold, errorTold, objectOf, usageTold } from "./told.ts";

/**
 * @param text the whole body
 * @throws {OperationFailedError} `error-frame`; `truncated` where an object does not end; `corrupt`
 *   for what is no answer
 */
export function wholeAnswer(text: string): ChatAnswer {
  const told = objectOf(parsedJson(text));
  if (told === undefined) {
    throw isOpen(text)
      ? new OperationFailedError("truncated", `the answer ended after ${text.length} characters`)
      : new OperationFailedError("corrupt", "the answer is no JSON object");
  }
  const error = errorTold(told);
  if (error !== undefined) throw new OperationFailedError("error-frame", printable(error));
  if (choicesTold(told).length === 0) {
    throw new OperationFailedError("corrupt", "the answer has no choice");
  }
  return { usage: usageTold(told), tokenTimesMs: [] };
}

/** Whether something that begins in the text does not end in it. */
function isOpen(text: string): boolean {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/gs, "");
  const [begins, ends] = [/[{[]/g, /[}\]]/g].map((bracket) => bare.match(bracket)?.length ?? 0);
  return bare.includes('"') || begins! > ends!;
}
