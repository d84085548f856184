import assert from "node:assert/strict";
import { defaultPlan, testPlanOf } from "../../../../probes/backup/suite/test_plan.ts";

function namesOf(plan: unknown): string[] {
  return testPlanOf(JSON.stringify(plan), "p.json").tests.map(({ name }) => name);
}

const CUSTOM = { name: "one", args: "--mode binary", enabled: true };
const STANDARD = { max_devworkspaces: 10, mode: "single", duration_minutes: 4, enabled: true };

Deno.test("tests run before custom tests, and only those that are enabled", () => {
  assert.deepEqual(
    namesOf({
      description: "text",
      custom_tests: [CUSTOM, { ...CUSTOM, name: "two", enabled: false }],
      tests: [STANDARD, { ...STANDARD, mode: "other" }],
    }),
    ["10_single_ns_4m", "10_separate_ns_4m", "one"],
  );
});

Deno.test("a test that is enabled by anything but true does not run, and is told of", () => {
  const { tests, notes } = testPlanOf(
    `{"custom_tests": [${JSON.stringify(CUSTOM)},\n {"name": "two", "enabled": "true"}, {}]}`,
    "p.json",
  );
  assert.equal(tests.length, 1);
  assert.deepEqual(notes, [
    'p.json:2:2: custom_tests[1] does not run: "enabled" is "true", not true',
    'p.json:2:38: custom_tests[2] does not run: "enabled" is not told',
  ]);
});

Deno.test("a standard test is the load without backups that the scripts make of it", () => {
  const { tests: [single, separate] } = defaultPlan();
  assert.equal(single!.name, "1500_single_ns_40m");
  assert.equal(
    single!.words.join(" "),
    "--mode binary --create-automount-resources true --max-devworkspaces 1500 " +
      "--delete-devworkspace-after-ready false --separate-namespaces false " +
      "--devworkspace-ready-timeout-seconds 2400 --test-duration-minutes 40",
  );
  assert.equal(separate!.name, "1500_separate_ns_60m");
  assert.ok(separate!.words.join(" ").includes("--separate-namespaces true"));
});

Deno.test("tests of one name have files of their own", () => {
  const again = { ...CUSTOM, name: "one-2" };
  assert.deepEqual(namesOf({ custom_tests: [CUSTOM, again, CUSTOM, CUSTOM] }), [
    ...["one", "one-2", "one-3", "one-4"],
  ]);
});

const REFUSED: Readonly<Record<string, RegExp>> = {
  '{"tests": [],\n "custom_tests": []': /^p\.json:2:\d+: no JSON: Unexpected end of input/,
  '{"tests": [],}': /^p\.json:1:14: no JSON: /,
  "[]": /^p\.json:1:1: Invalid input: expected object/,
  '{"tests": {}}': /^p\.json:1:11: "tests": Invalid input: expected array/,
  '{"tests": []}': /^p\.json: no test is enabled$/,
  '{"custom_tests": [{"name": "a", "args": "", "enabled": false}]}': /no test is enabled$/,
  '{"tests": [{"enabled": true,\n "mode": "single", "max_devworkspaces": "5"}]}':
    /^p\.json:2:41: "max_devworkspaces": Invalid input: expected number/,
  '{"tests": [\n{"enabled": true, "mode": "single", "max_devworkspaces": 5}]}':
    /^p\.json:2:1: "duration_minutes": Invalid input: expected number/,
  '{"custom_tests": [{"enabled": true, "args": "",\n"name": "../a"}]}':
    /^p\.json:2:9: "name": must be usable as the name of a file$/,
  '{"custom_tests": [{"enabled": true, "name": "a",\n"args": "--x $(id)"}]}':
    /^p\.json:2:9: test "a": args: "\$" at character 5 would be replaced by a shell/,
};

for (const [text, message] of Object.entries(REFUSED)) {
  Deno.test(`a plan that cannot be run is refused with its line: ${JSON.stringify(text)}`, () => {
    assert.throws(() => testPlanOf(text, "p.json"), { name: "UsageError", message });
  });
}
