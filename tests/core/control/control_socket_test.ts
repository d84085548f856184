import assert from "node:assert/strict";
import { join } from "node:path";
import {
  connectTo,
  ControlSocket,
  hasSocket,
  socketPathIn,
} from "../../../core/control/control_socket.ts";
import { CannotRunError } from "../../../core/errors.ts";
import { TempDir } from "../../support/scaletool.ts";

/** Whether somebody listens there. */
async function isServed(directory: string): Promise<boolean> {
  try {
    (await connectTo(directory)).close();
    return true;
  } catch (error) {
    assert.ok(
      error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.NotFound,
      String(error),
    );
    return false;
  }
}

Deno.test("a control socket is in the run directory, for its owner alone, and gone at the end", async () => {
  await using dir = new TempDir();
  const before = Deno.umask();
  {
    using _socket = ControlSocket.listen(dir.path);
    const { isSocket, mode } = Deno.lstatSync(dir.file("control.sock"));
    assert.deepEqual([isSocket, (mode ?? 0) & 0o777], [true, 0o600]);
    assert.equal(await isServed(dir.path), true);
  }
  assert.equal(Deno.umask(), before);
  assert.equal(hasSocket(dir.path), false);
  assert.equal(await isServed(dir.path), false);
});

Deno.test("where the path is too long for a socket a link leads to one, and both go at the end", async () => {
  await using dir = new TempDir();
  const long = dir.file("a".repeat(120));
  Deno.mkdirSync(long);
  let target: string;
  {
    using _socket = ControlSocket.listen(long);
    target = Deno.readLinkSync(socketPathIn(long));
    assert.equal((Deno.statSync(target).mode ?? 0) & 0o777, 0o600);
    assert.equal((Deno.statSync(join(target, "..")).mode ?? 0) & 0o777, 0o700);
    assert.equal(await isServed(long), true);
  }
  assert.deepEqual([...Deno.readDirSync(long)], []);
  assert.throws(() => Deno.statSync(join(target, "..")), Deno.errors.NotFound);
});

Deno.test("what a killed run has left there, socket or link, is nobody and in nobody's way", async () => {
  await using dir = new TempDir();
  const path = dir.file("control.sock");
  const script = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} });
    Deno.kill(Deno.pid, "SIGKILL")`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", script] }).output();
  assert.ok(hasSocket(dir.path), "the socket of a killed process stays");
  assert.equal(await isServed(dir.path), false);
  {
    using _socket = ControlSocket.listen(dir.path);
    assert.equal(await isServed(dir.path), true);
  }
  Deno.symlinkSync(dir.file("nowhere"), path);
  assert.equal(await isServed(dir.path), false);
  using _socket = ControlSocket.listen(dir.path);
  assert.equal(await isServed(dir.path), true);
});

Deno.test("a file that somebody keeps under the socket's name stays", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("control.sock"), "mine");
  assert.throws(() => ControlSocket.listen(dir.path), CannotRunError);
  assert.equal(Deno.readTextFileSync(dir.file("control.sock")), "mine");
});
