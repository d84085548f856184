/**
 * On which loopback addresses does a gateway listen, so that any number of them run on a machine?
 * @module
 */

import { claimPorts } from "../ports.ts";
import type { GatewayKind } from "./kind.ts";

/** Nobody else's addresses on this machine, as likely as not. */
const GATEWAY_RANGE = "127.65";
/** The first addresses of the cluster's Services, which it gives to none that does not ask for one. */
const BACKEND_RANGE = "127.64.0";

/** Addresses and ports that nobody else takes until it is disposed. */
export interface AddressClaim extends Addresses, Disposable {
  readonly ports: readonly number[];
}

/** Where the parts of a gateway listen. */
export interface Addresses {
  readonly address: string;
  readonly backend: { readonly address: string; readonly ports: readonly [number, number] };
}

/** @throws {CannotRunError} if there are no free ports */
export function claimAddresses({ portCount }: GatewayKind): AddressClaim {
  using claims = new DisposableStack();
  const claim = (address: string, count: number) => ({
    address,
    ports: claims.use(claimPorts(count, address)).ports,
  });
  const own = claim(addressIn(GATEWAY_RANGE), portCount);
  const backend = claim(addressIn(BACKEND_RANGE), 2);
  const [first, second] = backend.ports as [number, number];
  const held = claims.move();
  return {
    ...own,
    backend: { ...backend, ports: [first, second] },
    [Symbol.dispose]: () => held.dispose(),
  };
}

/** One by chance: another cluster on the machine takes another, or other ports of the same. */
function addressIn(range: string): string {
  const missing = 4 - range.split(".").length;
  const random = crypto.getRandomValues(new Uint8Array(missing));
  return [range, ...Array.from(random, (byte) => 2 + byte % 250)].join(".");
}
