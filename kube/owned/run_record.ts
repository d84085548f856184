/**
 * What did a run set out to make, and is it still at it? A Lease that is written before the first
 * object and renewed as long as the run lives: it tells another machine the kinds and namespaces to
 * look in after this one was lost. Not a ConfigMap, because those are what runs measure. Deletes
 * nothing but the record itself.
 * @module
 */

import { parsedJson } from "../../core/parsed_json.ts";
import { hostname } from "node:os";
import * as z from "zod";
import { CannotRunError, messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import { NAME, VERSION } from "../../core/version.ts";
import type { Cluster } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import { LEASES, type Resource } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { isAlreadyExists, isForbidden, isNotFound } from "../status_error.ts";
import { ownerLabels, type RunIdentity } from "./ownership.ts";

export { LEASES };

/** Tells a record, of a run or of what it borrowed, from a Lease that a run made as its load. */
export const RECORD_LABEL = "scaletool.io/record";
/** Its value for the record of a run. */
const RUN_RECORD = "run";
const RECORD_ANNOTATION = "scaletool.io/run-record";

export const RENEW_PERIOD_MS = 5_000;
/** After so many renewals that did not come, a run counts as ended. */
const MOST_MISSED_RENEWALS = 4;
export const RECORD_LIFE_MS = MOST_MISSED_RENEWALS * RENEW_PERIOD_MS;

/** Of a `Resource`, as a record keeps it. */
export const ResourceSchema = z.object({
  group: z.string(),
  version: z.string(),
  plural: z.string(),
  kind: z.string(),
  namespaced: z.boolean(),
});

/** What the annotation holds; a reader of another version skips what it does not know. */
const Facts = z.object({
  schemaVersion: z.literal(1),
  version: z.string(),
  command: z.string(),
  host: z.string(),
  pid: z.number(),
  /** RFC 3339, clock of the run's machine. */
  startedAt: z.string(),
  /** Kinds of the objects. */
  resources: z.array(ResourceSchema),
  /** Where objects are; none for cluster-scoped kinds. */
  namespaces: z.array(z.string()),
  /** Those that the run itself made. */
  madeNamespaces: z.array(z.string()),
  /** The run has ended and left its objects, on purpose or not. */
  endedAt: z.string().optional(),
});
type RunFacts = z.infer<typeof Facts>;

const LeaseSpec = z.object({
  spec: z.object({ holderIdentity: z.string().nullish(), renewTime: z.string().nullish() }),
});

/** A record as it is found on a cluster. */
export interface SeenRecord {
  readonly ref: Required<ObjectRef>;
  /** Changes with every renewal. */
  readonly resourceVersion: string;
  /** By the clock of the run's machine; NaN if it cannot be read. */
  readonly renewedMs: number;
  /** Undefined for a record that cannot be read; its labels count all the same. */
  readonly facts: RunFacts | undefined;
}

interface RecordOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Gives up writing. */
  readonly signal: AbortSignal;
  readonly identity: RunIdentity;
  /** Of the run, where it is not all of it that this record tells of. */
  readonly part?: string;
  /** Where the record is: a namespace that is there. */
  readonly namespace: string;
  readonly resources: readonly Resource[];
  readonly namespaces: readonly string[];
  readonly madeNamespaces: readonly string[];
  /** Takes the reason if there can be no record, which is no reason not to run. */
  readonly warn: (message: string) => void;
}

/** What {@link RunRecord} asks of a cluster. */
export function recordRights(namespace: string): NeededRight[] {
  const onlyFor = "the run record";
  return ["create", "get", "list", "patch", "delete"].map((verb) => ({
    verb,
    kind: LEASES,
    namespace,
    onlyFor,
  }));
}

export function recordName(runId: string, part?: string): string {
  return `scaletool-run-${runId}${part === undefined ? "" : `-${part}`}`;
}

export function isRunRecord({ metadata: { labels } }: KubeObject): boolean {
  return labels?.[RECORD_LABEL] === RUN_RECORD;
}

/** Reads a Lease that {@link isRunRecord}. */
export function readRecord(lease: KubeObject): SeenRecord {
  const { namespace = "", name = "", resourceVersion = "", annotations } = lease.metadata;
  const renewTime = LeaseSpec.safeParse(lease).data?.spec.renewTime ?? "";
  return {
    ref: { namespace, name },
    resourceVersion,
    renewedMs: Date.parse(renewTime),
    facts: Facts.safeParse(parsedJson(annotations?.[RECORD_ANNOTATION] ?? "")).data,
  };
}

/** The record of a run that lives: renewed until {@link end} or {@link remove}. */
export class RunRecord {
  readonly #cluster: Cluster;
  readonly #options: RecordOptions;
  readonly #facts: RunFacts;
  readonly #ending = new AbortController();
  readonly #renewals: Promise<void>;

  private constructor(cluster: Cluster, options: RecordOptions, facts: RunFacts) {
    this.#cluster = cluster;
    this.#options = options;
    this.#facts = facts;
    this.#renewals = this.#renew();
  }

