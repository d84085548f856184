/**
 * What YAML says. The answers in yaml_cases.json are those of sigs.k8s.io/yaml v1.6.0, with which
 * kubectl reads: the text, and its value unless it is refused.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { readYaml, readYamlDocuments, writeYaml, YamlError } from "../../core/yaml.ts";
import CASES from "./yaml_cases.json" with { type: "json" };

Deno.test("a text says what kubectl reads in it", () => {
  for (const [text, ...expected] of CASES as [string, unknown?][]) {
    const label = JSON.stringify(text);
    if (expected.length === 0) assert.throws(() => readYaml(text), YamlError, label);
    else assert.deepEqual(readYaml(text) ?? null, expected[0], label);
  }
  assert.ok(CASES.length > 200);
});

Deno.test("what is wrong has a place, and the text is not quoted", () => {
  const cases: [string, string, [number, number]][] = [
    ["a: 1\nb: [secret\n", "Flow sequence in block collection", [3, 1]],
    ["a: *secret", "an alias has no anchor before it", [1, 4]],
    ["a: &x [*x]", "an anchor holds its own alias", [1, 8]],
    ["a: 1\n? [secret]\n: b", "a key must be a text", [2, 3]],
    ["a: .inf", "Infinity is no number that JSON has", [1, 4]],
    ["a: {<<: secret}", "<< takes a mapping, or a list of them", [1, 9]],
  ];
  for (const [text, message, [line, column]] of cases) {
    assert.throws(() => readYaml(text), (error) => {
      assert.ok(error instanceof YamlError);
      assert.ok(error.message.startsWith(message), error.message);
      assert.deepEqual(error.place, { line, column }, text);
      return !error.message.includes("secret");
    });
  }
});

Deno.test("aliases that would make too much of a text are refused", () => {
  const levels = Array.from({ length: 7 }, (_, level) => {
    const below = level === 0 ? "x" : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array.from({ length: 10 }, () => below).join(", ")}]\n`;
  });
  assert.throws(() => readYaml(levels.join("")), /its aliases make too much of it/);
  assert.ok(readYaml(levels.slice(0, 4).join("")));
});

Deno.test("documents that are empty do not count, and a key twice is refused", () => {
  const documents = readYamlDocuments("---\n---\na: 1\n---\nb: 010\n---\n# none\n");
  assert.deepEqual(documents.map((one) => one.valueOf(one.root)), [{ a: 1 }, { b: 8 }]);
  assert.throws(() => readYamlDocuments("a: 1\na: 2\n"), /must be unique/);
});

Deno.test("a key such as __proto__ is a key like others", () => {
  const value = readYaml("__proto__: {a: 1}\nconstructor: 2\n") as object;
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

/** Read by whoever follows version 1.1 and by whoever follows 1.2. */
function assertReadAlike(value: unknown): void {
  const text = writeYaml(value);
  assert.deepEqual(readYaml(text), value, text);
  for (const version of ["1.1", "1.2"] as const) {
    assert.deepEqual(parse(text, { version, merge: false }), value, `${version}: ${text}`);
  }
}

Deno.test("texts that look like something else are written in quotes", () => {
  for (const text of ["on", "no", "y", "12:30:45", "0o400", "0400", "1_000", "2024-01-02", "="]) {
    assert.equal(writeYaml({ [text]: text }), `${JSON.stringify(text)}: ${JSON.stringify(text)}\n`);
  }
  assert.equal(writeYaml({ label: "10ms", host: "10.0.0.1" }), "label: 10ms\nhost: 10.0.0.1\n");
  // PyYAML takes a number for a text that has an exponent and no point.
  assert.equal(writeYaml([1e-7, 1e21, -2.5e-9]), "- 1.0e-7\n- 1.0e+21\n- -2.5e-9\n");
});

Deno.test("a line of blanks stays one", () => {
  for (const text of [" \n", "\n \n", "a\n  \nb", " \n x", "x\n \n"]) {
    assertReadAlike({ text });
    assertReadAlike([text]);
  }
});

Deno.test("what is written is read as the same by every version", () => {
  const letters = fc.constantFrom(..."0123456789_:.-+oxbeEyYnN~=<>?!&*#%@'\"[]{},|tTfF \n\tü");
  const tricky = fc.string({ unit: letters, maxLength: 8 });
  const text = fc.oneof(tricky, fc.string({ unit: "grapheme" }));
  fc.assert(fc.property(fc.dictionary(text, text, { noNullPrototype: true }), assertReadAlike));
  fc.assert(fc.property(fc.array(text), assertReadAlike));
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) =>
    !Object.is(x, -0)
  );
  fc.assert(fc.property(fc.array(fc.oneof(finite, fc.maxSafeInteger(), fc.boolean())), (values) => {
    assertReadAlike(values);
  }));
});
