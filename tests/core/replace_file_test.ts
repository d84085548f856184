import assert from "node:assert/strict";
import { replaceFile } from "../../core/replace_file.ts";
import { TempDir } from "../support/scaletool.ts";

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
