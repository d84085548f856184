import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };
import { messageOf } from "../../core/errors.ts";
import { packageFile } from "../../deploy/image/debian_package.ts";
import { EXECUTABLE as BUILT, PACKAGES_DIR } from "../../deploy/image/places.ts";
import { PACKAGES } from "../../deploy/image/system_layer.ts";
import { digestOf, readArchive } from "../deploy/image/archive_reader.ts";
import { hasPeer, TempDir } from "../support/scaletool.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EXECUTABLE = Deno.env.get("SCALETOOL_BIN") ?? BUILT;
/** What users were promised. */
const LARGEST_IMAGE_BYTES = 120e6;

/** Whether this machine can make the image and look into it; says so if not. */
async function canMakeImages(): Promise<boolean> {
  const skipped = (why: string) => {
    Deno.stderr.writeSync(new TextEncoder().encode(`skipped: ${why}\n`));
    return false;
  };
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") return skipped("not linux/amd64");
  if (Deno.uid() !== 0) return skipped("not root, so there is no chroot");
  try {
    Deno.statSync(EXECUTABLE);
  } catch {
    return skipped(`no ${EXECUTABLE}`);
  }
  if (!["dpkg-deb", "unshare", "chroot", "tar"].every(hasPeer)) return false;
  try {
    for (const wanted of PACKAGES) await packageFile(wanted, { cacheDir: PACKAGES_DIR, fetch });
    return true;
  } catch (error) {
    return skipped(messageOf(error));
  }
}

const ignore = !await canMakeImages();

async function run(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function makeImage(out: string): Promise<{ said: string; bytes: Uint8Array }> {
  const main = `${ROOT}/deploy/image/main.ts`;
  const args = ["--executable", EXECUTABLE, "--revision", "abc", out];
  const said = await run(Deno.execPath(), ["run", "-A", "--no-check", main, ...args]);
  return { said, bytes: Deno.readFileSync(out) };
}

/** The program as user 65532 with nothing around it but the image and /proc. */
const IN_BARE_ROOT = `mount -t proc proc "$1/proc" && root=$1 && shift &&
  exec chroot --userspec=65532:65532 "$root" "$@"`;

Deno.test("the image has all that the executable needs, and the same bytes twice", {
  ignore,
}, async (t) => {
  await using dir = new TempDir();
  const { said, bytes } = await makeImage(dir.file("one.tar"));
  const { index, image, layers } = await readArchive(bytes);

  await t.step("its size and digest are said, and its size is within what was promised", () => {
    const megabytes = (bytes.length / 1e6).toFixed(1);
    assert.ok(said.endsWith(`, ${megabytes} MB, ${index.digest}\n`), said);
    assert.ok(bytes.length < LARGEST_IMAGE_BYTES, said);
  });

  await t.step("made again it is the same", async () => {
    assert.equal(digestOf((await makeImage(dir.file("two.tar"))).bytes), digestOf(bytes));
  });

  await t.step("its program runs in a root of nothing else", async () => {
    const root = dir.file("root");
    Deno.mkdirSync(`${root}/proc`, { recursive: true });
    for (const [depth, layer] of layers.entries()) {
      const file = dir.file(`layer-${depth}.tar`);
      Deno.writeFileSync(file, layer);
      await run("tar", ["-xpf", file, "--numeric-owner", "-C", root]);
    }
    // Others may not look into a temporary folder, and root is not who runs the program.
    Deno.chmodSync(root, 0o755);
    Deno.chmodSync(dir.path, 0o755);
    const { Entrypoint: [program] } = image.config;
    const inRoot = ["--mount", "sh", "-c", IN_BARE_ROOT, "sh", root, program!, "version"];
    assert.match(await run("unshare", inRoot), new RegExp(deno.version.replaceAll(".", "\\.")));
  });
});
