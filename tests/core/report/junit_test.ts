import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import type { Finding } from "../../../core/judge/finding.ts";
import { renderJunit } from "../../../core/report/junit.ts";
import type { Report } from "../../../core/report/report.ts";
import { assertGolden } from "../../support/golden.ts";
import { emptyReport, sampleReport } from "../../support/sample_report.ts";
import { parseXml, type XmlElement } from "../../support/xml.ts";
import { xunitComplaints } from "../../support/xunit_rules.ts";

function casesOf(report: Report): XmlElement[] {
  const suite = parseXml(renderJunit(report)).children[0];
  return suite?.children.filter(({ name }) => name === "testcase") ?? [];
}

Deno.test("renderJunit() of the sample run is the golden text", () => {
  assertGolden("report/sample.junit.xml", renderJunit(sampleReport()));
});

Deno.test("renderJunit() has one test case a finding: failed is a failure, inconclusive an error", () => {
  const report = sampleReport();
  const cases = casesOf(report);
  deepStrictEqual(cases.map(({ attributes }) => attributes["name"]), [
    "request.response.p99 < 50ms",
    "request.service.p99 < 50ms",
    "request.response.p99.99 < 1s",
  ]);
  deepStrictEqual(cases.map(({ children }) => children.map(({ name }) => name)), [
    ["failure"],
    [],
    ["error"],
  ]);
});

Deno.test("renderJunit() counts what it holds", () => {
  const root = parseXml(renderJunit(sampleReport()));
  for (const element of [root, root.children[0]]) {
    strictEqual(element?.attributes["tests"], "3");
    strictEqual(element?.attributes["failures"], "1");
    strictEqual(element?.attributes["errors"], "1");
  }
});

Deno.test("renderJunit() names the run and its verdict", () => {
  const properties = parseXml(renderJunit(sampleReport())).children[0]?.children
    .find(({ name }) => name === "properties")?.children ?? [];
  const values = Object.fromEntries(
    properties.map(({ attributes }) => [attributes["name"], attributes["value"]]),
  );
  strictEqual(values["run_id"], "httperf-20260314-092653-k7q2");
  strictEqual(values["verdict"], "fail");
  strictEqual(values["exit_code"], "3");
});

Deno.test("renderJunit() is never green for a run whose exit code is not 0", () => {
  const passed = sampleReport().findings.filter(({ verdict }) => verdict === "pass");
  const end = { reason: "interrupted", atMs: 5 } as const;
  const runs: [Partial<Report>, RegExp][] = [
    [{ findings: [], verdict: "inconclusive", exitCode: 4 }, /nothing was asked/],
    [{ findings: passed, verdict: "pass", exitCode: 130, end }, /interrupted/],
    [{ findings: passed, verdict: "inconclusive", exitCode: 4, end: null }, /killed/],
  ];
  for (const [overrides, why] of runs) {
    const bad = casesOf(sampleReport(overrides)).flatMap(({ children }) => children);
    strictEqual(bad.length, 1);
    match(bad[0]?.attributes["message"] ?? "", why);
  }
});

Deno.test("renderJunit() of a run that passed has no failure and no error", () => {
  const findings = sampleReport().findings.filter(({ verdict }) => verdict === "pass");
  const cases = casesOf(emptyReport({ findings, verdict: "pass", exitCode: 0 }));
  strictEqual(cases.length, 1);
  deepStrictEqual(cases[0]?.children, []);
});

Deno.test("renderJunit() is well-formed and gives texts back, whatever is in them", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  fc.assert(fc.property(text, text, (subject, reason) => {
    const finding: Finding = {
      subject,
      verdict: "fail",
      observed: subject,
      limit: "",
      reason: `x${reason}`,
    };
    const [testCase] = casesOf(emptyReport({ findings: [finding], verdict: "fail", exitCode: 3 }));
    strictEqual(testCase?.attributes["name"], legalInXml(subject));
    strictEqual(testCase?.children[0]?.attributes["message"], legalInXml(`x${reason}`));
    strictEqual(
      testCase?.children[0]?.text,
      `observed ${legalInXml(subject)}, limit `,
    );
  }));
});

/** XML 1.0, 2.2, production Char, one character at a time. */
function legalInXml(text: string): string {
  return [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    const isLegal = [0x9, 0xa, 0xd].includes(code) || code >= 0x20 && code <= 0xd7ff ||
      code >= 0xe000 && code <= 0xfffd || code >= 0x10000;
    return isLegal ? character : "\u{fffd}";
  }).join("");
}

Deno.test("parseXml() of the tests refuses what is not well-formed", () => {
  for (const bad of ["<a>", "<a></b>", '<a b="<"/>', "<a>&x;</a>", "<a>\x01</a>", "<a/><b/>"]) {
    throws(() => parseXml(bad), SyntaxError, bad);
  }
  ok(parseXml("<a/>"));
});

Deno.test("renderJunit() is taken by Jenkins' xUnit plugin, whatever the run came to", () => {
  for (const report of [sampleReport(), emptyReport()]) {
    deepStrictEqual(xunitComplaints(parseXml(renderJunit(report))), []);
  }
  fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (atMs) => {
    const report: Report = { ...sampleReport(), end: { reason: "duration", atMs } };
    deepStrictEqual(xunitComplaints(parseXml(renderJunit(report))), []);
  }));
});
