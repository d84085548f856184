/**
 * Which objects are on a page of a list, and of which moment? As kube-apiserver answers from its watch
 * cache, except that this cache is never behind.
 * Source: Kubernetes API concepts, "Resource versions", and apiserver, pkg/storage/cacher.
 * @module
 */

import { Buffer } from "node:buffer";
import { messageOf } from "../../../core/errors.ts";
import { badRequest, expired } from "../answers/api_error.ts";
import type { Page } from "../answers/forms.ts";
import { type Collection, keyOf } from "../store/collection.ts";
import { type AskedList, revisionOf } from "./list_options.ts";
import type { ObjectFilter } from "./selection.ts";
import type { StoredObject } from "../store/stored_object.ts";

/** The moment of a list: a revision that must be reconstructed, or now. */
interface Moment {
  /** Undefined: now. */
  readonly exact: number | undefined;
  /** The store must have come so far. */
  readonly atLeast: number;
  /** Where the page begins; undefined: at the start. */
  readonly after: string | undefined;
  /** 0: no limit. */
  readonly limit: number;
}

const CONTINUE_EXPIRED =
  "The provided continue parameter is too old to display a consistent list " +
  "result. You can start a new list without the continue parameter, or use the continue token in " +
  "this response to retrieve the remainder of the results. Continuing with the provided token " +
  "results in an inconsistent list - objects that were created, modified, or deleted between the " +
  "time the first chunk was returned and now may show up in the list.";
const LIST_EXPIRED = "The resourceVersion for the provided list is too old.";

/** @throws {ApiError} 400 for what cannot be read */
export function momentOf(options: AskedList): Moment {
  const { continueToken, resourceVersion, resourceVersionMatch, limit } = options;
  if (continueToken !== "") {
    const token = parseContinue(continueToken);
    if (resourceVersion !== "" && resourceVersion !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    return momentOfToken(token, limit);
  }
  const revision = revisionOf(
    resourceVersion,
    (message) => badRequest(`invalid resource version: ${message}`),
  );
  // Without a match, a limit makes any resourceVersion but "0" an exact one.
  const isExact = resourceVersionMatch === "Exact" ||
    (resourceVersionMatch === "" && limit > 0 && revision > 0);
  return {
    exact: isExact ? revision : undefined,
    atLeast: revision,
    after: undefined,
    // The watch cache, which "0" asks, knows no pages.
    limit: resourceVersion === "0" ? 0 : limit,
  };
}

function momentOfToken({ revision, after }: ContinueToken, limit: number): Moment {
  return revision < 0
    ? { exact: undefined, atLeast: 0, after, limit }
    : { exact: revision, atLeast: revision, after, limit };
}

/**
 * @param options.revision of the store, not below the moment's `atLeast`
 * @throws {ApiError} 410 if the moment is further back than the history
 */
export function listPage(
  collection: Collection,
  { moment, selection, revision }: { moment: Moment; selection: ObjectFilter; revision: number },
): Page {
  const { exact = revision, after, limit } = moment;
  const { namespace } = selection;
  if (exact < collection.history.floor) throw tooOld(after);
  const all = exact === revision
    ? collection.list(namespace)
    : collection.listAt({ revision: exact, namespace });
  const rest = after === undefined
    ? all
    : all.filter((object) => startOf(object, namespace) > after);
  const chosen = selection.isAll ? rest : rest.filter((object) => selection.matches(object));
  if (limit === 0 || chosen.length <= limit) {
    return { objects: chosen, revision: exact, continueToken: "", remaining: undefined };
  }
  const objects = chosen.slice(0, limit);
  return {
    objects,
    revision: exact,
    continueToken: continueText({ revision: exact, after: startOf(objects.at(-1)!, namespace) }),
    // The real server counts keys, and does not look which ones a selector would choose.
    remaining: selection.isAll ? chosen.length - limit : undefined,
  };
}

/** The key within what is listed. */
function startOf(object: StoredObject, namespace: string): string {
  return namespace === "" ? keyOf(object) : object.name;
}

function tooOld(after: string | undefined): Error {
  if (after === undefined) return expired(LIST_EXPIRED);
  return expired(CONTINUE_EXPIRED, continueText({ revision: -1, after }));
}

/** Where the next page begins; opaque for clients. Source: apiserver, pkg/storage/continue.go. */
interface ContinueToken {
  /** Of the first page; -1: whatever is there now. */
  readonly revision: number;
  /** Key of the last object of the page before, within what is listed. */
  readonly after: string;
}

const VERSION = "meta.k8s.io/v1";

function continueText({ revision, after }: ContinueToken): string {
  // The smallest key after that one.
  const token = { v: VERSION, rv: revision, start: `/${after}\u0000` };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** @throws {ApiError} 400 */
function parseContinue(text: string): ContinueToken {
  let token: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    token = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch (error) {
    throw unusable(messageOf(error));
  }
  const { v, rv, start } = token;
  if (v !== VERSION) throw unusable(`server does not recognize this encoded version "${v}"`);
  if (typeof rv !== "number" || typeof start !== "string" || !start.startsWith("/")) {
    throw unusable("incorrect encoded start resourceVersion");
  }
  return { revision: rv, after: start.slice(1).replace(/\0$/, "") };
}

function unusable(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
