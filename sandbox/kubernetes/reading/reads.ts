/**
 * Answers what concerns many objects, or a past or future moment: get, list, watch and
 * deletecollection.
 * Source: Kubernetes API concepts, "Resource versions".
 * @module
 */

import { jsonAnswer, streamAnswer } from "../answers/answers.ts";
import { badRequest, notFound, serverError, tooLargeVersion } from "../answers/api_error.ts";
import { type Page, requestedForm } from "../answers/forms.ts";
import { type ApiState, collectionOf, type Resolved } from "../api_state.ts";
import { remove } from "../writing/delete.ts";
import { deleteOptions } from "../writing/write_options.ts";
import { type AskedList, listOptions, revisionOf } from "./list_options.ts";
import { listPage, momentOf } from "./list_page.ts";
import { type ObjectFilter, selectionOf } from "./selection.ts";
import type { StoredObject } from "../store/stored_object.ts";
import { watchBody, type WatchPlan } from "./watch_stream.ts";

/** How long a request waits for a revision that is yet to come. Source: apiserver, watch_cache.go. */
const BLOCK_TIMEOUT_MS = 3_000;
/** A watch that names no time ends after one to two of these. Source: --min-request-timeout. */
const MIN_REQUEST_TIMEOUT_MS = 1_800_000;

interface ReadsOptions {
  /** Ms between bookmarks. */
  readonly bookmarkPeriodMs: number;
  /** Ends all watches. */
  readonly ended: AbortSignal;
}

/** See the module. */
export class Reads {
  readonly #state: ApiState;
  readonly #options: ReadsOptions;

  constructor(state: ApiState, options: ReadsOptions) {
    this.#state = state;
    this.#options = options;
  }

  async get(request: Resolved): Promise<StoredObject> {
    const { resource, namespace, name = "", query, call } = request;
    const refuse = (message: string) => badRequest(`invalid resource version: ${message}`);
    await this.#reach(revisionOf(query.get("resourceVersion") ?? "", refuse), call.signal);
    const object = collectionOf(this.#state, resource).get(namespace, name);
    if (object === undefined) throw notFound(resource, name);
    return object;
  }

  async list(request: Resolved): Promise<Response> {
    const form = requestedForm(this.#state, request);
    return jsonAnswer(form.list(await this.#page(request)));
  }

  watch(request: Resolved): Response {
    const { resource, call } = request;
    const { clock, store } = this.#state;
    const options = listOptions(request.query, { isWatch: true });
    const plan: WatchPlan = {
      collection: collectionOf(this.#state, resource),
      selection: selectionFor(request, options),
      form: requestedForm(this.#state, request),
      ...this.#start(options),
      bookmarkPeriodMs: options.allowWatchBookmarks ? this.#options.bookmarkPeriodMs : Infinity,
      timeoutMs: this.#timeoutMs(options),
    };
    const signals = [call.signal, this.#options.ended];
    return streamAnswer(watchBody(plan, { clock, signals, revision: () => store.revision }));
  }

  /** Answers what there was, as a list. */
  async deleteCollection(request: Resolved): Promise<Response> {
    const { resource, call } = request;
    const options = deleteOptions(request.query, call.body);
    const page = await this.#page(request);
    for (const { namespace, name } of page.objects) {
      const current = collectionOf(this.#state, resource).get(namespace, name);
      if (current === undefined) continue;
      remove(this.#state, { place: { resource, namespace }, current, options });
    }
    return jsonAnswer(requestedForm(this.#state, request).list(page));
  }

  async #page(request: Resolved): Promise<Page> {
    const options = listOptions(request.query, { isWatch: false });
    const selection = selectionFor(request, options);
    const moment = momentOf(options);
    await this.#reach(moment.atLeast, request.call.signal);
    const collection = collectionOf(this.#state, request.resource);
    return listPage(collection, { moment, selection, revision: this.#state.store.revision });
  }

  /** From which event on, and whether the present state comes first. */
  #start(options: AskedList): Pick<WatchPlan, "after" | "marksInitialEnd"> {
    const { resourceVersion, allowWatchBookmarks, sendInitialEvents } = options;
    const revision = revisionOf(resourceVersion, serverError);
    const isInitial = sendInitialEvents ?? revision === 0;
    if (isInitial) return { after: undefined, marksInitialEnd: allowWatchBookmarks };
    const after = revision === 0 ? this.#state.store.revision : revision;
    return { after, marksInitialEnd: false };
  }

  #timeoutMs({ timeoutSeconds = 0 }: AskedList): number {
    if (timeoutSeconds > 0) return timeoutSeconds * 1_000;
    return MIN_REQUEST_TIMEOUT_MS * (1 + this.#state.rng.next());
  }

  /** @throws {ApiError} 504 if the store does not come so far in time */
  async #reach(revision: number, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#state;
    if (revision <= store.revision) return;
    await clock.sleepUntil(clock.now() + BLOCK_TIMEOUT_MS, signal);
    if (revision <= store.revision) return;
    throw tooLargeVersion({ wanted: revision, current: store.revision });
  }
}

function selectionFor(
  { resource, namespace, name }: Resolved,
  { labelSelector, fieldSelector }: AskedList,
): ObjectFilter {
  return selectionOf(resource, { namespace, name, labels: labelSelector, fields: fieldSelector });
}
