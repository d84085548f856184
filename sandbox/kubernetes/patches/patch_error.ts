/**
 * What is thrown at a patch that cannot be applied.
 * @module
 */

/** One entry of a Status' details.causes. */
export interface PatchCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The message is the one with which an API server answers. */
export class PatchError extends Error {
  override name = "PatchError";
  /** HTTP status: 400, 409, 413, 415, 422 or, as the server has it for some bad patches, 500. */
  readonly code: number;
  /** Of a conflict: which fields. */
  readonly causes: readonly PatchCause[];

  constructor(code: number, message: string, causes: readonly PatchCause[] = []) {
    super(message);
    this.code = code;
    this.causes = causes;
  }
}
