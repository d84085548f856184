/** What a Models-as-a-Service installation is, as far as a run has to know it. Types only. @module */

import type { ChatEndpoint } from "../chat/chat.ts";
import type { GatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import type { AuthProfile } from "../users/user.ts";

export interface MaasTarget {
  readonly gateway: GatewayRef;
  readonly endpoint: ChatEndpoint;
  readonly profile: AuthProfile;
  /** Of the tokens. */
  readonly audiences: readonly string[];
  /** MaaSSubscription that requests name; undefined: none. */
  readonly subscription: string | undefined;
  /** Namespace of a tier's users. */
  tierNamespace(tier: string): string;
}
