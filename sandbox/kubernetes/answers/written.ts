/**
 * What has a write come to?
 * @module
 */

import type { StoredObject } from "../store/stored_object.ts";

export interface Written {
  /** The state after it. */
  readonly object: StoredObject;
  readonly isNew: boolean;
}
