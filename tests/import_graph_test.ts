import assert from "node:assert/strict";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What each folder may import from; what is not listed may import only from itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["program.ts", "core"],
  "program.ts": ["core", "kube", "drivers", "watchers", "probes", "httperf", "sandbox"],
  "mod.ts": ["core", "kube", "drivers", "watchers", "probes", "httperf", "sandbox"],
  core: ["deno.json"],
  kube: ["core"],
  httperf: ["core"],
  drivers: ["core", "kube"],
  watchers: ["core", "kube"],
  probes: ["core", "kube"],
  sandbox: ["core", "kube"],
};

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(join(ROOT, folder))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sourceFiles(path);
    else if (path.endsWith(".ts")) yield path;
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(join(ROOT, path));
    return true;
  } catch {
    return false;
  }
}

/** Relative imports of a file, as paths from the root. */
function importsOf(path: string): string[] {
  const source = Deno.readTextFileSync(join(ROOT, path));
  const specifiers = source.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g);
  return [...specifiers].map(([, specifier]) =>
    normalize(join(dirname(path), specifier!)).replace(/^\.\//, "")
  );
}

function partOf(path: string): string {
  return path.split("/")[0]!;
}

const FILES = Object.keys(MAY_IMPORT).filter(isThere).flatMap((part) =>
  part.endsWith(".ts") ? [part] : [...sourceFiles(part)]
);

Deno.test("no file imports against the direction core <- kube <- commands <- cli", () => {
  assert.ok(FILES.length > 50, `only ${FILES.length} files were looked at`);
  const wrong = FILES.flatMap((path) => {
    const allowed = [partOf(path), ...MAY_IMPORT[partOf(path)] ?? []];
    return importsOf(path).filter((target) => !allowed.includes(partOf(target)))
      .map((target) => `${path} -> ${relative(".", target)}`);
  });
  assert.deepEqual(wrong, []);
});

Deno.test("only cli.ts touches arguments, exit, signals and the console", () => {
  const forbidden = /\bDeno\.(args|exit|addSignalListener)\b|\bconsole\./;
  const wrong = FILES.filter((path) => path !== "cli.ts" && !path.endsWith(".js"))
    .filter((path) => forbidden.test(code(path)));
  assert.deepEqual(wrong, []);
});

Deno.test("time and chance come only from core/load/clock.ts and core/load/rng.ts", () => {
  const forbidden = /\b(setTimeout|setInterval|performance\.now|Date\.now|Math\.random)\(/;
  const wrong = FILES.filter((path) => !/^core\/load\/(clock|rng)\.ts$/.test(path))
    .filter((path) => forbidden.test(code(path)));
  assert.deepEqual(wrong, []);
});

Deno.test("no test looks at a real clock: how fast a machine is decides nothing", () => {
  const forbidden = /\b(setTimeout|setInterval|performance\.now|Date\.now)\(/;
  const tests = [...sourceFiles("tests")].filter((path) => path.endsWith("_test.ts"));
  assert.ok(tests.length > 200, `only ${tests.length} files were looked at`);
  assert.deepEqual(tests.filter((path) => forbidden.test(code(path))), []);
});

/** The file without comments. */
function code(path: string): string {
  return Deno.readTextFileSync(join(ROOT, path)).replace(/\/\*[\s\S]*?\*\//g, "").replace(
    /\/\/.*$/gm,
    "",
  );
}

/** What a file loads as soon as it is loaded itself. */
function loadedWith(path: string): string[] {
  const statements = /^(?:import|export) (?!type )(?:[^"';]*? from )?"([^"]+)"/gm;
  const source = Deno.readTextFileSync(join(ROOT, path));
  return [...source.matchAll(statements)].map(([, specifier]) =>
    specifier!.startsWith(".")
      ? normalize(join(dirname(path), specifier!)).replace(/^\.\//, "")
      : specifier!
  );
}

Deno.test("what every command line loads has no schemas, no YAML and no certificates in it", () => {
  const loaded = new Set(["cli.ts", "program.ts"]);
  for (const path of loaded) {
    if (path.endsWith(".ts")) loadedWith(path).forEach((one) => loaded.add(one));
  }
  assert.ok(loaded.has("commander"), "the walk does not reach the packages");
  const heavy = ["zod", "yaml", "hdr-histogram-js", "@peculiar/x509", "uplot/js", "pprof-format"];
  assert.deepEqual(heavy.filter((name) => loaded.has(name)), []);
});
