/**
 * Which TCP sockets are at a port, in the kernel's own table? Cheap for tens of thousands, and needs
 * no descriptor for a look: its files stay open. Linux only. It also holds sockets of other processes.
 * Source: Linux, Documentation/networking/proc_net_tcp.rst.
 * @module
 */

interface TableSocket {
  /** 0 of a listening socket. */
  readonly remotePort: number;
  readonly listening: boolean;
  readonly inode: number;
}

/** tcp6 is missing where IPv6 is switched off. */
const PATHS = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
const ESTABLISHED = "01";
const CLOSE_WAIT = "08";
const LISTEN = "0A";
const READ_BYTES = 64 * 1024;

export class TcpTable implements Disposable {
  readonly #files: readonly Deno.FsFile[];

  /** Use {@link openTcpTable}. */
  constructor(files: readonly Deno.FsFile[]) {
    this.#files = files;
  }

  /** One at a time. @throws if it was closed meanwhile */
  async socketsAt(localPort: number): Promise<TableSocket[]> {
    const found: TableSocket[] = [];
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(READ_BYTES);
    for (const file of this.#files) {
      await file.seek(0, Deno.SeekMode.Start);
      for (let rest = "";;) {
        const length = await file.read(buffer);
        if (length === null) break;
        const text = rest + decoder.decode(buffer.subarray(0, length));
        const end = text.lastIndexOf("\n") + 1;
        found.push(...socketsIn(text.slice(0, end), localPort));
        rest = text.slice(end);
      }
    }
    return found;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file.close();
  }
}

/** Undefined where there is none, or none may be read; never asks. */
export function openTcpTable(): TcpTable | undefined {
  const { state } = Deno.permissions.querySync({ name: "read", path: "/proc" });
  if (Deno.build.os !== "linux" || state !== "granted") return undefined;
  const files = PATHS.map(openIfPresent).filter((file) => file !== undefined);
  return files.length === 0 ? undefined : new TcpTable(files);
}

/** Of whole lines of the table; sockets without a peer that do not listen are left out. */
export function socketsIn(lines: string, localPort: number): TableSocket[] {
  const port = localPort.toString(16).toUpperCase().padStart(4, "0");
  const states = [ESTABLISHED, CLOSE_WAIT, LISTEN].join("|");
  // sl, local address, remote address, state, queues, timers, retransmits, uid, timeout, inode
  const pattern = new RegExp(
    `: [0-9A-F]+:${port} [0-9A-F]+:([0-9A-F]{4}) (${states})(?: +\\S+){5} +(\\d+)`,
    "g",
  );
  return Array.from(lines.matchAll(pattern), ([, remote = "", state, inode]) => ({
    remotePort: parseInt(remote, 16),
    listening: state === LISTEN,
    inode: Number(inode),
  }));
}

function openIfPresent(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path);
  } catch {
    return undefined;
  }
}
