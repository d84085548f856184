/** As many users as a level needs, made when it needs them. @module */

import { CannotRunError, messageOf } from "../../../core/errors.ts";
import { hasOthers } from "../../../core/load/share.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { AccountUsers, TierCount } from "../users/account_users.ts";

/**
 * Makes those that are missing, of several generators each its own.
 * @throws {CannotRunError} if one cannot be made: fewer users are another question
 */
export async function growTo(
  users: AccountUsers,
  scope: LoadScope,
  counts: readonly TierCount[],
): Promise<void> {
  if (hasOthers(scope.share)) {
    const { count, first } = await users.growOurs(scope, counts);
    if (count === 0) return;
    throw new CannotRunError(`Cannot make ${count} users: ${messageOf(first)}`);
  }
  for (const { tier, count } of counts) {
    const missing = count - users.all.filter((user) => user.tier === tier).length;
    if (missing <= 0) continue;
    const unmade = await users.grow(scope, { tier, count: missing });
    if (unmade.count === 0) continue;
    throw new CannotRunError(
      `Cannot make ${count} users of tier ${tier}: ${unmade.count} failed: ${
        messageOf(unmade.first)
      }`,
    );
  }
}
