import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TempDir } from "../../support/scaletool.ts";
import { elf } from "./stand_in.ts";

const MAIN = fileURLToPath(new URL("../../../deploy/image/main.ts", import.meta.url));

async function image(args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("without the executable one line says what makes it", async () => {
  await using dir = new TempDir();
  const { code, stderr } = await image(["--executable", dir.file("none"), dir.file("out.tar")]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^image: Cannot read ".*none": .*"deno task bundle && deno task compile".*\n$/,
  );
  assert.throws(() => Deno.statSync(dir.file("out.tar")), Deno.errors.NotFound);
});

for (
  const [what, bytes, expected] of [
    ["for another architecture", elf({ machine: 183 }), /made for amd64, .*\(ELF machine 183\)/],
    ["that is a script", new TextEncoder().encode("#!/bin/sh\n"), /no executable for Linux/],
    ["that is empty", new Uint8Array(), /no executable for Linux/],
    ["cut within its header", elf().subarray(0, 10), /no executable for Linux/],
  ] as const
) {
  Deno.test(`an executable ${what} is refused in one line`, async () => {
    await using dir = new TempDir();
    Deno.writeFileSync(dir.file("program"), bytes);
    const { code, stderr } = await image(["--executable", dir.file("program")]);
    assert.equal(code, 1);
    assert.match(stderr, /^image: Cannot make an image of ".*program": [^\n]*\n$/);
    assert.match(stderr, expected);
  });
}

for (
  const args of [["a", "b"], ["--name", "scaletool"], ["--name", "host:5000/scaletool"], ["--nme"]]
) {
  Deno.test(`"${args.join(" ")}" is a usage error in one line`, async () => {
    const { code, stderr } = await image(args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^image: [^\n]*\n$/);
  });
}
