import assert from "node:assert/strict";
import fc from "fast-check";
import { errorLineOf, ErrorPatterns } from "../../../../probes/backup/accounting/error_patterns.ts";

Deno.test("what differs from one Job to the next makes no other error", () => {
  const patterns = new ErrorPatterns();
  for (const [name, ip] of [["dw-test-1-0", "10.0.0.7:443"], ["dw-test-12-3", "10.1.2.3:8443"]]) {
    patterns.add(`Error: push r.test/ns/${name}:latest: dial tcp ${ip}: refused`, [name!, "ns"]);
  }
  assert.deepEqual(patterns.all, [{
    pattern: "Error: push r.test/NAME/NAME:latest: dial tcp ADDRESS: refused",
    count: 2,
    example: "Error: push r.test/ns/dw-test-1-0:latest: dial tcp 10.0.0.7:443: refused",
  }]);
});

Deno.test("ids, times and names of Jobs are replaced; a name within a word is not", () => {
  const patterns = new ErrorPatterns();
  patterns.add(
    "2026-11-30T12:00:00.5Z devworkspace-backup-x7k2p-9xw4z workspace0123456789abcdef " +
      "5d0c6f0e-7f8a-4c0e-9b1d-0123456789ab ab12cd34ef 17 a has failed",
    ["a"],
  );
  assert.equal(patterns.all[0]!.pattern, "TIME JOB WORKSPACE-ID UID HEX N NAME has failed");
});

Deno.test("the line of a log that says most is its last error, else its last line", () => {
  assert.equal(errorLineOf("a\nError: x\ncleaning up\n"), "Error: x");
  assert.equal(errorLineOf("a\nb\n\n"), "b");
  assert.equal(errorLineOf("\n"), undefined);
});

Deno.test("the number of patterns is bounded, and no line is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 300 }), (lines) => {
      const patterns = new ErrorPatterns();
      for (const line of lines) patterns.add(line);
      assert.ok(patterns.all.length <= 51);
      assert.equal(patterns.all.reduce((sum, { count }) => sum + count, 0), lines.length);
    }),
  );
});
