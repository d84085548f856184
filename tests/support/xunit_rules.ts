/**
 * What the xUnit plugin of Jenkins takes for JUnit XML: which elements may stand in which, with which
 * attributes. Rules of its junit-10.xsd in all versions: times have at most three decimals.
 * @module
 */

import type { XmlElement } from "./xml.ts";

interface Rule {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly children?: readonly string[];
}

const RESULT: Rule = { optional: ["type", "message"] };
const OUTPUT: readonly string[] = ["system-out", "system-err"];
const RULES: ReadonlyMap<string, Rule> = new Map(Object.entries<Rule>({
  "testsuites": {
    optional: ["name", "time", "tests", "failures", "errors"],
    children: ["testsuite"],
  },
  "testsuite": {
    required: ["name", "tests", "failures", "errors"],
    optional: [
      ...[
        "group",
        "time",
        "skipped",
        "timestamp",
        "hostname",
        "id",
        "package",
        "file",
        "log",
        "url",
      ],
    ],
    children: ["testsuite", "properties", "testcase", ...OUTPUT],
  },
  "properties": { children: ["property"] },
  "property": { required: ["name", "value"] },
  "testcase": {
    required: ["name"],
    optional: ["time", "classname", "group"],
    children: ["skipped", "error", "failure", ...OUTPUT],
  },
  "skipped": RESULT,
  "error": RESULT,
  "failure": RESULT,
  "system-out": {},
  "system-err": {},
}));
const TIME = /^\d+(?:\.\d{0,3})?$/;

/** Everything that the plugin would refuse. */
export function xunitComplaints({ name, attributes, children }: XmlElement): string[] {
  const rule = RULES.get(name);
  if (rule === undefined) return [`<${name}> is unknown`];
  const { required = [], optional = [], children: allowed = [] } = rule;
  const names = Object.keys(attributes);
  const time = attributes["time"];
  return [
    ...names.filter((one) => !required.includes(one) && !optional.includes(one))
      .map((one) => `<${name}> has no attribute ${one}`),
    ...required.filter((one) => !names.includes(one)).map((one) => `<${name}> lacks ${one}`),
    ...time === undefined || TIME.test(time) ? [] : [`<${name}> has the time ${time}`],
    ...children.filter((child) => !allowed.includes(child.name))
      .map((child) => `<${name}> has no <${child.name}> in it`),
    ...children.flatMap(xunitComplaints),
  ];
}
