import assert, { strictEqual, throws } from "node:assert/strict";
import { CannotRunError } from "../../core/errors.ts";
import { openResultFile, readTextFile, replaceFile, writeResultFile } from "../../core/files.ts";
import { TempDir } from "../support/scaletool.ts";

Deno.test("a file that is there is written over only when that was asked for", async () => {
  await using dir = new TempDir();
  const path = dir.file("mine.csv");
  writeResultFile(path, "one", { overwrite: false });
  throws(() => writeResultFile(path, "two", { overwrite: false }), /add --overwrite$/);
  strictEqual(Deno.readTextFileSync(path), "one");
  writeResultFile(path, "two", { overwrite: true });
  strictEqual(Deno.readTextFileSync(path), "two");
});

Deno.test({
  name: "a pipe is refused before anybody waits for its reader",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = new TempDir();
    const path = dir.file("pipe");
    await new Deno.Command("mkfifo", { args: [path] }).output();
    for (const overwrite of [false, true]) {
      throws(
        () => openResultFile(path, { overwrite }),
        (error) => error instanceof CannotRunError && error.message.includes("it is a pipe"),
      );
    }
  },
});

Deno.test({
  name: "what cannot be written is one line, and a device stays what it was",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using dir = new TempDir();
    const path = dir.file("link");
    Deno.symlinkSync("/dev/full", path);
    throws(() => writeResultFile(path, "text", { overwrite: false }), /No space left on device/);
    strictEqual(Deno.lstatSync(path).isSymlink, true, "a device is nothing of ours");
    throws(
      () => writeResultFile(dir.file("no/such"), "text", { overwrite: false }),
      /name another/,
    );
  },
});

const TEXT = "name: Grüße 😀\n";

function utf16(text: string, { isLittle }: { isLittle: boolean }): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(text.length * 2 + 2));
  [..."\ufeff".concat(text).split("")].forEach((unit, index) =>
    bytes.setUint16(index * 2, unit.charCodeAt(0), isLittle)
  );
  return new Uint8Array(bytes.buffer);
}

Deno.test("a file is read in the encoding that its mark tells", async () => {
  await using dir = new TempDir();
  const encoded = {
    plain: new TextEncoder().encode(TEXT),
    marked: new TextEncoder().encode(`\ufeff${TEXT}`),
    powershell: utf16(TEXT, { isLittle: true }),
    "big-endian": utf16(TEXT, { isLittle: false }),
  };
  for (const [name, bytes] of Object.entries(encoded)) {
    Deno.writeFileSync(dir.file(name), bytes);
    assert.equal(readTextFile(dir.file(name)), TEXT, name);
  }
  Deno.writeFileSync(dir.file("empty"), new Uint8Array());
  assert.equal(readTextFile(dir.file("empty")), "");
});

Deno.test({
  name: "a link at the name is replaced, and what it leads to is left alone",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = new TempDir();
    const [path, precious] = [dir.file("8080.keys"), dir.file("precious")];
    Deno.writeTextFileSync(precious, "precious");
    Deno.symlinkSync(precious, path);
    replaceFile(path, "new", { mode: 0o600 });
    assert.equal(Deno.readTextFileSync(precious), "precious");
    assert.equal(Deno.readTextFileSync(path), "new");
    const { isFile, mode } = Deno.lstatSync(path);
    assert.deepEqual([isFile, (mode ?? 0) & 0o777], [true, 0o600]);
  },
});

Deno.test("without a mode the file has what every new file has", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("ordinary"), "");
  replaceFile(dir.file("replaced"), "text");
  const modeOf = (name: string) => Deno.statSync(dir.file(name)).mode;
  assert.equal(modeOf("replaced"), modeOf("ordinary"));
});

Deno.test("a name that cannot be had leaves nothing behind", async () => {
  await using dir = new TempDir();
  Deno.mkdirSync(dir.file("folder/inner"), { recursive: true });
  assert.throws(() => replaceFile(dir.file("folder"), "text"));
  assert.deepEqual([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["folder"]);
});
