import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../core/errors.ts";
import { parseTemplate, type TemplateValues } from "../../drivers/template.ts";

const VALUES: TemplateValues = {
  runId: "run1",
  name: "run1-07",
  namespace: "scaletest",
  index: 7,
  timestamp: "2026-01-01 00:00:00.000 +0000",
};
const HEAD = "apiVersion: v1\nkind: ConfigMap\n";

Deno.test("a template becomes an object with every placeholder in it replaced", () => {
  const template = parseTemplate(`
# one per tenant
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "{{.Name}}"
  namespace: '{{ .Namespace }}'
  labels: {run: "{{.RunID}}", "{{.RunID}}/index": "{{ .Index }}"}
  annotations:
    sent: '{{.Timestamp}}'
spec:
  replicas: 0
  template:
    spec:
      containers:
      - {name: c, image: "img:{{.Index}}", args: ["--name={{.Name}}.{{.Namespace}}", plain]}
      - name: other
`);
  assert.equal(template.apiVersion, "apps/v1");
  assert.equal(template.kind, "Deployment");
  assert.deepEqual(template.make(VALUES), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "run1-07",
      namespace: "scaletest",
      labels: { run: "run1", "run1/index": "7" },
      annotations: { sent: "2026-01-01 00:00:00.000 +0000" },
    },
    spec: {
      replicas: 0,
      template: {
        spec: {
          containers: [
            { name: "c", image: "img:7", args: ["--name=run1-07.scaletest", "plain"] },
            { name: "other" },
          ],
        },
      },
    },
  });
});

Deno.test("an object gets the run's name and namespace, whether the template says so or not", () => {
  const said = [
    ...["", "{}", "{name: '{{.Name}}'}", "{name: mine, namespace: prod}", "{name: 7}"],
    ...["{name: 'web-{{.Index}}'}", "{namespace: null}"],
  ];
  for (const metadata of ["", ...said.map((text) => `metadata: ${text}\n`)]) {
    assert.deepEqual(parseTemplate(HEAD + metadata).make(VALUES), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "run1-07", namespace: "scaletest" },
    });
  }
});

Deno.test("an object of a cluster-scoped kind has no namespace", () => {
  const { namespace: _, ...values } = VALUES;
  const text = `${HEAD}metadata: {namespace: "{{.Namespace}}"}\ndata: {in: "<{{.Namespace}}>"}\n`;
  assert.deepEqual(parseTemplate(text).make(values), {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "run1-07" },
    data: { in: "<>" },
  });
});

Deno.test("whatever a value holds, it stays the text that it is", () => {
  const template = parseTemplate(`${HEAD}data: {a: "<{{.Timestamp}}|{{.RunID}}>"}\n`);
  fc.assert(fc.property(fc.string(), fc.string(), (timestamp, runId) => {
    const object = template.make({ ...VALUES, timestamp, runId });
    assert.deepEqual(object["data"], { a: `<${timestamp}|${runId}>` });
  }));
  const yaml = { ...VALUES, timestamp: '"}\nkind: Secret', runId: "{{.Name}} $& $1" };
  assert.deepEqual(template.make(yaml)["data"], {
    a: '<"}\nkind: Secret|{{.Name}} $& $1>',
  });
});

