import { deepStrictEqual, ok } from "node:assert/strict";
import { goQuote } from "../../core/go_quote.ts";
import { formatRowTime, parseAnnotationTime } from "../../kube/sample_log/times.ts";
import { hasGo } from "../support/go_pprof.ts";
import { TempDir } from "../support/scaletool.ts";

/** Says what Go makes of texts and instants; reads and writes JSON. */
const PROGRAM = `package main

import (
	"encoding/json"
	"os"
	"strconv"
	"time"
)

const layout = "2006-01-02 15:04:05.000 -0700"

func main() {
	var in struct {
		Texts    []string
		Instants []int64
		Stamps   []string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	out := map[string][]any{"quoted": {}, "rows": {}, "annotations": {}, "stamps": {}}
	for _, text := range in.Texts {
		out["quoted"] = append(out["quoted"], strconv.Quote(text))
	}
	for _, ms := range in.Instants {
		at := time.UnixMilli(ms)
		out["rows"] = append(out["rows"], at.UTC().Format("2006-01-02 15:04:05.000"))
		out["annotations"] = append(out["annotations"], at.Format(layout))
	}
	for _, stamp := range in.Stamps {
		at, err := time.Parse(layout, stamp)
		if err != nil {
			out["stamps"] = append(out["stamps"], nil)
		} else {
			out["stamps"] = append(out["stamps"], at.UnixMilli())
		}
	}
	json.NewEncoder(os.Stdout).Encode(out)
}
`;

const ZONE = "America/St_Johns";

/** Every character below U+3000 in steps that meet each kind, then some beyond. */
const TEXTS = [
  "",
  'configmaps "x" not found',
  "two\nlines\r\n\ttab, comma 'quote' `tick` \\n",
  ...Array.from(
    { length: 0x3000 / 64 },
    (_, block) =>
      String.fromCodePoint(...Array.from({ length: 64 }, (_, index) => 64 * block + index)),
  ).filter((text) => !/\p{Cn}/u.test(text)),
  "\u{1f468}\u200d\u{1f469} \ufeff \ufffd \ue000 \u{10ffff} \u{e0001} e\u0301",
];

const INSTANTS = [
  "1999-12-31T23:59:59.999Z",
  "2026-03-08T05:29:59.999Z",
  "2026-03-08T05:30:00.000Z",
  "2026-11-01T04:29:59.999Z",
  "2026-11-01T04:30:00.000Z",
  "2026-11-21T10:31:51.007Z",
  "2038-01-19T03:14:08.500Z",
].map((iso) => Date.parse(iso));

const STAMPS = [
  "2026-11-21 10:31:51.482 +0000",
  "2026-11-21 10:31:51.482 -0330",
  "2026-11-21 9:31:51.482 +0000",
  "2026-11-21 10:31:51,482 +0000",
  "2026-11-21  10:31:51.482  +0000",
  "2026-11-21 10:31:51.482 +2460",
  "2026-11-21 10:31:51.482 +2500",
  "2026-11-21 10:31:51.482 +0061",
  "2026-11-21 10:31:51 +0000",
  "2026-11-21 10:31:51.48 +0000",
  "2026-11-21 10:31:51.4820 +0000",
  "2026-11-21 10:31:51.482 +00:00",
  "2026-11-21 10:31:51.482 Z",
  "2026-11-21 10:31:51.482",
  "2026-11-21 24:00:00.000 +0000",
  "2026-02-29 10:31:51.482 +0000",
  "2024-02-29 10:31:51.482 +0000",
  "2026-11-21 10:31:60.482 +0000",
  "26-11-21 10:31:51.482 +0000",
  "0000-01-01 00:00:00.000 +0000",
];

/** Runs a program with JSON on its standard input; what it prints, as JSON. */
async function exchange(
  command: Deno.Command,
  input: unknown,
): Promise<Record<string, unknown[]>> {
  const child = command.spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(input)));
  await writer.close();
  const { success, stdout, stderr } = await output;
  ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Our annotations in a zone, made in a process that is in it. */
const OURS = `import { formatAnnotationTime } from ${
  JSON.stringify(new URL("../../kube/sample_log/times.ts", import.meta.url).href)
};
const { instants } = await new Response(Deno.stdin.readable).json();
const annotations = instants.map((ms) => formatAnnotationTime(new Date(ms)));
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ annotations })));`;

const PIPES = { stdin: "piped", stdout: "piped", stderr: "piped", env: { TZ: ZONE } } as const;

Deno.test({
  name: "Go quotes the same texts and writes and reads the same instants as we do",
  ignore: !hasGo("quotes and times as Go writes them"),
  async fn() {
    await using dir = new TempDir();
    Deno.writeTextFileSync(dir.file("main.go"), PROGRAM);
    const input = { texts: TEXTS, instants: INSTANTS, stamps: STAMPS };
    const go = await exchange(
      new Deno.Command("go", { args: ["run", dir.file("main.go")], cwd: dir.path, ...PIPES }),
      input,
    );
    deepStrictEqual(TEXTS.map(goQuote), go["quoted"]);
    deepStrictEqual(INSTANTS.map((ms) => formatRowTime(new Date(ms))), go["rows"]);
    deepStrictEqual(STAMPS.map(readOrNull), go["stamps"]);
    const ours = await exchange(
      new Deno.Command(Deno.execPath(), { args: ["eval", "--no-lock", OURS], ...PIPES }),
      input,
    );
    deepStrictEqual(ours["annotations"], go["annotations"]);
  },
});

function readOrNull(stamp: string): number | null {
  try {
    return parseAnnotationTime(stamp);
  } catch {
    return null;
  }
}
