/**
 * What is thrown at a selector that cannot be used.
 * @module
 */

/** The message is the one with which an API server answers 400. */
export class BadSelectorError extends Error {
  override name = "BadSelectorError";
}
