import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import { parsePlan } from "../../../core/command/settings_file.ts";

const VOCABULARY = {
  httperf: new Map([
    ...["threads", "period", "label", "insecure", "base-url"].map((name) => [name, name] as const),
    ["master", "base-url"] as const,
  ]),
  report: new Map([["output", "output"]]),
};

function plan(text: string, command = "httperf") {
  return parsePlan({ text, path: "plans/a.yaml" }, { command, vocabulary: VOCABULARY });
}

Deno.test("a plan gives texts, as they are written in it", () => {
  deepStrictEqual(
    plan(`
# kept in git
httperf:
  threads: 007
  period: 0.010
  base-url: "https://host:8080"
  insecure: yes
  label: [a=1, 'b=2']
`),
    {
      threads: ["007"],
      period: ["0.010"],
      "base-url": ["https://host:8080"],
      insecure: ["yes"],
      label: ["a=1", "b=2"],
    },
  );
});

Deno.test("a plan may say an alias; of two names for one flag the last one counts", () => {
  deepStrictEqual(plan("httperf: {master: a}"), { "base-url": ["a"] });
  deepStrictEqual(plan("httperf: {master: a, base-url: b}"), { "base-url": ["b"] });
  deepStrictEqual(plan("httperf: {base-url: b, master: a}"), { "base-url": ["a"] });
});

Deno.test("a plan may be JSON", () => {
  deepStrictEqual(plan('{"httperf": {"threads": 4, "insecure": true}}'), {
    threads: ["4"],
    insecure: ["true"],
  });
});

Deno.test("of a plan with several commands only the own one's flags count", () => {
  const text = "httperf: {threads: 4}\nreport: {output: json}\n";
  deepStrictEqual(plan(text, "report"), { output: ["json"] });
  deepStrictEqual(plan("httperf: {threads: 4}", "report"), {});
});

for (const text of ["", "\n", "# nothing yet\n", "{}"]) {
  Deno.test(`a plan that is ${JSON.stringify(text)} sets nothing`, () => {
    deepStrictEqual(plan(text), {});
  });
}

const REFUSED: readonly [what: string, text: string, message: string | RegExp][] = [
  [
    "a misspelt command",
    "httperff:\n  threads: 4\n",
    'plans/a.yaml:1:1: no command "httperff" (did you mean "httperf"?)',
  ],
  [
    "an unknown command",
    "# a\nhttperf: {}\nsomething: {}\n",
    'plans/a.yaml:3:1: no command "something"',
  ],
  [
    "a misspelt flag",
    "httperf:\n  period: 1ms\n  thraeds: 4\n",
    'plans/a.yaml:3:3: no flag "thraeds" (did you mean "threads"?)',
  ],
  [
    "a misspelt alias",
    "httperf: {mastre: a}\n",
    'plans/a.yaml:1:11: no flag "mastre" (did you mean "master"?)',
  ],
  ["an unknown flag", "httperf: {zzz: 4}\n", 'plans/a.yaml:1:11: no flag "zzz"'],
  [
    "a misspelt flag of another command",
    "httperf: {threads: 4}\nreport:\n  ouput: json\n",
    'plans/a.yaml:3:3: no flag "ouput" (did you mean "output"?)',
  ],
  [
    "a mapping for a value",
    "httperf:\n  threads:\n    n: 4\n",
    'plans/a.yaml:2:3: "threads" must be a value or a list of values',
  ],
  [
    "a list of lists",
    "httperf:\n  label: [[a]]\n",
    'plans/a.yaml:2:3: "label" must be a value or a list of values',
  ],
  [
    "a list at the top",
    "- httperf\n",
    "plans/a.yaml:1:1: expected a mapping of command names",
  ],
  ["a text at the top", "httperf", "plans/a.yaml:1:1: expected a mapping of command names"],
  ["a command without flags", "httperf:\n", "plans/a.yaml:1:9: expected a mapping of flags"],
  ["a command that is a text", "httperf: 4\n", "plans/a.yaml:1:10: expected a mapping of flags"],
  ["bad YAML", "httperf:\n  threads: [1, 2\n", /^plans\/a\.yaml:\d+:\d+: [^\n]+$/],
  ["a flag set twice", "httperf:\n  threads: 1\n  threads: 2\n", /^plans\/a\.yaml:3:3: .*unique/],
];

for (const [what, text, message] of REFUSED) {
  Deno.test(`a plan with ${what} is refused with its place`, () => {
    throws(() => plan(text), (error) => {
      strictEqual(error instanceof UsageError, true);
      const said = (error as Error).message;
      if (typeof message === "string") strictEqual(said, message);
      else strictEqual(message.test(said), true, said);
      return true;
    });
  });
}
