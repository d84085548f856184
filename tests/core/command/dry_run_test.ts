import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { parse } from "yaml";
import { type PlanSection, renderPlan } from "../../../core/command/dry_run.ts";
import { DRY_RUN_FLAG } from "../../../core/command/run_flags.ts";

const SECTIONS: readonly PlanSection[] = [
  { title: "target", value: "https://127.0.0.1:6443" },
  { title: "objects", value: 300 },
  { title: "expected duration", value: "5m0s" },
  {
    title: "permissions needed",
    value: ["create configmaps in scaletest", "delete configmaps in scaletest"],
  },
  { title: "creates-namespaces", value: false },
];

Deno.test("as text a plan has two columns, and a list a line for each item", () => {
  strictEqual(
    renderPlan(SECTIONS, "text"),
    `\
target              https://127.0.0.1:6443
objects             300
expected duration   5m0s
permissions needed  create configmaps in scaletest
                    delete configmaps in scaletest
creates-namespaces  false
`,
  );
});

const AS_DATA = {
  target: "https://127.0.0.1:6443",
  objects: 300,
  expectedDuration: "5m0s",
  permissionsNeeded: ["create configmaps in scaletest", "delete configmaps in scaletest"],
  createsNamespaces: false,
};

Deno.test("as JSON and YAML a plan is one object, in the same order", () => {
  const json = renderPlan(SECTIONS, "json");
  strictEqual(json, JSON.stringify(AS_DATA, null, 2) + "\n");
  const yaml = renderPlan(SECTIONS, "yaml");
  deepStrictEqual(Object.entries(parse(yaml)), Object.entries(AS_DATA));
  strictEqual(yaml.at(-1), "\n");
});

const VALUES: readonly [what: string, value: PlanSection["value"], text: string][] = [
  ["an empty list", [], "a  none\n"],
  ["an empty text", "", "a\n"],
  ["a text of two lines", "b\n  c", "a  b\n     c\n"],
  ["a list with a text of two lines", ["b\nc", "d"], "a  b\n   c\n   d\n"],
  ["what would repaint a terminal", "b\x1b[2J\tc\r", "a  b\u{fffd}[2J c\n"],
];

for (const [what, value, text] of VALUES) {
  Deno.test(`text of a plan with ${what}`, () => {
    strictEqual(renderPlan([{ title: "a", value }], "text"), text);
  });
}

Deno.test("a plan without sections is no text, and an empty object", () => {
  deepStrictEqual([renderPlan([], "text"), renderPlan([], "json")], ["", "{}\n"]);
});

for (const format of ["csv", "junit"] as const) {
  Deno.test(`a plan as ${format} is refused with what there is`, () => {
    throws(() => renderPlan(SECTIONS, format), {
      name: "UsageError",
      message: `--output must be text, json or yaml together with --dry-run, not "${format}"`,
    });
  });
}

Deno.test("--dry-run is off unless asked for", () => {
  deepStrictEqual([DRY_RUN_FLAG.defaultValue, DRY_RUN_FLAG.kind.isSwitch], [false, true]);
});
