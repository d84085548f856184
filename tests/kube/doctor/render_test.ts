import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { type Diagnosis, doctorJson, doctorText } from "../../../kube/doctor/render.ts";

const DIAGNOSIS: Diagnosis = {
  command: "maker",
  server: "https://h:6443",
  context: "prod",
  serverVersion: "v1.36.3",
  user: "eve",
  verdict: "problems",
  findings: [
    { id: "quota", subject: "a/q", status: "problem", what: "full", why: "it is", fix: "raise it" },
    { id: "user", status: "ok", what: "eve\u0007\nand more", why: "not shown" },
    { id: "flow-control", status: "unknown", what: "who knows" },
    { id: "leftovers", status: "notice", what: "1 left", why: "old", fix: "clean" },
    { id: "leftovers", status: "notice", what: "2 left", why: "old", fix: "clean" },
  ],
};

Deno.test("the text has the worst last, why and fix below, and nothing that a terminal obeys", () => {
  assert.equal(
    doctorText(DIAGNOSIS, { color: false }),
    `maker on https://h:6443 (context "prod") v1.36.3 as eve

ok       user          eve\u{fffd} and more
unknown  flow-control  who knows
notice   leftovers     1 left
                       why: old
                       fix: clean
notice   leftovers     2 left
                       why: old
                       fix: clean
problem  quota         full
                       why: it is
                       fix: raise it

The run would fail or mean nothing: 1 problem, 2 notices, 1 unknown, 1 ok
`,
  );
});

Deno.test("colours are for terminals only, and move no column", () => {
  const colored = doctorText(DIAGNOSIS, { color: true });
  assert.ok(colored.includes("\u001b[31mproblem\u001b[0m"));
  assert.equal(stripVTControlCharacters(colored), doctorText(DIAGNOSIS, { color: false }));
});

Deno.test("the JSON has every field of every finding, null where there is none", () => {
  const text = doctorJson({ ...DIAGNOSIS, findings: DIAGNOSIS.findings.slice(1, 3) });
  assert.deepEqual(JSON.parse(text), {
    schemaVersion: 1,
    command: "maker",
    server: "https://h:6443",
    context: "prod",
    serverVersion: "v1.36.3",
    user: "eve",
    verdict: "problems",
    exitCode: 3,
    counts: { ok: 1, unknown: 1, notice: 0, warning: 0, problem: 0 },
    findings: [
      {
        id: "user",
        subject: null,
        status: "ok",
        what: "eve\u0007\nand more",
        why: "not shown",
        fix: null,
      },
      {
        id: "flow-control",
        subject: null,
        status: "unknown",
        what: "who knows",
        why: null,
        fix: null,
      },
    ],
  });
  assert.ok(text.endsWith("}\n"));
});

Deno.test("the last line says what the verdict means", () => {
  const last = (given: Partial<Diagnosis>) =>
    doctorText({ ...DIAGNOSIS, findings: [], ...given }, { color: false }).trimEnd().split("\n").at(
      -1,
    );
  const fine = [{ id: "user", status: "ok" as const, what: "eve" }];
  assert.equal(last({ verdict: "ready", findings: fine }), "Nothing stands against the run: 1 ok");
  assert.match(
    last({ verdict: "unreachable", findings: fine }) ?? "",
    /^The cluster cannot be asked/,
  );
});
