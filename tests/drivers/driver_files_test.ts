import assert from "node:assert/strict";
import { UsageError } from "../../core/errors.ts";
import { dataFilePath, parmsFilePath } from "../../drivers/driver_files.ts";
import { DEFAULT_DATA_FILE } from "../../drivers/flags.ts";

const RUN = { runId: "0102.1504.0042" };

const PATHS = [
  [DEFAULT_DATA_FILE, "0102.1504.0042-driver.csv"],
  ["out/{{.RunID}}/{{.RunID}}.csv", "out/0102.1504.0042/0102.1504.0042.csv"],
  ["/dev/null", "/dev/null"],
  ["../my data_1.csv", "../my data_1.csv"],
  [".hidden", ".hidden"],
  ["a..", "a.."],
  ["{.RunID}", "{.RunID}"],
] as const;

for (const [text, path] of PATHS) {
  Deno.test(`--datafile "${text}" is ${path}`, () => {
    assert.equal(dataFilePath(text, RUN), path);
  });
}

Deno.test("a run id is put in as it is", () => {
  assert.equal(dataFilePath("{{.RunID}}.csv", { runId: "a$&b$$" }), "a$&b$$.csv");
});

const REFUSED = [
  ["", /^Cannot use --datafile "": expected a file such as \{\{\.RunID\}\}-driver\.csv$/],
  ["out/", /expected a file such as/],
  [".", /expected a file such as/],
  ["out/..", /expected a file such as/],
  ["{{ .RunID }}.csv", /: "\{\{ \.RunID \}\}" is unknown; only \{\{\.RunID\}\} is replaced$/],
  ["{{.Name}}.csv", /: "\{\{\.Name\}\}" is unknown/],
  ["a{{.RunID", /: "\{\{\.RunID" is unknown/],
  ["a\nb", /^Cannot use --datafile "a\\nb": expected no control characters$/],
  ["a\0", /expected no control characters/],
] as const;

for (const [text, message] of REFUSED) {
  Deno.test(`--datafile ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => dataFilePath(text, RUN), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("the parameter file is named after the run, and lies beside the data file", () => {
  assert.equal(parmsFilePath("x.csv", RUN), "0102.1504.0042-driver.parms");
  assert.equal(parmsFilePath("/data/x.csv", RUN), "/data/0102.1504.0042-driver.parms");
});

Deno.test("the parameter file is in the run directory when rows go to a device", () => {
  assert.equal(parmsFilePath("/dev/null", RUN), "0102.1504.0042-driver.parms");
  const out = parmsFilePath("/dev/null", { ...RUN, out: "/runs/a" });
  assert.equal(out, "/runs/a/0102.1504.0042-driver.parms");
});
