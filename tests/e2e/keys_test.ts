/** Keys at the terminal of a run, in a real shell at a real terminal. */

import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import {
  CTRL_BACKSLASH,
  CTRL_C,
  CTRL_Z,
  hasTerminal,
  shellWords,
  Terminal,
} from "../support/terminal.ts";

const ignore = !hasTerminal();

const HINT = /keys: .*m mark, q stop, \? keys\r?\n/;
/** A line that the shell writes when the program before has ended. */
const AFTERWARDS = 'echo "code $?"; stty -a; echo over';
/** As a terminal is that nobody has changed. */
const AS_FOUND = /[^-]icanon[\s\S]*[^-]echo /;

function httperf(...flags: string[]): string {
  return shellWords(["httperf", "--threads", "2", "--out", "run", ...flags]);
}

function reportIn(terminal: Terminal): Report {
  return JSON.parse(Deno.readTextFileSync(terminal.folder.file("run/result.json")));
}

Deno.test({
  name: "keys mark and stop a run, which says once what there is, and leave the terminal as it was",
  ignore,
  async fn() {
    await using terminal = new Terminal({
      script: `${httperf("--duration", "100s")}; ${AFTERWARDS}`,
    });
    await terminal.shows(HINT);
    await terminal.type("m");
    await terminal.shows(/mark #1 by key/);
    await terminal.type("xm");
    await terminal.shows(/mark #2 by key/);
    await terminal.type("?");
    await terminal.shows(HINT);
    await terminal.type("q");
    await terminal.shows(/code [04]\r?\n/);
    await terminal.shows(AS_FOUND);
    await terminal.shows(/over/);
    const { end, changes } = reportIn(terminal);
    assert.equal(end?.reason, "stopped");
    assert.deepEqual(changes.map(({ what, by }) => `${what} by ${by}`), [
      "mark #1 by key",
      "mark #2 by key",
      "stopped by key",
    ]);
  },
});

Deno.test({
  name: "Ctrl-C is the signal that it always is, and the terminal is as it was afterwards",
  ignore,
  async fn() {
    const script = `trap : INT; ${httperf("--duration", "100s")}; ${AFTERWARDS}`;
    await using terminal = new Terminal({ script });
    await terminal.shows(HINT);
    await terminal.type(CTRL_C);
    await terminal.shows(/SIGINT: stopping and cleaning up/);
    await terminal.shows(/code 130\r?\n/);
    await terminal.shows(AS_FOUND);
    await terminal.shows(/over/);
  },
});

Deno.test({
  name: "Ctrl-\\ ends the program at once as ever, and the terminal is as it was afterwards",
  ignore,
  async fn() {
    const script = `trap : QUIT; ${httperf("--duration", "100s")}; ${AFTERWARDS}`;
    await using terminal = new Terminal({ script });
    await terminal.shows(HINT);
    await terminal.type(CTRL_BACKSLASH);
    await terminal.shows(/code 131\r?\n/);
    await terminal.shows(AS_FOUND);
    await terminal.shows(/over/);
  },
});

Deno.test({
  name: "Ctrl-Z gives the terminal back, and keys are heeded again once the run is in front again",
  ignore,
  async fn() {
    await using terminal = new Terminal();
    await terminal.shows(/ready> /);
    await terminal.type(`${httperf("--duration", "100s")}\n`);
    await terminal.shows(HINT);
    await terminal.type(CTRL_Z);
    await terminal.shows(/Stopped/);
    await terminal.type("stty -a; echo over\n");
    await terminal.shows(AS_FOUND);
    await terminal.shows(/\nover/);
    await terminal.type("fg\n");
    await terminal.shows(/httperf[^\n]*\r?\n/);
    await terminal.shows(/of 1m40s/);
    await terminal.type("q");
    await terminal.shows(/report: run\/report.html/);
    await terminal.shows(/ready> /);
    assert.equal(reportIn(terminal).end?.reason, "stopped");
  },
});

Deno.test({
  name: "Ctrl-Z does nothing where nobody could let the run go on",
  ignore,
  async fn() {
    // As in a container: the shell has no jobs, and nobody else is in its session.
    await using terminal = new Terminal({
      script: `${httperf("--duration", "100s")}; echo "code $?"`,
    });
    await terminal.shows(HINT);
    await terminal.type(CTRL_Z);
    await terminal.shows(/ [2-9]s of 1m40s|[2-9]\.\d+s of 1m40s/);
    await terminal.type("q");
    await terminal.shows(/code [04]\r?\n/);
  },
});

Deno.test({
  name: "a run that goes on in the background is not stopped by its terminal, and takes no keys",
  ignore,
  async fn() {
    await using terminal = new Terminal();
    await terminal.shows(/ready> /);
    await terminal.type(`${httperf("--duration", "8s")}\n`);
    await terminal.shows(HINT);
    await terminal.type(CTRL_Z);
    await terminal.shows(/Stopped/);
    await terminal.type("bg\n");
    await terminal.shows(/of 8s/);
    // Keys of the run among them; the answer may stand behind the run's own line.
    await terminal.type("echo q-$((6*7))\n");
    await terminal.shows(/q-42/);
    await terminal.shows(/report: run\/report.html/);
    await terminal.type("wait; jobs; stty -a; echo over\n");
    await terminal.shows(AS_FOUND);
    await terminal.shows(/\nover/);
    assert.equal(reportIn(terminal).end?.reason, "duration");
    assert.doesNotMatch(terminal.text.split("bg\r\n")[1] ?? "", /Stopped/);
  },
});

Deno.test({
  name: "a run that begins in the background takes keys once it is in front",
  ignore,
  async fn() {
    await using terminal = new Terminal();
    await terminal.shows(/ready> /);
    await terminal.type(`${httperf("--duration", "100s")} &\n`);
    await terminal.shows(/of 1m40s/);
    assert.doesNotMatch(terminal.text, /keys: /);
    await terminal.type("fg\n");
    await terminal.shows(HINT);
    await terminal.type("q");
    await terminal.shows(/report: run\/report.html/);
    await terminal.shows(/ready> /);
  },
});

for (
  const [what, line, env] of [
    ["with --quiet", httperf("--duration", "3s", "--quiet"), {}],
    ["with --json-stream", httperf("--duration", "3s", "--json-stream"), {}],
    ["when stdin is no terminal", `${httperf("--duration", "3s")} < /dev/null`, {}],
    ["when stderr is none", `${httperf("--duration", "3s")} 2> errors`, {}],
    ["in CI", httperf("--duration", "3s"), { CI: "true" }],
  ] as const
) {
  Deno.test({
    name: `${what} no key is heeded, and the terminal is not touched`,
    ignore,
    async fn() {
      const script = `while sleep 0.2; do stty -a > now; cat now >> during; done & looking=$!
        ${line}; echo "code $?"; kill $looking`;
      await using terminal = new Terminal({ script, env });
      await terminal.type("q");
      await terminal.shows(/code [04]\r?\n/);
      await terminal.finished();
      assert.equal(reportIn(terminal).end?.reason, "duration");
      assert.doesNotMatch(terminal.text, /keys: /);
      assert.doesNotMatch(Deno.readTextFileSync(terminal.folder.file("during")), /-icanon|-echo /);
    },
  });
}
