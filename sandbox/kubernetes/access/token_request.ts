/**
 * Answers a request for a token of a ServiceAccount.
 * Source: kubernetes/pkg/registry/core/serviceaccount/storage/token.go and
 * pkg/apis/authentication/validation/validation.go.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { notFound } from "../answers/api_error.ts";
import { type ApiState, collectionOf, type Place, timestamp } from "../api_state.ts";
import { type Part, partOf } from "../defaults/pod_defaults.ts";
import { type FieldCause, invalid, InvalidError } from "../validation/field_error.ts";
import { API_AUDIENCES } from "../tokens/service_account_tokens.ts";

const SHORTEST_SECONDS = 600;
const LONGEST_SECONDS = 2 ** 32;
const USUAL_SECONDS = 3_600;
const TYPE = { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1" };

/** @throws {ApiError | InvalidError} 404 without the account, 422 for a lifetime that is not given */
export function tokenRequest(
  state: ApiState,
  { place, name, object }: {
    readonly place: Place;
    /** Of the account. */
    readonly name: string;
    readonly object: KubeObject;
  },
): Part {
  const { resource, namespace } = place;
  const account = collectionOf(state, resource).get(namespace, name);
  if (account === undefined) throw notFound(resource, name);
  const { audiences: given, expirationSeconds = USUAL_SECONDS, boundObjectRef = null } = partOf(
    object["spec"],
  );
  const lifeSeconds = expirationSeconds as number;
  const causes = lifetimeCauses(lifeSeconds);
  if (causes.length > 0) {
    throw InvalidError.invalid(
      { group: "authentication.k8s.io", kind: TYPE.kind, name: "" },
      causes,
    );
  }
  const asked = (given ?? []) as readonly string[];
  const audiences = asked.length === 0 ? API_AUDIENCES : asked;
  const { token, expiresAt } = state.tokens.mint(account, { audiences, lifeSeconds });
  return {
    ...TYPE,
    metadata: {
      name,
      namespace,
      uid: account.fields.metadata.uid,
      creationTimestamp: timestamp(state),
    },
    spec: { audiences, expirationSeconds: lifeSeconds, boundObjectRef },
    status: { token, expirationTimestamp: expiresAt.toISOString().replace(/\.\d+Z$/, "Z") },
  };
}

function lifetimeCauses(seconds: number): FieldCause[] {
  const field = "spec.expirationSeconds";
  if (seconds < SHORTEST_SECONDS) {
    return [invalid(field, seconds, "may not specify a duration less than 10 minutes")];
  }
  if (seconds > LONGEST_SECONDS) {
    return [invalid(field, seconds, "may not specify a duration larger than 2^32 seconds")];
  }
  return [];
}
