/** The maas probes as a user runs them, on the real chain. */
import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { createNamespaces, objectsOf, untilThereAre } from "./cluster_state.ts";
import { DEFAULT_KNOBS, type SomeKnobs } from "./maas/knobs.ts";
import { maasOfFile } from "./maas/maas_of_file.ts";
import { ACCOUNTS, accusedIn, type MaasProbe, type MaasProbed, Prober } from "./maas/prober.ts";
import { OF_A_BUSY_MACHINE } from "../support/scaletool.ts";

const chain = await maasOfFile();
const { ignore, ignoreLimits, plane, maas } = chain;
const prober = new Prober(chain);

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), Prober.NAMESPACE);
});

function test(name: string, body: () => Promise<void>): void {
  Deno.test(name, { ignore }, body);
}

/** Answers of a few words, and no time for what is not asked here. */
const BRIEF = ["--max-tokens", "4", "--settle", "1s", "--pause", "0s"];
const UNPROVED = ["--prove-restore", "0s"];
const FEW = ["--users", "4", ...BRIEF, ...UNPROVED];

async function reported(
  command: string,
  probe: MaasProbe,
): Promise<MaasProbed & { report: Report }> {
  const { report, ...probed } = await prober.probed(command, probe);
  assert.ok(report !== undefined, probed.stderr);
  return { ...probed, report };
}

/** With parts that are set otherwise, one after the other. */
async function withKnobs(knobs: SomeKnobs, body: () => Promise<void>): Promise<void> {
  const parts = Object.keys(knobs) as (keyof SomeKnobs)[];
  for (const part of parts) await maas().restart(part, { [part]: knobs[part] });
  try {
    await body();
  } finally {
    for (const part of parts) await maas().restart(part, { [part]: DEFAULT_KNOBS[part] });
  }
}

/** How many questions failed for which reasons. */
function failuresOf({ summary }: Report): Readonly<Record<string, number>> {
  return summary.operations.find(({ op }) => op === "chat")!.failures;
}

/** That it is so, or that this machine was too busy to say. */
function assertHeld({ report, code, stderr }: MaasProbed & { report: Report }): void {
  const isBusy = code === 4 && report.validity.reasons.length > 0 &&
    report.validity.reasons.every((reason) => OF_A_BUSY_MACHINE.test(reason));
  assert.ok(code === 0 || isBusy, `${code}: ${stderr}`);
}

test("a ladder of users ends where the auth service's client may ask no more", async () => {
  const knobs: SomeKnobs = {
    model: { ttftMs: 90, gapMs: 3 },
    // Its client lets wait who gets a turn before the gateway gives up.
    gateway: { authTimeoutMs: 250 },
    auth: { qps: 90, burst: 90, tokenCacheMs: 0, accessCacheMs: 0 },
  };
  await withKnobs(knobs, async () => {
    const { report, stderr } = await reported("users", {
      args: ["--ladder", "6,40", "--duration", "11s", "--climb-on", ...BRIEF, ...UNPROVED],
    });
    const [low, high] = report.ladder!.rungs;
    assert.notEqual(low!.class, "breaking", stderr);
    assert.deepEqual([high?.class, accusedIn(report)[0]], ["breaking", "auth"], stderr);
    assert.ok(failuresOf(report)["auth-overload"]! > 0);
    // Quick answers, of which most are refusals.
    assert.ok(maas().checks().some(({ reason }) => reason?.startsWith("client rate limiter")));
  });
});

Deno.test("limits that are left on are no answer to how much the gateway takes", {
  ignore: ignoreLimits,
}, async () => {
  const { code, report, stderr } = await reported("users", {
    args: [...FEW, "--duration", "3s", "--raise-limits=false"],
  });
  assert.equal(code, 4, stderr);
  const { boundBy, firstBad } = report.ladder!;
  assert.deepEqual([boundBy, firstBad], ["policy", null], stderr);
  assert.deepEqual(Object.keys(failuresOf(report)), ["rate-limited"]);
  assert.deepEqual(accusedIn(report), ["policy"]);
});

