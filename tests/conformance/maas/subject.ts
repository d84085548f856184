/**
 * The Models-as-a-Service gateway that the conformance suite asks, with the API server behind it: real
 * parts or a stand-in. What they have in common, so that no behaviour can tell which one it is; where
 * real ones differ, a subject says which of them it is like.
 * @module
 */

import type { ObjectRef } from "../../../kube/object.ts";
import type { Asker } from "../subject.ts";
import type { MaasScene } from "./scene.ts";

/** Asks the API server as one who may do everything. */
export interface MaasSubject extends Asker {
  readonly traits: MaasTraits;
  /** Where the gateway listens, over HTTP. */
  readonly address: string;
  readonly port: number;
  /** By which clients name it. */
  readonly host: string;
  /** From its first slash on, up to what the OpenAI API has. */
  readonly modelPath: string;
  /** As requests name it. */
  readonly model: string;
  /** For which tokens have to be. */
  readonly audience: string;
  /** Of a tier's users; it is there. */
  tierNamespace(tier: string): string;
  readonly policies: {
    /** A RateLimitPolicy with a limit for each tier, by its name, that counts by user. */
    readonly requests: ObjectRef;
    /** A TokenRateLimitPolicy with limits `TIER-user-tokens`. */
    readonly tokens: ObjectRef;
  };
  /** Has a part misbehave, does this, and has it behave again. What it has cached may be forgotten. */
  during(trouble: MaasTrouble, work: () => Promise<void>): Promise<void>;
}

export type MaasTrouble =
  /** Its clients may send three reviews of each kind, and hardly any after; none is kept. */
  | "the auth service's limiter is dry"
  /** It takes longer than the gateway waits. */
  | "the auth service is late"
  | "the limiter is down";

/** In what Kuadrant's filter and Envoy's own differ. */
export interface MaasTraits {
  /** Whether there is a limiter at all. */
  readonly hasLimits: boolean;
  /** Whether answers are charged for the tokens that they tell. */
  readonly chargesTokens: boolean;
  /** What a limited request is answered with. */
  readonly limited: { readonly body: string; readonly header: string | undefined };
  /** And one about which the auth service was not heard in time. */
  readonly authLate: { readonly status: number; readonly body: string };
}

export const KUADRANT_TRAITS: MaasTraits = {
  hasLimits: true,
  chargesTokens: true,
  limited: { body: "Too Many Requests\n", header: undefined },
  authLate: { status: 500, body: "Internal Server Error.\n" },
};

export const ENVOY_TRAITS: MaasTraits = {
  hasLimits: true,
  chargesTokens: false,
  limited: { body: "", header: "x-envoy-ratelimited" },
  authLate: { status: 403, body: "" },
};

/** Names a behaviour, and fails unless the subject has it. */
export interface MaasBehaviour {
  readonly name: string;
  /** Without it the behaviour is not asked for. */
  readonly needs?: "hasLimits" | "chargesTokens";
  readonly check: (scene: MaasScene, subject: MaasSubject) => Promise<void>;
}
