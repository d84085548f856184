/**
 * One API server with Contour and Traefik beside it, for all tests of a file.
 * @module
 */

import assert from "node:assert/strict";
import { ControlPlane } from "../control_plane.ts";
import { GATEWAY_NAMES, type GatewayName, type GatewayPace } from "./kind.ts";
import { RealGateway, requireGateways } from "./real_gateway.ts";

export interface GatewaysOfFile {
  /** Whether the tests have to be left out for want of it. */
  readonly ignore: boolean;
  /** For the bodies of tests only. */
  readonly plane: () => ControlPlane;
  readonly gateway: (name: GatewayName) => RealGateway;
}

/** @param paces their own unless given */
export async function gatewaysOfFile(
  paces: Readonly<Partial<Record<GatewayName, GatewayPace>>> = {},
): Promise<GatewaysOfFile> {
  const ignore = !await requireGateways(...GATEWAY_NAMES);
  let plane: ControlPlane | undefined;
  const gateways = new Map<GatewayName, RealGateway>();
  Deno.test.beforeAll(async () => {
    if (ignore) return;
    plane = await ControlPlane.start({ without: ["kcm", "scheduler", "kwok", "wardle"] });
    for (const name of GATEWAY_NAMES) {
      gateways.set(name, await RealGateway.start(plane, { ...paces[name], name }));
    }
  });
  Deno.test.afterAll(async () => await plane?.[Symbol.asyncDispose]());
  return {
    ignore,
    plane: () => {
      assert.ok(plane !== undefined, "the cluster is not up yet");
      return plane;
    },
    gateway: (name) => {
      const found = gateways.get(name);
      assert.ok(found !== undefined, `${name} is not up yet`);
      return found;
    },
  };
}
