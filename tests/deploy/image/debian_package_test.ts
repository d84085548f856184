import assert from "node:assert/strict";
import { type DebianPackage, packageFile } from "../../../deploy/image/debian_package.ts";
import { CannotRunError } from "../../../core/errors.ts";
import { TempDir } from "../../support/scaletool.ts";
import { digestOf } from "./archive_reader.ts";

const CONTENT = new TextEncoder().encode("a package");
const PACKAGE: DebianPackage = {
  path: "debian/pool/main/x/x_1_amd64.deb",
  sha256: digestOf(CONTENT).replace("sha256:", ""),
  sha1: "5a17",
};
const ARCHIVE = "http://deb.debian.org/debian/pool/main/x/x_1_amd64.deb";
const SNAPSHOT = "http://snapshot.debian.org/file/5a17";

/** Servers that answer with what is given for a URL and with 404 otherwise, and a cache. */
class World implements AsyncDisposable {
  readonly dir = new TempDir();
  readonly asked: string[] = [];
  readonly file = this.dir.file("cache/x_1_amd64.deb");

  constructor(readonly served: Readonly<Record<string, Uint8Array<ArrayBuffer>>>) {}

  async get(): Promise<string> {
    const fetch = (url: string) => {
      this.asked.push(url);
      const body = this.served[url];
      return Promise.resolve(new Response(body ?? null, { status: body ? 200 : 404 }));
    };
    return await packageFile(PACKAGE, { cacheDir: this.dir.file("cache"), fetch });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dir[Symbol.asyncDispose]();
  }
}

Deno.test("a package is downloaded once", async () => {
  await using world = new World({ [ARCHIVE]: CONTENT });
  assert.equal(await world.get(), world.file);
  assert.equal(await world.get(), world.file);
  assert.deepEqual(world.asked, [ARCHIVE]);
  assert.deepEqual(Deno.readFileSync(world.file), CONTENT);
});

Deno.test("what the archive no longer has comes from its snapshots", async () => {
  await using world = new World({ [SNAPSHOT]: CONTENT });
  await world.get();
  assert.deepEqual(world.asked, [ARCHIVE, SNAPSHOT]);
  assert.deepEqual(Deno.readFileSync(world.file), CONTENT);
});

Deno.test("half a file in the cache is downloaded anew", async () => {
  await using world = new World({ [ARCHIVE]: CONTENT });
  await world.get();
  Deno.writeFileSync(world.file, CONTENT.subarray(0, 4));
  await world.get();
  assert.deepEqual(world.asked, [ARCHIVE, ARCHIVE]);
  assert.deepEqual(Deno.readFileSync(world.file), CONTENT);
});

Deno.test("another content than was pinned is refused and not kept, in one line", async () => {
  const other = new TextEncoder().encode("another");
  await using world = new World({ [ARCHIVE]: other });
  await assert.rejects(world.get(), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.equal(
      error.message,
      `Cannot get x_1_amd64.deb: ${ARCHIVE} has SHA-256 ${digestOf(other).slice(7)}, ` +
        `expected ${PACKAGE.sha256}; ${SNAPSHOT} answers 404; where there is no way to Debian's ` +
        `archive, put the file into "${world.dir.file("cache")}"`,
    );
    return true;
  });
  assert.throws(() => Deno.statSync(world.file), Deno.errors.NotFound);
});
