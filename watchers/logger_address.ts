/**
 * Which of a machine's addresses stands for it in the label of its metrics? Pure; the caller reads
 * the interfaces.
 * @module
 */

import { isIPv4 } from "node:net";

const IPV4_MAPPED = "::ffff:";
const GROUPS = 8;
/** Stands for a machine with loopback only. */
const NONE = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

/**
 * The smallest address that is not loopback, compared as 16-byte integers, in which an IPv4 address
 * is mapped (RFC 4291, section 2.5.5.2) and so comes before every global IPv6 one. All ones if there
 * is none.
 */
export function loggerAddress(addresses: readonly string[]): string {
  const [smallest = NONE] = addresses
    .map((address) => address.replace(/%.*$/, ""))
    .filter((address) => !isLoopback(address))
    .sort((one, other) => numberOf(one) < numberOf(other) ? -1 : 1);
  return smallest;
}

function isLoopback(address: string): boolean {
  return isIPv4(address) ? address.startsWith("127.") : numberOf(address) === 1n;
}

function numberOf(address: string): bigint {
  const full = isIPv4(address) ? IPV4_MAPPED + address : address;
  const hex = full.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, ...bytes: string[]) => `${pair(bytes[0], bytes[1])}:${pair(bytes[2], bytes[3])}`,
  );
  const [head = "", tail] = hex.split("::");
  const left = groupsOf(head);
  const right = groupsOf(tail ?? "");
  const middle = new Array<string>(Math.max(0, GROUPS - left.length - right.length)).fill("0");
  return BigInt(
    `0x${[...left, ...middle, ...right].map((part) => part.padStart(4, "0")).join("")}`,
  );
}

function groupsOf(part: string): string[] {
  return part === "" ? [] : part.split(":");
}

/** Two decimal bytes as one hexadecimal group. */
function pair(high = "0", low = "0"): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