  /**
   * Writes it: to be called when the namespaces are there and before the first object.
   * @returns undefined, after a warning, where this user may not or the server has no Leases
   * @throws {CannotRunError} if there is a record of a run of this id
   * @throws what else the server refuses it for, or the signal's reason
   */
  static async write(cluster: Cluster, options: RecordOptions): Promise<RunRecord | undefined> {
    const { signal, warn, identity } = options;
    const facts = factsOf(options);
    const holder = `${facts.host}_${facts.pid}_${options.rng.integerBelow(2 ** 32).toString(36)}`;
    try {
      const lease = leaseOf(facts, { ...options, holder });
      const writeOptions = { signal, fieldManager: NAME };
      await retrying(() => cluster.create(LEASES, lease, writeOptions), options);
    } catch (thrown) {
      if (isForbidden(thrown) || isNotFound(thrown)) {
        warn(
          `There is no run record (${messageOf(thrown)}): after a crash, ` +
            `"${NAME} cleanup --run-id ${identity.runId}" has to look through all kinds`,
        );
        return undefined;
      }
      if (!isAlreadyExists(thrown)) throw thrown;
      // The answer to an earlier try may have been lost: then it is ours all the same.
      await requireHolder(cluster, holder, options);
    }
    return new RunRecord(cluster, options, facts);
  }

  /** Deletes it: nothing of the run is left. Never rejects for one that is gone. */
  async remove(signal: AbortSignal): Promise<void> {
    await this.#stopRenewing();
    const { clock, rng } = this.#options;
    const patient = { clock, rng, signal, deadlineMs: Infinity };
    try {
      await retrying(() => this.#cluster.delete(LEASES, this.ref, { signal }), patient);
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
  }

  /** Leaves it to `cleanup`, as the record of a run that is over and has left its objects. */
  async end(signal: AbortSignal): Promise<void> {
    await this.#stopRenewing();
    const { clock } = this.#options;
    const endedAt = clock.wallNow().toISOString();
    const annotation = JSON.stringify({ ...this.#facts, endedAt });
    await this.#patch({ metadata: { annotations: { [RECORD_ANNOTATION]: annotation } } }, signal);
  }

  get ref(): Required<ObjectRef> {
    const { namespace, identity, part } = this.#options;
    return { namespace, name: recordName(identity.runId, part) };
  }

  async #stopRenewing(): Promise<void> {
    this.#ending.abort();
    await this.#renewals;
  }

  /** At its own pace whatever the server answers: a renewal that fails is one that is missed. */
  async #renew(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#ending;
    for (let nextMs = clock.now();;) {
      nextMs = Math.max(nextMs + RENEW_PERIOD_MS, clock.now());
      await clock.sleepUntil(nextMs, signal);
      if (signal.aborted) return;
      try {
        await this.#patch({ spec: { renewTime: microTime(clock.wallNow()) } }, signal);
      } catch (thrown) {
        if (isNotFound(thrown)) return;
      }
    }
  }

  async #patch(body: unknown, signal: AbortSignal): Promise<void> {
    const options = { type: "merge", fieldManager: NAME, signal } as const;
    await this.#cluster.patch(LEASES, this.ref, { body, options });
  }
}

async function requireHolder(
  cluster: Cluster,
  holder: string,
  options: RecordOptions,
): Promise<void> {
  const { namespace, identity: { runId }, part, signal } = options;
  const ref = { namespace, name: recordName(runId, part) };
  const lease = await retrying(() => cluster.get(LEASES, ref, { signal }), options);
  if (LeaseSpec.safeParse(lease).data?.spec.holderIdentity === holder) return;
  const { facts } = readRecord(lease);
  const whose = facts === undefined
    ? ""
    : ` (${facts.command} on ${facts.host}, started ${facts.startedAt})`;
  throw new CannotRunError(
    `A run "${runId}" is there already${whose}; choose another --run-id, or delete what it left ` +
      `with: ${NAME} cleanup --run-id ${runId}`,
  );
}

function factsOf(options: RecordOptions): RunFacts {
  const { clock, identity, resources, namespaces, madeNamespaces } = options;
  return {
    schemaVersion: 1,
    version: VERSION,
    command: identity.command,
    host: hostname(),
    pid: Deno.pid,
    startedAt: clock.wallNow().toISOString(),
    resources: [...resources],
    namespaces: [...namespaces],
    madeNamespaces: [...madeNamespaces],
  };
}

/** Source: Kubernetes API, coordination.k8s.io/v1 LeaseSpec. */
function leaseOf(
  facts: RunFacts,
  { clock, identity, part, namespace, holder }: RecordOptions & { holder: string },
): KubeObject {
  const now = microTime(clock.wallNow());
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: LEASES.kind,
    metadata: {
      name: recordName(identity.runId, part),
      namespace,
      labels: { ...ownerLabels(identity), [RECORD_LABEL]: RUN_RECORD },
      annotations: { [RECORD_ANNOTATION]: JSON.stringify(facts) },
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: RECORD_LIFE_MS / 1_000,
      acquireTime: now,
      renewTime: now,
    },
  };
}

/** RFC 3339 with exactly six digits of a second. Source: apimachinery, meta/v1, MicroTime. */
function microTime(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}
