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

/**
 * What the parts of core and kube may import of each other. A part is a folder, or a file beside the
 * folders; files that import no other part but such files are ground that everything may stand on,
 * and are not named here. Circles are looked for in what is really imported, so none can be allowed.
 */
const MAY_IMPORT_WITHIN: Readonly<Record<string, readonly string[]>> = {
  "core/errors.ts": ["core/measure"],
  "core/files.ts": ["core/errors.ts"],
  "core/path_of_share.ts": ["core/files.ts", "core/load"],
  "core/judge": ["core/measure"],
  "core/ladder": ["core/judge"],
  "core/load": ["core/errors.ts", "core/measure"],
  "core/net": ["core/errors.ts", "core/files.ts", "core/load", "core/measure"],
  "core/h2": ["core/body_source.ts", "core/errors.ts", "core/exchange.ts", "core/load", "core/net"],
  "core/serve": [
    "core/body_source.ts",
    "core/errors.ts",
    "core/exchange.ts",
    "core/h2",
    "core/load",
    "core/net",
  ],
  "core/diagnostics": ["core/errors.ts", "core/load", "core/net"],
  "core/run_log": [
    "core/errors.ts",
    "core/files.ts",
    "core/judge",
    "core/ladder",
    "core/measure",
  ],
  "core/generators": ["core/errors.ts", "core/files.ts", "core/load", "core/run_log"],
  "core/command": [
    "core/errors.ts",
    "core/generators",
    "core/judge",
    "core/ladder",
    "core/load",
    "core/measure",
    "core/net",
    "core/run_log",
  ],
  "core/console": [
    "core/command",
    "core/control",
    "core/errors.ts",
    "core/load",
    "core/run_log",
  ],
  "core/control": [
    "core/command",
    "core/errors.ts",
    "core/files.ts",
    "core/load",
    "core/net",
    "core/run_log",
  ],
  "core/report": [
    "core/command",
    "core/errors.ts",
    "core/files.ts",
    "core/judge",
    "core/ladder",
    "core/measure",
    "core/run_log",
  ],
  "core/run": [
    "core/command",
    "core/control",
    "core/diagnostics",
    "core/errors.ts",
    "core/generators",
    "core/judge",
    "core/ladder",
    "core/load",
    "core/measure",
    "core/net",
    "core/report",
    "core/run_log",
  ],
  "kube/watch": ["kube/sample_log"],
  "kube/auth": ["kube/kubeconfig"],
  "kube/config": ["kube/auth", "kube/kubeconfig"],
  "kube/http": ["kube/auth", "kube/config"],
  "kube/owned": ["kube/sample_log", "kube/server"],
  "kube/kuadrant": ["kube/gateway_api"],
  "kube/service_account": ["kube/server"],
  "kube/manifests": ["kube/owned", "kube/server"],
  "kube/set_up_question.ts": ["kube/config"],
  "kube/connect.ts": [
    "kube/config",
    "kube/http",
    "kube/owned",
    "kube/server",
    "kube/set_up_question.ts",
  ],
  "kube/cleanup": ["kube/config", "kube/connect.ts", "kube/owned", "kube/server"],
  "kube/doctor": ["kube/config", "kube/gateway_api", "kube/http", "kube/owned", "kube/server"],
  "kube/conduct_on_cluster.ts": [
    "kube/config",
    "kube/connect.ts",
    "kube/doctor",
    "kube/http",
    "kube/owned",
    "kube/server",
    "kube/set_up_question.ts",
  ],
  "kube/load_command.ts": ["kube/conduct_on_cluster.ts"],
  "kube/generators": [
    "kube/config",
    "kube/connect.ts",
    "kube/http",
    "kube/manifests",
    "kube/owned",
    "kube/server",
    "kube/watch",
  ],
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

/** Relative imports of a file, as paths from the root; those of types too. */
function importsOf(path: string, { isLazyToo = true } = {}): string[] {
  const source = Deno.readTextFileSync(join(ROOT, path));
  const pattern = isLazyToo
    ? /(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g
    : /(?:from|import)\s*"(\.{1,2}\/[^"]+)"/g;
  const specifiers = source.matchAll(pattern);
  return [...specifiers].map(([, specifier]) =>
    normalize(join(dirname(path), specifier!)).replace(/^\.\//, "")
  );
}

function partOf(path: string): string {
  return path.split("/")[0]!;
}

/** Folders whose parts are looked at by themselves. */
const HOUSES = ["core/", "kube/", "sandbox/kubernetes/"];

/** `core/load`, `kube/connect.ts`, `sandbox/kubernetes/store`. */
function subPartOf(path: string): string {
  const depth = HOUSES.find((house) => path.startsWith(house))!.split("/").length;
  return path.split("/").slice(0, depth).join("/");
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

/** Arrows between the parts of each house, each with an import that makes it. */
function arrowsWithin(): Map<string, Map<string, string>> {
  const arrows = new Map<string, Map<string, string>>();
  for (const path of FILES) {
    const house = HOUSES.find((one) => path.startsWith(one));
    if (house === undefined) continue;
    for (const target of importsOf(path).filter((file) => file.startsWith(house))) {
      const [from, to] = [subPartOf(path), subPartOf(target)];
      if (from === to) continue;
      const found = arrows.get(from) ?? new Map<string, string>();
      arrows.set(from, found.set(to, `${path} -> ${target}`));
    }
  }
  return arrows;
}

const ARROWS = arrowsWithin();

/** Whether it is a file that imports no other part but such files. */
function isGround(part: string): boolean {
  return part.endsWith(".ts") && !(part in MAY_IMPORT_WITHIN) &&
    [...ARROWS.get(part)?.keys() ?? []].every(isGround);
}

/** The first way that leads back to where it began; of types too, and of what is loaded when used. */
function circleIn(arrows: ReadonlyMap<string, Iterable<string>>): string[] | undefined {
  const done = new Set<string>();
  const walk = (way: string[]): string[] | undefined => {
    const here = way.at(-1)!;
    const first = way.indexOf(here);
    if (first < way.length - 1) return way.slice(first);
    if (done.has(here)) return undefined;
    for (const next of arrows.get(here) ?? []) {
      const circle = walk([...way, next]);
      if (circle !== undefined) return circle;
    }
    done.add(here);
    return undefined;
  };
  for (const start of arrows.keys()) {
    const circle = walk([start]);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

Deno.test("within core and kube the arrows between folders are those that are allowed", () => {
  assert.ok(ARROWS.size > 20, `only ${ARROWS.size} parts import others`);
  const wrong = [...ARROWS].flatMap(([from, found]) =>
    isGround(from) || from.startsWith("sandbox/") ? [] : [...found]
      .filter(([to]) => !isGround(to) && !MAY_IMPORT_WITHIN[from]?.includes(to))
      .map(([, example]) => example)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("no arrow is allowed that nothing makes use of", () => {
  const unused = Object.entries(MAY_IMPORT_WITHIN).flatMap(([from, allowed]) =>
    allowed.filter((to) => !ARROWS.get(from)?.has(to)).map((to) => `${from} -> ${to}`)
  );
  assert.deepEqual(unused, []);
});

Deno.test("no two parts of one house need each other, not even for a type", () => {
  const arrows = new Map([...ARROWS].map(([from, found]) => [from, found.keys().toArray()]));
  assert.deepEqual(circleIn(arrows), undefined);
});

Deno.test("a circle is found wherever it begins", () => {
  const arrows = new Map([["a", ["b"]], ["b", ["c", "d"]], ["d", ["b"]]]);
  assert.deepEqual(circleIn(arrows), ["b", "d", "b"]);
  assert.deepEqual(circleIn(new Map([["a", ["b", "c"]], ["b", ["c"]]])), undefined);
});

/** A run and its stages are one idea in two files; the drivers' plan and needs have yet to part. */
Deno.test("no two files need each other, not even for a type; loading when used is no need", () => {
  const files = FILES.filter((path) => path.includes("/"));
  const needs = new Map(files.map((path) => {
    const targets = importsOf(path, { isLazyToo: false });
    return [path, targets.filter((target) => files.includes(target))];
  }));
  assert.deepEqual(circleIn(needs), undefined);
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