Deno.test(
  "raised limits are given back and seen to refuse again",
  { ignore: ignoreLimits },
  async () => {
    const probed = await reported("users", {
      args: ["--users", "4", ...BRIEF, "--duration", "4s", "--prove-restore", "2m"],
    });
    assertHeld(probed);
    // The users were all of the free tier.
    for (const { message } of probed.report.warnings) {
      assert.match(message, /^Given back, but not seen to refuse: (premium|enterprise)[ -]/);
    }
  },
);

Deno.test("a limiter that dies lets all pass, so that only its policies' statuses tell", {
  ignore: ignoreLimits,
}, async () => {
  const probed = await reported("users", {
    args: [...["--users", "4", ...BRIEF, "--duration", "4s"], "--enforced-timeout", "5s"],
    meanwhile: async () => {
      await prober.underLoad();
      await maas().stop("limits", 0);
    },
  });
  await maas().restart("limits");
  assertHeld(probed);
  const [warning] = probed.report.warnings;
  assert.equal(warning?.code, "limits-not-proved");
  assert.match(warning.message, /was given back, and is not in force after 5s/);
});

test("an auth service that dies is accused, and not the model behind it", async () => {
  const { code, report } = await reported("users", {
    args: [...FEW, "--duration", "4s"],
    meanwhile: async () => {
      await prober.underLoad();
      await maas().stop("auth", 0);
    },
  });
  await maas().restart("auth");
  assert.equal(code, 3);
  assert.ok(failuresOf(report)["auth-timeout"]! > 0);
  assert.deepEqual(accusedIn(report), ["auth"]);
});

test("a user whose account is deleted under load is refused, once nobody remembers the token", async () => {
  await withKnobs({ auth: { tokenCacheMs: 0, accessCacheMs: 0 } }, async () => {
    const { code, report } = await reported("users", {
      args: [...FEW, "--duration", "13s"],
      meanwhile: async (runId) => {
        await prober.underLoad();
        const [first] = await objectsOf(plane(), { runId, collection: ACCOUNTS });
        const { namespace, name } = first!.metadata;
        await plane().admin(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`, {
          method: "DELETE",
        });
      },
    });
    assert.equal(code, 3);
    assert.deepEqual(Object.keys(failuresOf(report)), ["not-authenticated"]);
    assert.deepEqual(accusedIn(report), ["auth"]);
  });
});

test("tokens for somebody else are found out before any load, in one line", async () => {
  const { code, report, stderr } = await prober.probed("users", {
    args: [...FEW, "--audience", "somebody-else"],
  });
  assert.deepEqual([code, report], [1, undefined]);
  assert.match(stderr, /not-authenticated: .*The tokens are for the audience somebody-else/);
});

test("streams that stop under status 200 are failures, and the model's", async () => {
  const { code, report } = await reported("users", {
    args: [...FEW, "--stream", "--duration", "5s"],
    meanwhile: async () => {
      await prober.underLoad();
      await maas().restart("model", { model: { cutShare: 0.5 } });
    },
  });
  await maas().restart("model", { model: { cutShare: 0 } });
  assert.equal(code, 3);
  assert.ok(failuresOf(report)["cut-stream"]! > 0);
  assert.equal(accusedIn(report)[0], "model");
});

test("500 service accounts are made, asked for, and gone again", async () => {
  const { code, report, stderr } = await reported("tokens", {
    args: [
      ...["--counts", "10,500", "--requests", "200", "--arm-time", "1s", "--reviews", "100"],
      ...["--max-tokens", "1", ...UNPROVED],
    ],
    meanwhile: async (runId) => {
      await untilThereAre(500, { plane: plane(), runId, collection: ACCOUNTS });
    },
  });
  assert.ok([0, 3, 4].includes(code), stderr);
  const total = (op: string) =>
    report.summary.operations.filter((one) => one.op === op)
      .reduce((sum, { ok, failed }) => sum + ok + failed, 0);
  for (const op of ["createAccount", "requestToken"]) {
    assert.ok(total(op) >= 510, `${op}: ${total(op)}`);
  }
  const chats = report.summary.operations.filter(({ op }) => op === "chat");
  assert.deepEqual(chats.map(({ failures }) => failures), chats.map(() => ({})));
});

test("preflight finds the installation, and nothing that stands against a run", async () => {
  const { code, stderr } = await prober.probed("preflight", { args: [] });
  assert.equal(code, 0, stderr);
});
