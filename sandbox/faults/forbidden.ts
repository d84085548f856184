/**
 * A role that was taken away while the load ran.
 * Source: apiserver, pkg/endpoints/handlers/responsewriters/errors.go.
 * @module
 */

import { refusalAnswer } from "../kubernetes/answers/answers.ts";
import { forbidden } from "../kubernetes/answers/api_error.ts";
import { refusalText } from "../kubernetes/access/authorization.ts";
import type { ApiCall } from "../kubernetes/api_state.ts";
import type { SeenRequest } from "../request_kind.ts";
import { LOAD, plainFault } from "./fault.ts";

export const forbiddenFault = plainFault({
  name: "forbidden",
  does: "403 Forbidden, as after a role binding was deleted",
  concerns: LOAD,
  start: () => ({ call, seen }) => Promise.resolve(refusalAnswer(notAllowed(call, seen))),
});

function notAllowed({ user }: ApiCall, seen: SeenRequest) {
  const { verb, plural, group, namespace, name = "" } = seen;
  const where = { group, resource: plural, subresource: "", namespace: namespace ?? "", name };
  return forbidden(
    { group, version: "", plural, kind: "", namespaced: namespace !== undefined },
    { name, why: refusalText(user, { verb, ...where }) },
  );
}
