import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { renderJson, Report, reportJsonSchema } from "../../../core/report/report.ts";
import { assertGolden } from "../../support/golden.ts";
import { emptyReport, sampleReport } from "../../support/sample_report.ts";

Deno.test("reportJsonSchema() is the golden schema: a change in it is a change for every reader", () => {
  assertGolden("report/report.schema.json", JSON.stringify(reportJsonSchema(), null, 2) + "\n");
});

Deno.test("renderJson() of a run without figures is the golden text", () => {
  assertGolden("report/empty.json", renderJson(emptyReport()));
});

Deno.test("renderJson() is read back as the same report", () => {
  const report = sampleReport();
  const text = renderJson(report);
  deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(report)));
  strictEqual(renderJson(Report.parse(JSON.parse(text))), text);
});

Deno.test("renderJson() writes the keys in the schema's order, whatever order they came in", () => {
  const report = sampleReport();
  const reversed = Object.fromEntries(Object.entries(report).reverse()) as Report;
  strictEqual(renderJson(reversed), renderJson(report));
});

Deno.test("renderJson() refuses a number that is not finite and says where it is", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const summary = { ...sampleReport().summary, measuredMs: value };
    throws(() => renderJson(sampleReport({ summary })), {
      name: "TypeError",
      message: /summary\.measuredMs/,
    });
  }
});
