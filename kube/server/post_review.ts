/** How is a review sent, which is answered and never stored? @module */

import type * as z from "zod";
import type { CallOptions, Cluster } from "../cluster.ts";
import { answerOf } from "./answer_of.ts";

/** Its plural is its kind in small letters with an s. */
export interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec?: unknown;
}

/**
 * The answer in the shape that it must have.
 * @throws {UnusableAnswerError} if it has another
 */
export async function postReview<T>(
  cluster: Pick<Cluster, "request">,
  review: Review,
  { schema, ...options }: CallOptions & { readonly schema: z.ZodType<T> },
): Promise<T> {
  const method = "POST";
  const path = `/apis/${review.apiVersion}/${review.kind.toLowerCase()}s`;
  const answer = await cluster.request({
    ...options,
    method,
    path,
    body: JSON.stringify(review),
    contentType: "application/json",
  });
  return answerOf(schema, answer, { what: review.kind, call: `${method} ${path}` });
}
