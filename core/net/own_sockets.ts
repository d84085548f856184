/**
 * Which TCP sockets has this process, and what does the C library do with one that Deno has no call
 * for? Linux with glibc only; elsewhere there are none. Never touches a socket of another process.
 * @module
 */

/** One TCP socket of this process. */
interface OwnSocket {
  readonly fd: number;
  readonly localPort: number;
  /** The peer's port; 0 for a listening socket. */
  readonly remotePort: number;
  /** The peer's address as a URL has it, see {@link urlHost}; empty for a listening socket. */
  readonly remoteHost: string;
  readonly listening: boolean;
  /** As in the kernel's table. */
  readonly inode: number;
}

/** All given conditions must hold. */
export type SocketMatch = Partial<Omit<OwnSocket, "fd">>;

const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** From Linux's uapi headers: in.h, tcp.h, socket.h. */
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_NOTSENT_LOWAT = 25;
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_PROTOCOL = 38;
const AF_INET = 2;
const AF_INET6 = 10;
const SHUT_RDWR = 2;
/** sockaddr_in6, the larger of the two. */
const ADDRESS_BYTES = 28;

/** Whether sockets can be seen here at all. */
export function canSeeSockets(): boolean {
  return withLibc(() => true) ?? false;
}

/** Those that match; none where they cannot be seen. Never throws and never asks. */
export function ownSockets(match: SocketMatch): OwnSocket[] {
  return withLibc((libc) => socketsThat(libc, match)) ?? [];
}

/**
 * Lets a small write leave at once: sets TCP_NODELAY on every socket of this process that matches;
 * connections that a listening socket accepts later inherit it from that socket on Linux. Deno sets it
 * on no socket of `Deno.serve` and has no option for it, so with Nagle's algorithm (RFC 896) a block
 * waits for the peer's acknowledgement of the one before. Measured: docs/design/002.
 * @returns how many sockets were set. 0 also where it cannot be done (not Linux, no glibc, no
 *   permission for ffi or /proc): it never throws and never asks, so the caller can warn
 */
export function disableNagle(match: SocketMatch): number {
  return setTcpOption(match, TCP_NODELAY, 1);
}

/**
 * Lets the system take so much at most that it has not sent: sets TCP_NOTSENT_LOWAT, which is inherited
 * as TCP_NODELAY is. Without it Linux takes up to 4 MB a socket: what is urgent waits behind them, and
 * they have left the processor's cache when they are sent. Does not limit what is on its way, so a long
 * path is used as before.
 * @returns how many sockets were set, as of {@link disableNagle}
 */
export function limitUnsent(match: SocketMatch, bytes: number): number {
  return setTcpOption(match, TCP_NOTSENT_LOWAT, bytes);
}

function setTcpOption(match: SocketMatch, option: number, value: number): number {
  const bytes = new Uint8Array(new Int32Array([value]).buffer);
  return withLibc((libc) =>
    socketsThat(libc, match).filter(({ fd }) =>
      libc.setsockopt(fd, IPPROTO_TCP, option, bytes, bytes.byteLength) === 0
    ).length
  ) ?? 0;
}

/**
 * Ends these connections in both directions; a reader or writer there sees the end, and closes
 * the descriptor himself.
 */
export function cutConnections(sockets: readonly OwnSocket[]): void {
  withLibc((libc) => {
    for (const socket of sockets) cut(libc, socket);
  });
}

/** By a descriptor of our own: another thread may have closed the given one, and opened another. */
function cut(libc: Libc, { fd, localPort, remotePort }: OwnSocket): void {
  const own = libc.dup(fd);
  if (own < 0) return;
  const isSame = portOf(libc.getsockname, own) === localPort &&
    portOf(libc.getpeername, own) === remotePort;
  if (isSame) libc.shutdown(own, SHUT_RDWR);
  libc.close(own);
}

function socketsThat(libc: Libc, match: SocketMatch): OwnSocket[] {
  const conditions = Object.entries(match) as [keyof SocketMatch, number | boolean | string][];
  const found: OwnSocket[] = [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    const fd = Number(name);
    const localPort = portOf(libc.getsockname, fd);
    // Most are of no interest: each further question about them costs time.
    if (match.localPort !== undefined && localPort !== match.localPort) continue;
    if (optionOf(libc, fd, SO_PROTOCOL) !== IPPROTO_TCP) continue;
    const socket = {
      fd,
      localPort,
      ...remoteEnd(libc, fd),
      listening: optionOf(libc, fd, SO_ACCEPTCONN) === 1,
      inode: inodeOf(fd),
    };
    if (conditions.every(([key, value]) => socket[key] === value)) found.push(socket);
  }
  return found;
}

/** Reused, because there may be tens of thousands of sockets. */
const address = new DataView(new ArrayBuffer(ADDRESS_BYTES));
const addressBytes = new Uint8Array(address.buffer);
const value = new Int32Array(1);
const valueBytes = new Uint8Array(value.buffer);
const length = new Uint32Array(1);
const lengthBytes = new Uint8Array(length.buffer);

/** 0 for what is no socket, or has no such end. */
function portOf(nameOf: Libc["getsockname"], fd: number): number {
  length[0] = ADDRESS_BYTES;
  if (nameOf(fd, addressBytes, lengthBytes) !== 0) return 0;
  const family = address.getUint16(0, true);
  return family === AF_INET || family === AF_INET6 ? address.getUint16(2) : 0;
}

function remoteEnd(libc: Libc, fd: number): Pick<OwnSocket, "remotePort" | "remoteHost"> {
  const remotePort = portOf(libc.getpeername, fd);
  return { remotePort, remoteHost: remotePort === 0 ? "" : hostOf(address) };
}

/** From a sockaddr_in or a sockaddr_in6. */
function hostOf(socketAddress: DataView): string {
  if (socketAddress.getUint16(0, true) === AF_INET) {
    return [4, 5, 6, 7].map((at) => socketAddress.getUint8(at)).join(".");
  }
  const groups = [8, 10, 12, 14, 16, 18, 20, 22].map((at) => socketAddress.getUint16(at));
  return urlHost(groups.map((group) => group.toString(16)).join(":"));
}

/** An address in the one way of writing that it has in a URL, an IPv6 one in brackets. */
export function urlHost(hostname: string): string {
  return hostname.includes(":") ? new URL(`http://[${hostname}]`).hostname : hostname;
}

/** Undefined for what is no socket. */
function optionOf(libc: Libc, fd: number, option: number): number | undefined {
  length[0] = valueBytes.length;
  const status = libc.getsockopt(fd, SOL_SOCKET, option, valueBytes, lengthBytes);
  return status === 0 ? value[0] : undefined;
}

function inodeOf(fd: number): number {
  const link = Deno.readLinkSync(`/proc/self/fd/${fd}`);
  return Number(/^socket:\[(\d+)\]$/.exec(link)?.[1]);
}

/** Undefined where there is no such library, no permission, or no descriptor left to look with. */
function withLibc<Result>(use: (libc: Libc) => Result): Result | undefined {
  if (Deno.build.os !== "linux" || !isAllowed()) return undefined;
  try {
    const library = Deno.dlopen("libc.so.6", SYMBOLS);
    try {
      return use(library.symbols);
    } finally {
      library.close();
    }
  } catch {
    return undefined;
  }
}

/** Asked beforehand, because using what is neither allowed nor denied would stop at a prompt. */
function isAllowed(): boolean {
  return Deno.permissions.querySync({ name: "ffi" }).state === "granted" &&
    Deno.permissions.querySync({ name: "read", path: "/proc" }).state === "granted";
}
