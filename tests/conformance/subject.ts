/**
 * The server that the conformance suite asks: the real kube-apiserver or its stand-in. What they
 * have in common, so that no behaviour can tell which one it is.
 * @module
 */

import type { Cluster } from "../../kube/cluster.ts";

/** `admin` may do everything; `nobody` is authenticated and bound to nothing. */
export type Account = "admin" | "nobody";

export interface Asked {
  /** GET unless given. */
  readonly method?: string;
  /** A value is sent as JSON, a string as it is. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly as?: Account;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Whatever takes requests for the kube-apiserver. */
export interface Asker {
  ask(path: string, asked?: Asked): Promise<Answer>;
}

export interface Subject extends Asker {
  /** By admin. */
  readonly cluster: Cluster;
  /** Makes every resourceVersion so far too old for a watch. */
  forgetHistory(): Promise<void>;
}

/** Names a behaviour, and fails unless the server has it. */
export interface Behaviour {
  readonly name: string;
  readonly check: (subject: Subject, namespace: string) => Promise<void>;
}

/** What a server sends for an object; only what the suite looks at. */
export interface Seen {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly [field: string]: unknown;
}

export interface SeenList {
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly Seen[];
}
