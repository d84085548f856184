/**
 * The findings as JUnit XML, so that a CI system shows each as a test. A failed one is a failure;
 * an inconclusive one is an error, because CI must not be green when nothing was shown. Each stage of
 * a run that has several is a test, too, of the checks that are its own.
 * @module
 */

import type { Finding } from "../judge/finding.ts";
import { endedText } from "./end_text.ts";
import type { Report } from "./report.ts";

/** How long it took, where that is known. */
type Case = Finding & { readonly timeMs?: number };

type Attributes = Readonly<Record<string, string | number>>;

/** One `<testsuite>` with one `<testcase>` a finding; ends with a line feed. */
export function renderJunit(report: Report): string {
  const { manifest } = report;
  const cases: Case[] = [...report.findings, ...stageFindings(report), ...runFinding(report)];
  const counts = {
    tests: cases.length,
    failures: cases.filter(({ verdict }) => verdict === "fail").length,
    errors: cases.filter(({ verdict }) => verdict === "inconclusive").length,
    // Jenkins' xUnit plugin refuses a file with more decimals, an exponent or other attributes.
    time: ((report.end?.atMs ?? report.summary.measuredMs) / 1_000).toFixed(3),
  };
  const suite = {
    name: manifest.command,
    ...counts,
    skipped: 0,
    // Readers differ in which parts of a time stamp they accept; this much (in UTC) all do.
    timestamp: manifest.startedAt.slice(0, "2026-01-01T00:00:00".length),
    hostname: manifest.host.name,
  };
  const body = [
    ...element("properties", {}, propertiesOf(report)),
    ...cases.flatMap((finding) => testCase(finding, manifest.command)),
    ...cautions(report),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    ...element("testsuites", { name: "scaletool", ...counts }, element("testsuite", suite, body)),
  ].join("\n") + "\n";
}

/** A run that ended badly without any bad finding (interrupted, killed, nothing asked) is not green either. */
function runFinding(report: Report): Finding[] {
  if (report.exitCode === 0 || report.findings.some(({ verdict }) => verdict !== "pass")) return [];
  const ended = report.end === null ? "was killed" : endedText(report.end, report);
  const asked = report.findings.length === 0 ? " and nothing was asked of it" : "";
  return [{
    subject: "run",
    verdict: report.verdict === "fail" ? "fail" : "inconclusive",
    observed: `exit code ${report.exitCode}`,
    limit: "exit code 0",
    reason: `the run ${ended}${asked}`,
  }];
}

/** Whether the generator was fit in each stage, without which it says nothing. */
function stageFindings({ manifest, stages }: Report): Case[] {
  if (!manifest.isStaged) return [];
  return stages.filter(({ kind }) => kind === "measured").map(
    ({ name, validity, class: found, startMs, endMs }) => {
      const isKnown = found === null ? validity.level !== "invalid" : found.name !== null;
      return {
        subject: `stage ${name}`,
        timeMs: endMs - startMs,
        verdict: isKnown ? "pass" : "inconclusive",
        observed: `generator ${validity.level}`,
        limit: found === null ? "generator valid" : "a class",
        reason: found === null ? validity.reasons.join(" ") : found.reason,
      };
    },
  );
}

function testCase(
  { subject, verdict, observed, limit, reason, timeMs = 0 }: Case,
  command: string,
) {
  const time = timeMs === 0 ? 0 : (timeMs / 1_000).toFixed(3);
  const attributes = { name: subject, classname: `scaletool.${command}`, time };
  if (verdict === "pass") return element("testcase", attributes, []);
  const tag = verdict === "fail" ? "failure" : "error";
  const facts = `observed ${observed ?? "nothing"}, limit ${limit}`;
  const message = reason === "" ? facts : reason;
  return element(
    "testcase",
    attributes,
    [`<${tag}${attributeText({ message, type: verdict })}>${xmlText(facts)}</${tag}>`],
  );
}

function propertiesOf({ manifest, verdict, exitCode, validity }: Report): string[] {
  const properties: Attributes = {
    run_id: manifest.runId,
    verdict,
    exit_code: exitCode,
    validity: validity.level,
    target: manifest.target,
    model: manifest.model,
    seed: manifest.seed,
    version: manifest.tool.version,
  };
  return Object.entries(properties)
    .flatMap(([name, value]) => element("property", { name, value }, []));
}

function cautions({ validity, warnings }: Report): string[] {
  const lines = [
    ...validity.reasons.map((reason) => `${validity.level}: ${reason}`),
    ...warnings.map(({ code, message }) => `warning ${code}: ${message}`),
  ];
  return lines.length === 0 ? [] : [`<system-err>${xmlText(lines.join("\n"))}</system-err>`];
}

/** The lines of an element; a child's text is not indented further, as white space may matter in it. */
function element(name: string, attributes: Attributes, children: readonly string[]): string[] {
  const tag = `${name}${attributeText(attributes)}`;
  if (children.length === 0) return [`<${tag}/>`];
  return [`<${tag}>`, ...children.map((line) => `  ${line}`), `</${name}>`];
}

function attributeText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xmlAttribute(String(value))}"`).join("");
}

/** White space other than a blank must be a reference, or a reader makes a blank of it (XML 1.0, 3.3.3). */
function xmlAttribute(text: string): string {
  return xmlText(text).replaceAll('"', "&quot;").replaceAll("\t", "&#9;").replaceAll("\n", "&#10;");
}

/** XML 1.0, 2.2: most control characters, lone surrogates, U+FFFE and U+FFFF cannot be written at all. */
function xmlText(text: string): string {
  return text.toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}
