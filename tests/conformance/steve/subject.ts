/**
 * The server that Steve's conformance suite asks: a real Steve or its stand-in. What they have in
 * common, so that no behaviour can tell which one it is.
 * @module
 */

import type { Asker } from "../subject.ts";

/** Asks the kube-apiserver behind it as one who may do everything; so may whoever asks Steve. */
export interface SteveSubject extends Asker {
  /** Of Steve, without a slash at its end; plain HTTP. */
  readonly url: string;
  /** Between two pings on a socket, ms: 30,000 for a real Steve. */
  readonly pingMs: number;
  /** Size of the memory for events of each type: 1,000 unless set otherwise. */
  readonly keptEvents: number;
}

/** Names a behaviour, and fails unless the server has it. */
export interface SteveBehaviour {
  readonly name: string;
  /** @param namespace its own; it holds the ConfigMap kube-root-ca.crt, which Steve knows already */
  readonly check: (subject: SteveSubject, namespace: string) => Promise<void>;
}

/** A collection as Steve lists it; only what the suite looks at. */
export interface SteveList {
  readonly revision?: string;
  readonly count?: number;
  readonly data: readonly SteveObject[];
}

export interface SteveObject {
  readonly id: string;
  readonly type: string;
  readonly links: Readonly<Record<string, string>>;
  readonly metadata: { readonly name: string; readonly fields: readonly unknown[] };
  readonly [field: string]: unknown;
}
