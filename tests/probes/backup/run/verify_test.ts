import assert from "node:assert/strict";
import { BackupBook } from "../../../../probes/backup/accounting/backup_book.ts";
import { ErrorPatterns } from "../../../../probes/backup/accounting/error_patterns.ts";
import type { Configuration } from "../../../../probes/backup/configure/configuration.ts";
import { tellOfBackups } from "../../../../probes/backup/run/verify.ts";

const CONFIGURATION: Configuration = {
  type: "correct",
  backupCronJob: { enable: true, schedule: "* * * * *", registry: { path: "there.test/u" } },
  periodMs: 60_000,
};

function factsOf(logsLeft: number): Map<string, string> {
  const facts = new Map<string, string>();
  const run = {
    addFact: (name: string, value: string) => void facts.set(name, value),
    warn: () => {},
  };
  const patterns = new ErrorPatterns();
  patterns.add("BackoffLimitExceeded: too often");
  patterns.add("BackoffLimitExceeded: too often");
  patterns.add("no such host");
  tellOfBackups(run, { book: new BackupBook(), patterns, logsLeft }, CONFIGURATION);
  return facts;
}

Deno.test("what pods said comes before that Jobs have failed, each with its number", () => {
  const facts = factsOf(0);
  assert.equal(facts.get("error of backups 1"), '"no such host", 1 times');
  assert.equal(facts.get("error of backups 2"), '"BackoffLimitExceeded: too often", 2 times');
  assert.equal(facts.has("errors of backups"), false);
});

Deno.test("numbers of errors that are not of all failed pods say so", () => {
  assert.equal(
    factsOf(80).get("errors of backups"),
    "from the logs of the first pods; 80 more were not read",
  );
});
