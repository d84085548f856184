import assert from "node:assert/strict";
import { answerCommand, WAL_PATH } from "../../../../sandbox/steve/pods/pod_command.ts";

const GUARDED = `if [ -f ${WAL_PATH} ]; then stat -c %s ${WAL_PATH} 2>/dev/null; else echo 0; fi`;

const PARAMETER = '[ -f "$1" ] || exit 66; stat -c %s "$1"';

const CASES: readonly [
  argv: readonly string[],
  walBytes: number | undefined,
  expected: readonly [stdout: string, exitCode: number],
][] = [
  [["sh", "-c", GUARDED], 4_128_272, ["4128272\n", 0]],
  [["sh", "-c", GUARDED], undefined, ["0\n", 0]],
  [["stat", "-c", "%s", WAL_PATH], 7, ["7\n", 0]],
  [["stat", "-c", "%s", WAL_PATH], undefined, ["", 1]],
  [["sh", "-c", `wc -c < "${WAL_PATH}"`], 7, ["7\n", 0]],
  [["stat", "-c", "%s", "/elsewhere/informer_object_cache.db-wal"], 7, ["", 1]],
  [["sh", "-c", PARAMETER, "sh", WAL_PATH], 7, ["7\n", 0]],
  [["sh", "-c", PARAMETER, "sh", WAL_PATH], undefined, ["", 66]],
  [["sh", "-c", "echo hello"], 7, ["hello\n", 0]],
  [["sh", "-c", "exit 3"], 7, ["", 3]],
  [["frobnicate"], 7, ["", 127]],
];
for (const [argv, walBytes, [stdout, exitCode]] of CASES) {
  Deno.test(`"${argv.join(" ")}" with a file of ${walBytes} bytes`, () => {
    const answer = answerCommand(argv, { walBytes });
    assert.deepEqual([answer.stdout, answer.exitCode], [stdout, exitCode]);
    assert.equal(answer.stderr === "", exitCode !== 1 && exitCode !== 127);
  });
}
