/**
 * Is there a Steve at the URL, does it let us in, and does it show the cluster that we write to?
 * Asked before any load, so that each "no" is one line. Changes nothing.
 * @module
 */

import { CannotRunError, messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { until } from "../../../core/load/until.ts";
import { formatDuration } from "../../../core/units.ts";
import {
  asksForRetry,
  isForbidden,
  isNotFound,
  isUnauthorized,
  StatusError,
} from "../../../kube/status_error.ts";
import type { SteveClient, SteveList } from "./steve_client.ts";
import type { SteveType } from "../written_event.ts";

type Lister = Pick<SteveClient, "list" | "url">;

const POLL_MS = 250;
const ANSWER_PATIENCE_MS = 30_000;
/** Steve builds its copy of a type at the first list: up to seconds on a large cluster. */
const SHOWN_PATIENCE_MS = 60_000;
const SHOWN = { pollMs: POLL_MS, timeoutMs: SHOWN_PATIENCE_MS };

/**
 * Waits up to 30 s for a Steve that answers with 429 or 5xx: one that has just started, or whose copy of the
 * type is being dropped, does so for a moment.
 * @throws {CannotRunError} unless a list of ConfigMaps is answered
 */
export async function requireSteve(
  steve: Lister,
  { clock, namespace, signal }: { clock: Clock; namespace: string; signal: AbortSignal },
): Promise<void> {
  const filter = [`metadata.namespace=${namespace}`];
  let last: StatusError | undefined;
  const look = async () => {
    try {
      return await steve.list("configmaps", { filter, exclude: ["data"], pageSize: 1, signal });
    } catch (error) {
      if (!(error instanceof OperationFailedError)) throw error;
      if (!(error instanceof StatusError) || !mayPass(error)) throw refused(steve.url, error);
      last = error;
    }
  };
  await until(clock, look, {
    pollMs: () => last?.retryAfterMs ?? POLL_MS,
    timeoutMs: ANSWER_PATIENCE_MS,
    signal,
    late: () => {
      throw refused(steve.url, last!);
    },
  });
}

function mayPass(error: StatusError): boolean {
  return error.code >= 500 || asksForRetry(error);
}

function refused(url: string, error: OperationFailedError): CannotRunError {
  return new CannotRunError(whyNot(url, error), { cause: error });
}

function whyNot(url: string, error: OperationFailedError): string {
  const said = messageOf(error);
  if (isUnauthorized(error)) {
    return `Steve at ${url} does not accept the session: the token is missing, wrong or expired (${said})`;
  }
  if (isForbidden(error)) return `Steve at ${url} does not let this user list ConfigMaps (${said})`;
  if (isNotFound(error)) {
    // To whom it does not know Steve shows no types at all, as if it had none.
    return `Steve at ${url} shows no ConfigMaps: the token is missing, wrong or expired, its user ` +
      `may not see them, or there is no Steve (${said})`;
  }
  if (error.reason === "protocol") return `What answers at ${url} is no Steve (${said})`;
  const action = error instanceof StatusError ? "use" : "reach";
  return `Cannot ${action} Steve at ${url}: ${said}`;
}

interface ShownOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly type: SteveType;
  readonly name: string;
}

/**
 * Waits up to 60 s until Steve lists an object that was made through the Kubernetes API.
 * @returns the list's revision: what a subscription can begin after
 * @throws {CannotRunError} if it never does: also if it is the Steve of another cluster
 */
export async function untilShown(
  steve: Lister,
  { clock, signal, type, name }: ShownOptions,
): Promise<string | undefined> {
  let last = "";
  const look = async () => {
    try {
      const filter = [`metadata.name=${name}`];
      const list = await steve.list(type, { filter, exclude: ["data"], signal });
      if (shows(list, name)) return list;
      last = "it lists no such object";
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OperationFailedError)) throw error;
      // A type that was just defined is not known yet.
      last = messageOf(error);
    }
  };
  const late = () => {
    const patience = formatDuration(SHOWN_PATIENCE_MS);
    throw new CannotRunError(
      `Steve at ${steve.url} does not show ${type} "${name}" after ${patience} (${last}): ` +
        "is it a Steve of the cluster that is written to?",
    );
  };
  const list = await until(clock, look, { ...SHOWN, signal, late });
  return list.revision;
}

/**
 * Waits up to 60 s until Steve shows a type in these columns: it looks at a definition again some time
 * after it was made, and would take the first change of it for no change.
 * @throws {CannotRunError} if it never does
 */
export async function untilColumns(
  steve: Pick<SteveClient, "columns" | "url">,
  { clock, signal, schemaId, columns }: Pick<ShownOptions, "clock" | "signal"> & {
    schemaId: string;
    columns: readonly string[];
  },
): Promise<void> {
  const wanted = columns.join();
  const look = async () => {
    try {
      if ((await steve.columns(schemaId, signal)).join() === wanted) return true;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OperationFailedError)) throw error; // not known yet
    }
  };
  const late = () => {
    throw new CannotRunError(
      `Steve at ${steve.url} does not show the columns of ${schemaId} after ` +
        `${formatDuration(SHOWN_PATIENCE_MS)}: it does not follow CustomResourceDefinitions`,
    );
  };
  await until(clock, look, { ...SHOWN, signal, late });
}

function shows({ data }: SteveList, name: string): boolean {
  return data.some(({ metadata }) => (metadata as { name?: unknown } | undefined)?.name === name);
}
