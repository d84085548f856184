/**
 * What can be set of the controller and its data plane, where real ones differ.
 * @module
 */

export interface GatewaySettings {
  /**
   * What becomes of a backend that is a Service without a ready endpoint: `unavailable`, ResolvedRefs
   * is True and the answer 503, as of Contour and Envoy; `unresolved`, ResolvedRefs is False
   * (BackendNotFound) and the answer 500, as of Traefik.
   * @default "unavailable"
   */
  readonly emptyService: "unavailable" | "unresolved";
  /**
   * Whether a route that a listener allows is counted as attached to it even if it is refused because
   * no hostname fits: against the specification, and as Contour does.
   * @default true
   */
  readonly countsRefused: boolean;
  /** From an event to its effect, ms: what comes in that time takes effect together. @default 2 */
  readonly settleMs: number;
}

export const CONTOUR_LIKE: GatewaySettings = {
  emptyService: "unavailable",
  countsRefused: true,
  settleMs: 2,
};

export const TRAEFIK_LIKE: GatewaySettings = { ...CONTOUR_LIKE, emptyService: "unresolved" };

export const CONTROLLER_NAME = "scaletool.dev/sandbox-gateway";
/** Its field manager, as API servers have it from the User-Agent. */
export const MANAGER = "sandbox-gateway";
