/**
 * On which loopback ports can a new cluster listen, so that several run side by side? Only claims
 * ports; it serves nothing on them.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";

const LOOPBACK = "127.0.0.1";
/**
 * Below the ports that the kernel gives to outgoing connections (32768 and up): a port of a
 * component that is down for a moment is not taken away by some client meanwhile.
 */
const FIRST_PORT = 20_000;
const BLOCKS = 1_000;
const TRIES = 200;

/** A row of ports that are this process's until it disposes the claim. */
export interface PortClaim extends Disposable {
  readonly ports: readonly number[];
}

/**
 * Claims that many free ports in a row. The port before them is listened on until the claim is
 * disposed: no other process gets the same row while the cluster is only beginning to listen.
 * @param count at most 9
 * @param hostname an address of this machine
 * @throws {CannotRunError} if no free row was found
 */
export function claimPorts(count: number, hostname = LOOPBACK): PortClaim {
  const blockSize = 10;
  if (!(count < blockSize)) throw new RangeError(`Cannot claim ${count} ports: at most 9`);
  const random = crypto.getRandomValues(new Uint32Array(TRIES));
  for (const number of random) {
    const first = FIRST_PORT + blockSize * (number % BLOCKS);
    const claim = listen(hostname, first);
    if (claim === undefined) continue;
    const ports = Array.from({ length: count }, (_, index) => first + 1 + index);
    if (ports.every((port) => isFree(hostname, port))) {
      return {
        ports,
        [Symbol.dispose]: () => claim.close(),
      };
    }
    claim.close();
  }
  throw new CannotRunError(
    `Cannot find ${count} free ports in a row between ${FIRST_PORT} and ` +
      `${FIRST_PORT + blockSize * BLOCKS} on ${hostname}`,
  );
}

function isFree(hostname: string, port: number): boolean {
  const listener = listen(hostname, port);
  listener?.close();
  return listener !== undefined;
}

function listen(hostname: string, port: number): Deno.Listener | undefined {
  try {
    return Deno.listen({ hostname, port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}
