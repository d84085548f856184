import assert from "node:assert/strict";
import { TempDir } from "../support/scaletool.ts";
import { BuildCache } from "./build_cache.ts";

const OPTIONS = { progress: () => {}, signal: undefined };

/** Runs the body with a cache folder of its own. */
async function withCache(body: (path: string) => Promise<void>): Promise<void> {
  await using dir = new TempDir();
  const before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", dir.path);
  try {
    await body(dir.path);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
  }
}

function cacheOf(source: string, toolVersion: string | undefined): BuildCache {
  return new BuildCache({ name: "thing", source: [source], toolVersion });
}

Deno.test("what is in the cache is not made again", () =>
  withCache(async () => {
    let count = 0;
    const fill = () =>
      cacheOf("a", "1").fill(({ binDir }) => {
        Deno.writeTextFileSync(`${binDir}/program`, String(++count));
        return Promise.resolve();
      }, OPTIONS);
    // At once, as two processes would.
    await Promise.all([fill(), fill()]);
    await fill();
    assert.equal(Deno.readTextFileSync(`${cacheOf("a", "1").find()}/program`), "1");
    assert.equal(count, 1);
  }));

Deno.test("work that fails leaves nothing that is taken for finished", () =>
  withCache(async () => {
    const cache = cacheOf("a", "1");
    const failing = cache.fill(() => Promise.reject(new Error("no disk")), OPTIONS);
    await assert.rejects(failing, /no disk/);
    assert.equal(cache.find(), undefined);
  }));

Deno.test("another source or tool is another build; without a tool any of the same source is", () =>
  withCache(async () => {
    await cacheOf("a", "1").fill(() => Promise.resolve(), OPTIONS);
    assert.equal(cacheOf("b", "1").find(), undefined);
    assert.equal(cacheOf("a", "2").find(), undefined);
    assert.equal(cacheOf("b", undefined).find(), undefined);
    assert.equal(cacheOf("a", undefined).find(), cacheOf("a", "1").dir);
  }));
