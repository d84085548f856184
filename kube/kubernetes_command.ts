/**
 * A command that needs a cluster, with what it will ask of it: known from its flags alone, so that
 * it can be shown, granted and checked before anything is contacted.
 * @module
 */

import {
  type Command,
  type CommandSpec,
  defineCommand,
  type Invocation,
  withFlags,
} from "../core/command/command.ts";
import type { Flags } from "../core/command/flags.ts";
import { thresholdFlag } from "../core/command/run_flags.ts";
import type { KubeObject } from "./object.ts";
import type { KindName, Resource } from "./resource.ts";
import { KUBERNETES_REASONS } from "./status_error.ts";

/** One verb on one kind; as a `Permission`, but of a kind that may have to be looked up yet. */
export interface NeededRight {
  readonly verb: string;
  readonly kind: Resource | KindName;
  /** Absent for a namespaced kind: in all namespaces. */
  readonly namespace?: string;
  readonly subresource?: string;
  /** Absent: whatever the name. */
  readonly name?: string;
  /** The command does without it, and loses only this. */
  readonly onlyFor?: string;
}

/** Objects of one kind that a run makes. */
export interface NeededObjects {
  readonly kind: Resource | KindName;
  /** Highest number at a time, in all namespaces; Infinity if the flags do not bound it. */
  readonly mostAtOnce: number;
  /** Where they are, by turns; absent: in all namespaces of the use. */
  readonly namespaces?: readonly string[];
}

/** An object that has to be there before the run. */
export interface NeededPresence {
  readonly kind: Resource;
  readonly namespace: string;
  readonly name: string;
  /** What stands against it as it is, one sentence; undefined: nothing. Must not throw. */
  readonly against?: (object: KubeObject) => string | undefined;
}

/** What one use of a command will ask of a cluster. */
export interface ClusterNeeds {
  readonly rights: readonly NeededRight[];
  /** Where its objects will be; made if missing where `createsNamespaces`. */
  readonly namespaces: readonly string[];
  readonly createsNamespaces: boolean;
  /** Kinds that it defines itself, so that nobody has to serve them before; absent: none. */
  readonly definesKinds?: readonly Resource[];
  /** The objects that it makes, by kind and namespaces; absent: none. */
  readonly objects?: readonly NeededObjects[];
  /** Objects of others that it works with; absent: none. */
  readonly present?: readonly NeededPresence[];
  /** Offered requests per second; null if the server's speed decides. */
  readonly requestsPerSec: number | null;
  /**
   * HTTP/2 connections, or over HTTP/1.1 so many at least; 1 where there will be one to each API
   * server, however many those are.
   */
  readonly connections: number;
  /** Sockets to others than the API server; absent: none. */
  readonly otherSockets?: number;
  /** Watches open at a time. */
  readonly watches: number;
  /** What its run is judged by unless the user says otherwise; absent: nothing. */
  readonly defaultThresholds?: readonly string[];
}

/** See the module. */
export interface KubernetesCommand extends Command {
  /** @throws {UsageError | CannotRunError} for flags of which no run can be made */
  readonly needs: (invocation: Invocation) => Promise<ClusterNeeds>;
  /**
   * Calls `use` with what the command goes to made ready, a sandbox for example, and with the
   * invocation as it then is. Absent: as it was given.
   * @throws {UsageError | CannotRunError} if it cannot be
   */
  readonly onTarget?: OnTarget;
}

export type OnTarget = <T>(
  invocation: Invocation,
  use: (invocation: Invocation) => Promise<T>,
) => Promise<T>;

/**
 * As `defineCommand`, for a command that needs a cluster: it can be held to the reasons that an API
 * server gives, beside those that every load has.
 */
export function defineKubernetesCommand<F extends Flags>(
  spec: CommandSpec<F> & {
    readonly needs: (invocation: Invocation<F>) => Promise<ClusterNeeds>;
    /** Classes of failure of its own, as in its `RunPlan`; those of an API server go without saying. */
    readonly reasons?: readonly string[];
  },
): KubernetesCommand {
  const { flags, reasons = [] } = spec;
  const threshold = thresholdFlag([...KUBERNETES_REASONS, ...reasons]);
  return {
    ...defineCommand(spec),
    flags: "threshold" in flags ? { ...flags, threshold } : flags,
    needs: (invocation) => spec.needs(withFlags(invocation, flags)),
  };
}
