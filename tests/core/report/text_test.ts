import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { renderText } from "../../../core/report/text.ts";
import { assertGolden } from "../../support/golden.ts";
import { emptyReport, SAMPLE_MANIFEST, sampleReport } from "../../support/sample_report.ts";

const PLAIN = { color: false, width: 100 };

Deno.test("renderText() of the sample run is the golden text", () => {
  assertGolden("report/sample.txt", renderText(sampleReport(), PLAIN));
});

Deno.test("renderText() of a run without any figure is the golden text", () => {
  assertGolden("report/empty.txt", renderText(emptyReport(), { color: false, width: 80 }));
});

Deno.test("renderText() colours words only: without the sequences it is the plain text", () => {
  const plain = renderText(sampleReport(), PLAIN);
  const colored = renderText(sampleReport(), { ...PLAIN, color: true });
  for (const word of ["\x1b[31mFAIL\x1b[0m", "\x1b[32mPASS\x1b[0m", "\x1b[33m????\x1b[0m"]) {
    ok(colored.includes(word), word);
  }
  strictEqual(stripVTControlCharacters(colored), plain);
  ok(!plain.includes("\x1b"));
});

Deno.test("renderText() says the verdict, the exit code and the counts in its last line", () => {
  const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);
  const [failed, passed] = sampleReport().findings;
  ok(failed !== undefined && passed !== undefined);
  const cases = [
    [sampleReport(), "FAIL (exit code 3): 1 failed, 1 inconclusive, 1 passed"],
    [
      sampleReport({ verdict: "pass", exitCode: 0, findings: [passed, passed] }),
      "PASS (exit code 0): 2 passed",
    ],
    [
      sampleReport({ verdict: "fail", exitCode: 130, findings: [failed] }),
      "FAIL (exit code 130): 1 failed",
    ],
    [emptyReport(), "INCONCLUSIVE (exit code 4): nothing was asked"],
  ] as const;
  for (const [report, expected] of cases) {
    strictEqual(lastLine(renderText(report, PLAIN)), expected);
  }
});

Deno.test("renderText() shows the cancelled operations only where there were any", () => {
  const { summary } = sampleReport();
  const operations = summary.operations.map((operation) => ({ ...operation, cancelled: 0 }));
  const without = renderText(sampleReport({ summary: { ...summary, operations } }), PLAIN);
  match(renderText(sampleReport(), PLAIN), /CANCELLED/);
  doesNotMatch(without, /CANCELLED/);
});

Deno.test("renderText() shows what is known of the target after it", () => {
  const facts = { context: "kind-a", "server version": "v1.36.3" };
  const manifest = { ...SAMPLE_MANIFEST, facts };
  match(
    renderText(sampleReport({ manifest }), { ...PLAIN, width: 200 }),
    /^httperf client \| target https:\/\/127\.0\.0\.1:8443 \| context kind-a \| server version v1\.36\.3 \| model open/m,
  );
});

Deno.test("renderText() lets no control character of a server or file reach the terminal", () => {
  const evil = "\x1b[2J\x07\x9b1m\u0000";
  const text = renderText(
    sampleReport({
      manifest: {
        ...SAMPLE_MANIFEST,
        target: `https://a/${evil}`,
        command: evil,
        facts: { [evil]: evil },
      },
      warnings: [{ code: evil, message: `one\ntwo ${evil}` }],
      validity: { level: "invalid", reasons: [evil] },
      findings: [{ subject: evil, verdict: "fail", observed: evil, limit: evil, reason: evil }],
    }),
    PLAIN,
  );
  doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}/u);
});

Deno.test("renderText() wraps sentences at the width and breaks no word", () => {
  const words = Array.from({ length: 60 }, (_, index) => `word${index}`);
  const text = renderText(
    emptyReport({ warnings: [{ code: "long", message: words.join(" ") }] }),
    { color: true, width: 60 },
  );
  const warning = text.split("\n\n").find((section) => section.includes("WARNING")) ?? "";
  for (const line of stripVTControlCharacters(warning).split("\n")) ok(line.length <= 60, line);
  for (const word of words) match(warning, new RegExp(`\\b${word}\\b`));
});