Deno.test("a template without placeholders is the manifest that it is", () => {
  const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !/\{\{/.test(JSON.stringify(value)));
  fc.assert(fc.property(json, (spec) => {
    const text = JSON.stringify({ apiVersion: "v1", kind: "Any", spec });
    const made = parseTemplate(text).make(VALUES);
    // As JSON, because that is what is sent, and it has no -0.
    assert.equal(JSON.stringify(made["spec"]), JSON.stringify(spec));
  }));
});

Deno.test("objects share no part that differs between them, and cannot change one that does not", () => {
  const template = parseTemplate(`${HEAD}data: {own: "{{.Index}}"}\nshared: {list: [a]}\n`);
  const one = template.make(VALUES);
  const other = template.make({ ...VALUES, index: 8 });
  assert.deepEqual([one["data"], other["data"]], [{ own: "7" }, { own: "8" }]);
  const { list } = one["shared"] as { list: string[] };
  assert.throws(() => list.push("b"), { name: "TypeError" });
});

Deno.test("anchors, merge keys, separators and braces that are no placeholder are taken", () => {
  const data = '{<<: *base, b: "{ {x} }}", c: "{{"}';
  const text = `---\n${HEAD}base: &base {a: "1"}\ndata: ${data}\n---\n`;
  const expected = { a: "1", b: "{ {x} }}", c: "{{" };
  assert.deepEqual(parseTemplate(text).make(VALUES)["data"], expected);
});

Deno.test("a key such as __proto__ is a key", () => {
  const made = parseTemplate(`${HEAD}data: {__proto__: {a: "{{.Index}}"}, b: "{{.Index}}"}\n`)
    .make(VALUES);
  assert.equal(JSON.stringify(made["data"]), '{"__proto__":{"a":"7"},"b":"7"}');
});

const KNOWN = "{{.RunID}}, {{.Name}}, {{.Namespace}}, {{.Index}}, {{.Timestamp}}";
const IN_QUOTES = 'a placeholder must stand in quotes, as in "{{.Name}}"';
const REFUSED = [
  { text: "", reason: "it is empty; expected one object" },
  { text: "# nothing\n---\n", reason: "it is empty; expected one object" },
  { text: "- a\n", reason: "line 1: expected one object, a mapping" },
  { text: "kind: A\n", reason: "apiVersion is missing" },
  { text: "apiVersion: v1\n", reason: "kind is missing" },
  { text: "apiVersion: v1\nkind:\n", reason: "line 2: kind must be a text without placeholders" },
  {
    text: "kind: A\napiVersion: 1\n",
    reason: "line 2: apiVersion must be a text without placeholders",
  },
  {
    text: "apiVersion: v1\nkind: '{{.Name}}'\n",
    reason: "line 2: kind must be a text without placeholders",
  },
  {
    text: `${HEAD}---\n${HEAD}`,
    reason: "line 4: it holds several documents; expected one object",
  },
  {
    text: `${HEAD}status: {}\n`,
    reason: "line 3: the status is the server's to write; remove it",
  },
  {
    text: `${HEAD}metadata: {name: "{{.Nam}}-x"}\n`,
    reason: `line 3: no placeholder "{{.Nam}}" (did you mean "{{.Name}}"?); there are ` +
      "{{.RunID}}, {{.Name}}, {{.Namespace}}, {{.Index}}, {{.Timestamp}}",
  },
  {
    text: `${HEAD}metadata:\n  labels: {}\n  generateName: a-\n`,
    reason: "line 5: metadata.generateName would make names that the run does not know; remove it",
  },
  {
    text: `${HEAD}metadata:\n  resourceVersion: "1"\n`,
    reason: "line 4: metadata.resourceVersion is refused in a new object; remove it",
  },
  { text: `${HEAD}metadata: [a]\n`, reason: "line 3: metadata must be a mapping" },
  {
    text: `${HEAD}data:\n  a: x\n  b: "{{ .Nmae }}"\n`,
    reason: `line 5: no placeholder "{{.Nmae}}" (did you mean "{{.Name}}"?); there are ${KNOWN}`,
  },
  {
    text: `${HEAD}spec:\n  list:\n  - a\n  - "{{ range .X }}"\n`,
    reason: `line 6: no placeholder "{{range .X}}"; there are ${KNOWN}`,
  },
  {
    text: `${HEAD}metadata:\n  labels:\n    "{{}}": x\n`,
    reason: `line 5: no placeholder "{{}}"; there are ${KNOWN}`,
  },
  {
    text: `${HEAD}metadata:\n  name: {{.Name}}\n`,
    reason: `line 4: a key must be a text; ${IN_QUOTES}`,
  },
  {
    text: `${HEAD}metadata:\n  name: {{.Name}}-a\n`,
    reason: `line 4: Unexpected scalar at node end; ${IN_QUOTES}`,
  },
  { text: `${HEAD}? [a, b]\n: c\n`, reason: "line 3: a key must be a text" },
  { text: `${HEAD}kind: B\n`, reason: "line 3: Map keys must be unique" },
  { text: `${HEAD}spec: {n: &n [*n]}\n`, reason: "line 3: an anchor holds its own alias" },
  { text: `${HEAD}spec: {n: [1, .inf]}\n`, reason: "line 3: Infinity is no number that JSON has" },
];

for (const { text, reason } of REFUSED) {
  Deno.test(`the template ${JSON.stringify(text)} is refused: ${reason}`, () => {
    assert.throws(() => parseTemplate(text), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.message, `Cannot use the template: ${reason}`);
      return true;
    });
  });
}

Deno.test("scalars are what kubectl makes of them", () => {
  const { make } = parseTemplate(`${HEAD}spec: {mode: 0400, on: yes, size: 1_000, at: 12:30:45}\n`);
  const values = { runId: "r", name: "n", index: 1, timestamp: "t" };
  assert.deepEqual((make(values) as { spec?: unknown }).spec, {
    mode: 256,
    true: true,
    size: 1_000,
    at: "12:30:45",
  });
});

Deno.test("whatever the text, it is a template or refused with one line", () => {
  const token = fc.constantFrom(
    ...["apiVersion: v1\n", "kind: A\n", "{", "}", "{{.Name}}", '"', "- ", "a: ", "\n", "  "],
    ...["&x ", "*x", "---\n", "!t ", "|\n", "? ", "<<: ", "null", "# ", "metadata: ", "status: "],
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 15 }).map((tokens) => tokens.join("")), (text) => {
      try {
        assert.equal(parseTemplate(text).make(VALUES).metadata.name, "run1-07");
      } catch (error) {
        assert.ok(error instanceof UsageError, `${error}`);
        assert.doesNotMatch(error.message, /\n/);
      }
    }),
    { numRuns: 1_000 },
  );
});
