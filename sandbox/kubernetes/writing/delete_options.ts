/**
 * How does a client want an object to be deleted? In the body or in the query.
 * Source: apimachinery, pkg/apis/meta/v1/types.go, DeleteOptions, and its validation.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";
import { messageOf } from "../../../core/errors.ts";
import { badRequest } from "../answers/api_error.ts";
import { isTrue } from "../requests/request_info.ts";
import { dryRunCauses, refuse, unsupported } from "./write_options.ts";

export type Propagation = "Foreground" | "Background" | "Orphan";

export interface DeleteOptions {
  readonly isDryRun: boolean;
  readonly propagation: Propagation;
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
}

/** As the server itself deletes. */
export const DELETE_NOW: DeleteOptions = {
  isDryRun: false,
  propagation: "Background",
  preconditions: {},
};

interface Given {
  readonly dryRun?: readonly string[];
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly preconditions?: DeleteOptions["preconditions"];
}

const POLICIES = ["Foreground", "Background", "Orphan"];

/**
 * @throws {ApiError} 400 for a body that cannot be read
 * @throws {InvalidError} 422 for one that asks for what is not there
 */
export function deleteOptions(query: URLSearchParams, body: string): DeleteOptions {
  const { dryRun = [], propagationPolicy, orphanDependents, preconditions = {} } = body === ""
    ? ofQuery(query)
    : ofBody(body);
  refuse("DeleteOptions", [
    ...dryRunCauses(dryRun),
    ...(propagationPolicy === undefined || POLICIES.includes(propagationPolicy)
      ? []
      : [unsupported("propagationPolicy", goQuote(propagationPolicy), [...POLICIES, "nil"])]),
  ]);
  const propagation =
    (propagationPolicy ?? (orphanDependents ? "Orphan" : "Background")) as Propagation;
  return { isDryRun: dryRun.length > 0, propagation, preconditions };
}

function ofBody(text: string): Given {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${messageOf(error)}`);
  }
}

function ofQuery(query: URLSearchParams): Given {
  const policy = query.get("propagationPolicy");
  return {
    dryRun: query.getAll("dryRun").filter((value) => value !== ""),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    orphanDependents: isTrue(query.get("orphanDependents")),
  };
}
