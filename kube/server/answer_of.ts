/**
 * Is an answer of the server what the request asks for? A proxy or log-in page in between answers 200
 * to everything, and that has to be said in one line. Asks nothing.
 * @module
 */

import type * as z from "zod";
import { UnusableAnswerError } from "../status_error.ts";

/** What is looked at of an answer that is something else. */
const SHOWN_LETTERS = 60;

/**
 * The body in the shape that it must have.
 * @param what completes "the answer is no ...", e.g. `SelfSubjectReview`
 * @param call `POST /apis/...`
 * @throws {UnusableAnswerError} with what came instead
 */
export function answerOf<T>(
  schema: z.ZodType<T>,
  body: unknown,
  { what, call }: { readonly what: string; readonly call: string },
): T {
  const { data, success } = schema.safeParse(body);
  if (success) return data;
  throw new UnusableAnswerError(
    `the answer to ${call}: it is no ${what}, but ${described(body)}; ` +
      "is it a Kubernetes API server, or a proxy or log-in page in front of it?",
  );
}

function described(body: unknown): string {
  if (body === undefined || body === null) return "nothing";
  if (typeof body === "string") {
    const [line = ""] = body.trim().split("\n");
    return `the text ${JSON.stringify(line.slice(0, SHOWN_LETTERS))}`;
  }
  const { kind } = body as { kind?: unknown };
  return typeof kind === "string" && kind !== ""
    ? `${JSON.stringify(kind.slice(0, SHOWN_LETTERS))} or something of another shape`
    : "JSON of another shape";
}
