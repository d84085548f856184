/**
 * Which objects does a list, a watch or a deletecollection concern?
 * @module
 */

export { BadSelectorError } from "./bad_selector.ts";
export { fieldSelector } from "./field_selector.ts";
export { labelSelector } from "./label_selector.ts";
