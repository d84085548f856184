/**
 * What are the objects of a run called? After the run and by their number, all equally long, so that
 * they sort as they were numbered. Looks at no cluster.
 * @module
 */

import { UsageError } from "../../core/errors.ts";

/** Source: Kubernetes, "Object Names and IDs", DNS subdomain names (RFC 1123, section 2.1). */
const LONGEST_NAME = 253;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

interface ObjectNameOptions {
  readonly runId: string;
  /** The highest number that an object can get; the names are as wide as it needs. */
  readonly highest: number;
  /**
   * Further zeros in front of every number.
   * @default 0
   */
  readonly padDigits?: number;
}

/**
 * The name of each object by its number (1..highest).
 * @throws {UsageError} if the cluster would refuse them; no other name is needed to know
 */
export function objectNames(options: ObjectNameOptions): (index: number) => string {
  const { runId, highest, padDigits = 0 } = options;
  const width = String(highest).length + padDigits;
  const length = runId.length + 1 + width;
  // Before any name is made: the padding alone may be longer than a string can be.
  if (length > LONGEST_NAME) {
    throw new UsageError(
      `Cannot name objects after run "${runId}": the names would have ${length} characters ` +
        `(run id ${runId.length}, "-" 1, number ${width}), and Kubernetes takes at most ${LONGEST_NAME}`,
    );
  }
  const nameOf = (index: number) => `${runId}-${String(index).padStart(width, "0")}`;
  if (!DNS_SUBDOMAIN.test(nameOf(highest))) {
    throw new UsageError(
      `Cannot name an object "${nameOf(highest)}": Kubernetes takes a-z, 0-9, "-" and "." only, ` +
        `with a letter or digit at both ends of each part between dots; use another run id than "${runId}"`,
    );
  }
  return nameOf;
}
