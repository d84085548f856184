/**
 * Where the control socket of a run is: `control.sock` in its run directory, so that whoever finds the
 * run finds it. Where it cannot be (a path that is too long for a socket, a file system without
 * sockets) that is a link to one in a temporary folder. Only its owner and root can connect.
 * @module
 */

import { join, resolve } from "node:path";
import { CannotRunError, messageOf } from "../errors.ts";
import { TemporaryFolder } from "../files.ts";
import { atProcessEnd } from "../process_end.ts";

const SOCKET_FILE = "control.sock";
/** Source: Linux, unix(7): sun_path, its last byte being 0; the BSDs have 104. */
const MOST_PATH_BYTES = Deno.build.os === "linux" ? 107 : 103;
const ONLY_OWNER = 0o177;

/** Where the socket of a run in this directory is, or would be. */
export function socketPathIn(directory: string): string {
  return join(directory, SOCKET_FILE);
}

/** Whether there is one: of a run that goes on, or that was killed. */
export function hasSocket(directory: string): boolean {
  try {
    Deno.lstatSync(socketPathIn(directory));
    return true;
  } catch {
    return false;
  }
}

/**
 * Connects to the run in this directory.
 * @throws {Deno.errors.NotFound | Deno.errors.ConnectionRefused} if no run is there any more
 * @throws {Deno.errors.PermissionDenied} if it is another user's
 */
export async function connectTo(directory: string): Promise<Deno.Conn> {
  const given = socketPathIn(directory);
  // As it is typed it may be short enough where the whole path is not.
  const path = isTooLong(given) ? resolve(given) : given;
  return await Deno.connect({ transport: "unix", path: linkTarget(path) ?? path });
}

function linkTarget(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}

/** A socket that is listened on. It is gone when it is disposed of, or with the process. */
export class ControlSocket implements Disposable {
  private constructor(
    readonly listener: Deno.UnixListener,
    readonly disposed: DisposableStack,
  ) {}

  /** @throws {CannotRunError} saying why there can be none */
  static listen(directory: string): ControlSocket {
    if (Deno.build.os === "windows") throw new CannotRunError("Windows has no such sockets");
    const path = resolve(socketPathIn(directory));
    try {
      return ControlSocket.#madeAt(path);
    } catch {
      return ControlSocket.#linkedFrom(path);
    }
  }

  static #madeAt(path: string): ControlSocket {
    removeIfLeft(path);
    using made = new DisposableStack();
    // The file has its rights from the beginning: there is no moment in which others could connect.
    const before = Deno.umask(ONLY_OWNER);
    try {
      const listener = Deno.listen({ transport: "unix", path });
      made.adopt(path, removeIfThere);
      made.adopt(listener, (one) => one.close());
      made.use(atProcessEnd(() => removeIfThere(path)));
      return new ControlSocket(listener, made.move());
    } finally {
      Deno.umask(before);
    }
  }

  static #linkedFrom(path: string): ControlSocket {
    using made = new DisposableStack();
    try {
      const folder = made.use(new TemporaryFolder("control"));
      const socket = made.use(ControlSocket.#madeAt(join(folder.path, SOCKET_FILE)));
      removeIfLeft(path);
      Deno.symlinkSync(join(folder.path, SOCKET_FILE), path);
      made.adopt(path, removeIfThere);
      made.use(atProcessEnd(() => removeIfThere(path)));
      return new ControlSocket(socket.listener, made.move());
    } catch (error) {
      throw new CannotRunError(messageOf(error), { cause: error });
    }
  }

  [Symbol.dispose](): void {
    this.disposed[Symbol.dispose]();
  }
}

function isTooLong(path: string): boolean {
  return new TextEncoder().encode(path).length > MOST_PATH_BYTES;
}

/** Of a run that was killed; what else somebody keeps under that name stays. */
function removeIfLeft(path: string): void {
  try {
    const { isSocket, isSymlink } = Deno.lstatSync(path);
    if (isSocket === true || isSymlink) Deno.removeSync(path);
  } catch {
    // There is none.
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is gone, or never was.
  }
}
