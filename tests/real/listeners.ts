/**
 * On which addresses does a process listen, and which processes belong to a cluster? Reads /proc.
 * @module
 */

/** TCP_LISTEN in the state column of /proc/net/tcp. */
const LISTEN_STATE = "0A";

/** The IPv4 addresses, and IPv6 as 32 hex digits, that the process listens on with TCP. */
export function listeningAddresses(pid: number): string[] {
  const inodes = socketInodes(pid);
  return ["tcp", "tcp6"].flatMap((table) =>
    Deno.readTextFileSync(`/proc/${pid}/net/${table}`).trim().split("\n").slice(1)
      .map((row) => row.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTEN_STATE && inodes.has(inode!))
      .map(([, local]) => addressOf(local!.split(":")[0]!))
  );
}

/** Every process that works in the directory, deleted or not. */
export function processesIn(dir: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name))
    .filter((pid) => pid > 0 && readLink(`/proc/${pid}/cwd`).startsWith(dir));
}

function socketInodes(pid: number): Set<string> {
  const links = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) =>
    readLink(`/proc/${pid}/fd/${name}`)
  );
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** The kernel prints an IPv4 address as one little-endian number in hex. */
function addressOf(hex: string): string {
  if (hex.length !== 8) return hex;
  return hex.match(/../g)!.reverse().map((byte) => parseInt(byte, 16)).join(".");
}

function readLink(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return ""; // gone meanwhile, or not ours
  }
}
