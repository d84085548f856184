import { strictEqual, throws } from "node:assert/strict";
import { CannotRunError } from "../../core/errors.ts";
import { openResultFile, writeResultFile } from "../../core/result_file.ts";
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
