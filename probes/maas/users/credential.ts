/** What a user shows to be let in, and where it comes from. @module */

import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { ObjectRef } from "../../../kube/object.ts";
import type { HeaderList } from "../chat/chat.ts";

/** Where a user belongs. */
export interface Account {
  /** The user's own ServiceAccount. */
  readonly ref: ObjectRef;
  readonly tier: string;
}

/** A secret in use. */
export interface Credential {
  /** Of every request that shows it. */
  readonly headers: HeaderList;
  /** Clock time from which it may be refused. */
  readonly expiresMs: number;
}

/** Makes credentials of one kind. */
export interface CredentialSource {
  /**
   * A new one; earlier ones stay good for as long as they are.
   * @throws what the server refuses it for
   */
  issue(
    scope: Pick<LoadScope, "clock" | "aborted">,
    account: Account,
    measured: MeasuredCall,
  ): Promise<Credential>;
  /**
   * Takes back what the account has, before it goes; absent: that goes with it.
   * @throws {OperationFailedError} if something may be left
   */
  revoke?(scope: Pick<LoadScope, "clock" | "aborted">, account: Account): Promise<void>;
}

/** Makes one call of a kind, which may be recorded and repeated. */
export type MeasuredCall = <T>(op: string, call: () => Promise<T>) => Promise<T>;
