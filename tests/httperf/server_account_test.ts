import { strictEqual } from "node:assert/strict";
import { reconcile } from "../../httperf/server_account.ts";

const ACCOUNT = { streams: 9, cancelled: 0, rejected: 0, invalid: 0 };

const CASES = [
  { name: "equal, nothing broken off", received: 900, broken: 0, sent: 900, done: 9, is: "pass" },
  { name: "more received than sent", received: 901, broken: 0, sent: 900, done: 9, is: "fail" },
  {
    name: "less received, though nothing was broken off",
    received: 899,
    broken: 0,
    sent: 900,
    done: 9,
    is: "fail",
  },
  {
    name: "less received, the rest under way when it was cut",
    received: 800,
    broken: 2,
    sent: 900,
    done: 9,
    is: "pass",
  },
  {
    name: "more received than sent, with requests broken off",
    received: 950,
    broken: 2,
    sent: 900,
    done: 9,
    is: "fail",
  },
  {
    name: "the server completed fewer than the client",
    received: 900,
    broken: 0,
    sent: 900,
    done: 8,
    is: "fail",
  },
] as const;

for (const { name, received, broken, sent, done, is } of CASES) {
  Deno.test(`reconcile() of both ends' bytes: ${name} is a ${is}`, () => {
    const finding = reconcile(
      { bytes: received, completedRequests: 9, brokenOffRequests: broken },
      { ...ACCOUNT, bytes: sent, completed: done },
    );
    strictEqual(finding.verdict, is);
    strictEqual(finding.observed, `received ${received} B`);
    strictEqual(finding.limit, `sent ${sent} B`);
    strictEqual(finding.reason !== "", is === "fail" || broken > 0);
  });
}
