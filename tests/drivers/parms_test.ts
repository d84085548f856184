import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { UsageError } from "../../core/errors.ts";
import { formatGoFloat, parmsText, type ParmValue, programDigest } from "../../drivers/parms.ts";

/** What a bash that sources the text, and exports all of it, hands on to a program. */
function sourced(text: string, keys: readonly string[]): Record<string, string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "parms-"));
  try {
    const file = join(folder, "run.parms");
    writeFileSync(file, text);
    const script = 'set -eu -o pipefail; set -a; source "$1"; set +a; env -0';
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["--noprofile", "--norc", "-c", script, "bash", file],
      { encoding: "utf8", env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" } },
    );
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    const all = new Map(
      stdout.split("\0").map((entry) => {
        const split = entry.indexOf("=");
        return [entry.slice(0, split), entry.slice(split + 1)] as const;
      }),
    );
    return Object.fromEntries(keys.map((key) => [key, all.get(key)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

Deno.test("parameters are lines in the given order, texts quoted as upstream had them", () => {
  const parms: [string, ParmValue][] = [
    ["KUBECONFIG", "/home/u/.kube/config"],
    ["LAMBDA", { float: 0.5 }],
    ["N", 1_000_000],
    ["MAXPOP", 100],
    ["DATEFILENAME", "0102.1504.0042-driver.csv"],
    ["SEED", -7],
    ["CREATE_ONLY", false],
    ["ENDPOINTS", "[https://10.0.0.1:6443 https://10.0.0.2:6443]"],
  ];
  assert.equal(
    parmsText(parms),
    `KUBECONFIG="/home/u/.kube/config"
LAMBDA=0.5
N=1000000
MAXPOP=100
DATEFILENAME="0102.1504.0042-driver.csv"
SEED=-7
CREATE_ONLY=false
ENDPOINTS="[https://10.0.0.1:6443 https://10.0.0.2:6443]"
`,
  );
});

const QUOTED = [
  ["", '""'],
  ["a b", '"a b"'],
  ['say "x"', '"say \\"x\\""'],
  ["it's", '"it\'s"'],
  ["$HOME ${HOME} $(id) `id`", '"\\$HOME \\${HOME} \\$(id) \\`id\\`"'],
  ["a\\nb\\", '"a\\\\nb\\\\"'],
  ["ö→😀", '"ö→😀"'],
  ["!x #y; & | < > * ? ~ [a]", '"!x #y; & | < > * ? ~ [a]"'],
  ["a\nb", "$'a\\012b'"],
  ["\t1'\\2\x7f\x1b", "$'\\0111\\'\\\\2\\177\\033'"],
  ["\u0085\n", "$'\u0085\\012'"],
] as const;

for (const [value, line] of QUOTED) {
  Deno.test(`${JSON.stringify(value)} is written ${line}`, () => {
    assert.equal(parmsText([["KEY", value]]), `KEY=${line}\n`);
  });
}

Deno.test("bash reads back every one of these values", () => {
  const parms = QUOTED.map(([value], index) => [`KEY_${index}`, value] as const);
  const keys = parms.map(([key]) => key);
  assert.deepEqual(sourced(parmsText(parms), keys), Object.fromEntries(parms));
});

Deno.test("bash reads back any text", () => {
  const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", ""));
  const shell = fc.string({ unit: fc.constantFrom(..."$`\"'\\!{}()\n\t\r ax0 7*~;&|#") });
  // Many values to a process, because starting one takes far longer than reading a line.
  const values = fc.array(fc.oneof(text, shell), { minLength: 100, maxLength: 200 });
  fc.assert(
    fc.property(values, (texts) => {
      const parms = texts.map((value, index) => [`KEY_${index}`, value] as const);
      const read = sourced(parmsText(parms), parms.map(([key]) => key));
      assert.deepEqual(read, Object.fromEntries(parms));
    }),
    { numRuns: 5 },
  );
});

// What Go 1.26 prints for fmt.Sprintf("%G", x).
const FLOATS = [
  [1, "1"],
  [0, "0"],
  [-0, "-0"],
  [0.5, "0.5"],
  [-2.25, "-2.25"],
  [0.1, "0.1"],
  [100, "100"],
  [100_000, "100000"],
  [123_456.789, "123456.789"],
  [999_999, "999999"],
  [1_000_000, "1E+06"],
  [1_234_567.5, "1.2345675E+06"],
  [1e21, "1E+21"],
  [1e100, "1E+100"],
  [0.0001, "0.0001"],
  [0.00012345, "0.00012345"],
  [0.00001, "1E-05"],
  [1e-7, "1E-07"],
  [-1.5e-300, "-1.5E-300"],
  [Number.MAX_VALUE, "1.7976931348623157E+308"],
  [5e-324, "5E-324"],
] as const;

for (const [value, text] of FLOATS) {
  Deno.test(`${Object.is(value, -0) ? "-0" : value} as a float is ${text}`, () => {
    assert.equal(formatGoFloat(value), text);
    assert.equal(parmsText([["LAMBDA", { float: value }]]), `LAMBDA=${text}\n`);
  });
}

Deno.test("a number that is not whole has the look of a float by itself", () => {
  assert.equal(
    parmsText([["RATE", 0.00001], ["BIG", 2 ** 60]]),
    "RATE=1E-05\nBIG=1.152921504606847E+18\n",
  );
});

Deno.test("a float in its Go look is the same number again", () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(finite, (value) => {
    assert.ok(Object.is(Number(formatGoFloat(value)), value));
  }));
});

Deno.test("what a shell cannot hold is refused", () => {
  assert.throws(() => parmsText([["KEY", "a\0b"]]), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.message, "Cannot write parameter KEY: its value holds a NUL character");
    return true;
  });
  for (const key of ["", "1A", "A B", "A=B", "Ä", "A\n"]) {
    assert.throws(() => parmsText([[key, "x"]]), { name: "RangeError", message: /letters/ });
  }
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.throws(() => parmsText([["KEY", value]]), { name: "RangeError" });
    assert.throws(() => parmsText([["KEY", { float: value }]]), { name: "RangeError" });
  }
});

Deno.test("the digest is the SHA-256 of the running executable", async () => {
  const bytes = await crypto.subtle.digest("SHA-256", Deno.readFileSync(Deno.execPath()));
  assert.equal(programDigest(), new Uint8Array(bytes).toHex());
});
