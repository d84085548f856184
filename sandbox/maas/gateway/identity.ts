/**
 * Which tier is a user of, and under which name are the user's requests counted?
 * Source: opendatahub-io/models-as-a-service, maas-api/internal/tier and gateway-auth-policy at 7e0abdd6.
 * @module
 */

import type { User } from "../../../kube/server/access.ts";
import { tierGroup, TIERS } from "../installation.ts";
import type { Attributes } from "../limits/predicate.ts";

/** What policies know of a request. @param user undefined: it was let pass without one */
export function attributesOf(
  user: User | undefined,
  { path, method, subscription }: {
    readonly path: string;
    readonly method: string;
    readonly subscription: string | undefined;
  },
): Attributes {
  return {
    "request.path": path,
    "request.method": method,
    ...(subscription === undefined ? {} : { "auth.identity.subscription": subscription }),
    ...(user === undefined ? {} : {
      "auth.identity.userid": user.username.split(":")[3] ?? user.username,
      "auth.identity.tier": tierOf(user),
    }),
  };
}

/** The highest of which the user is; whoever is somebody is of the lowest. */
function tierOf({ groups }: User): string {
  const found = TIERS.findLast(({ name }) =>
    groups.includes(tierGroup(name)) || groups.includes(`tier-${name}-users`)
  );
  return (found ?? TIERS[0]).name;
}
