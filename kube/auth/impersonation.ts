/**
 * As whom shall the server act? Flags and kubeconfig -> the headers that say so.
 * Source: Kubernetes documentation, "User impersonation"; client-go, transport/round_trippers.go.
 * @module
 */

import { UsageError } from "../../core/errors.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import type { KubeconfigUser } from "../kubeconfig/schema.ts";

/** The flags count one by one before the kubeconfig's fields. The values are text, not bytes yet. */
export function impersonationHeaders(
  user: KubeconfigUser,
  values: Pick<ClusterValues, "as" | "as-uid" | "as-group">,
): [string, string][] {
  const name = values.as ?? user.as;
  const uid = values["as-uid"] ?? user["as-uid"];
  const groups = values["as-group"].length > 0 ? values["as-group"] : user["as-groups"];
  if (name === undefined) {
    const alone = values["as-uid"] !== undefined
      ? "--as-uid"
      : values["as-group"].length > 0 && "--as-group";
    if (alone) throw new UsageError(`${alone} needs --as USER: it says more about that user`);
    // As kubectl: the other fields of a kubeconfig mean nothing without a user.
    return [];
  }
  const extra = Object.entries(user["as-user-extra"] ?? {}).flatMap(([key, texts]) =>
    texts.map((text): [string, string] => [`Impersonate-Extra-${headerKey(key)}`, text])
  );
  return [
    ["Impersonate-User", name],
    ...(uid === undefined ? [] : [["Impersonate-Uid", uid] satisfies [string, string]]),
    ...groups.map((group): [string, string] => ["Impersonate-Group", group]),
    ...extra,
  ];
}

/** Percent-encodes what no header name may hold (RFC 9110, section 5.6.2), and the percent sign. */
function headerKey(key: string): string {
  const bytes = new TextEncoder().encode(key);
  return [...bytes].map((byte) => {
    const letter = String.fromCharCode(byte);
    return /[!#$&'*+.^_`|~0-9A-Za-z-]/.test(letter)
      ? letter
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
