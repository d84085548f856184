import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { CannotRunError, UsageError } from "../../../../core/errors.ts";
import { readJoinFiles } from "../../../../kube/sample_log/join/join_files.ts";
import {
  formatNotificationRow,
  notificationHeader,
  type NotificationRow,
} from "../../../../kube/sample_log/notification_row.ts";
import {
  formatOperationRow,
  operationHeader,
  type OperationRow,
} from "../../../../kube/sample_log/operation_row.ts";
import { TempDir } from "../../../support/scaletool.ts";

const WRITE: OperationRow = { beforeMs: 100, afterMs: 120, op: "create", name: "a", error: "" };
const SEEN: NotificationRow = {
  dequeueMs: 130,
  op: "create",
  namespace: "ns",
  name: "a",
  queuedAdds: 1,
  queuedUpdates: 0,
  queuedDeletes: 0,
  firstEnqueueMs: 110,
  lastEnqueueMs: 110,
};

const DRIVERS = {
  go: `${formatOperationRow(WRITE, "go")}\n`,
  rfc4180: `${operationHeader("rfc4180")}\n${formatOperationRow(WRITE, "rfc4180")}\n`,
};
const LOGGERS = {
  go9: `${formatNotificationRow(SEEN, "go")}\n`,
  go10: `${formatNotificationRow({ ...SEEN, diff: 3 }, "go")}\n`,
  rfc9: `${notificationHeader("rfc4180", { hasDiff: false })}\n${
    formatNotificationRow(SEEN, "rfc4180")
  }\n`,
  rfc10: `${notificationHeader("rfc4180", { hasDiff: true })}\n${
    formatNotificationRow({ ...SEEN, diff: 3 }, "rfc4180")
  }\n`,
};

/** Reads two files with these texts. */
async function read(one: string, other: string) {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("one"), one);
  Deno.writeTextFileSync(dir.file("other"), other);
  return readJoinFiles(dir.file("one"), dir.file("other"));
}

Deno.test("files are told apart by their columns, in both dialects and either order", async () => {
  for (const driverText of Object.values(DRIVERS)) {
    for (const loggerText of Object.values(LOGGERS)) {
      for (const [one, other] of [[driverText, loggerText], [loggerText, driverText]] as const) {
        const { driver, logger } = await read(one, other);
        deepStrictEqual(driver.rows, [WRITE]);
        strictEqual(logger.rows.length, 1);
        strictEqual(logger.rows[0]?.firstEnqueueMs, 110);
        strictEqual(driver.path.endsWith("/one"), one === driverText);
      }
    }
  }
});

Deno.test("an empty file is of the kind that the other is not", async () => {
  for (const [one, other] of [["", LOGGERS.go9], [LOGGERS.go9, ""]] as const) {
    const { driver, logger } = await read(one, other);
    deepStrictEqual([driver.rows.length, logger.rows.length], [0, 1]);
  }
  const { driver, logger } = await read("", DRIVERS.go);
  deepStrictEqual([driver.rows.length, logger.rows.length], [1, 0]);
  const none = await read("", "\n");
  deepStrictEqual([none.driver.rows.length, none.logger.rows.length], [0, 0]);
});

Deno.test("a row within which a file ends is left out, and its line told", async () => {
  const { driver, logger } = await read(DRIVERS.go + DRIVERS.go.slice(0, 30), LOGGERS.rfc9);
  deepStrictEqual([driver.rows.length, driver.cutOffLine], [1, 2]);
  deepStrictEqual([logger.rows.length, logger.cutOffLine], [1, null]);
});

Deno.test("rows of many reads are cut at no other place", async () => {
  const names = Array.from({ length: 9_000 }, (_, index) => `größe-${"€".repeat(9)}-${index}`);
  const text = names.map((name) => `${formatOperationRow({ ...WRITE, name }, "go")}\n`).join("");
  ok(new TextEncoder().encode(text).length > 3 * 256 * 1024);
  const { driver } = await read(text, LOGGERS.go9);
  deepStrictEqual(driver.rows.map(({ name }) => name), names);
});

Deno.test("two files of one kind are a usage error", async () => {
  for (const [text, kind] of [[DRIVERS.go, "driver"], [LOGGERS.rfc9, "logger"]] as const) {
    await using dir = new TempDir();
    Deno.writeTextFileSync(dir.file("x"), text);
    throws(() => readJoinFiles(dir.file("x"), dir.file("x")), (error) => {
      ok(error instanceof UsageError);
      ok(
        error.message.endsWith(
          `are both of a ${kind}: expected one of a driver and one of a logger`,
        ),
      );
      return true;
    });
  }
});

Deno.test("a file that is no such CSV is told with its line and what was expected", async () => {
  const bad = DRIVERS.go + DRIVERS.go.replace("create", "patch");
  for (
    const [text, message] of [
      [bad, 'line 2: op "patch": expected create, update, delete'],
      [
        "name,value\na,1\n",
        "line 1: expected a driver's columns (tBefore,tAfter,op,name,error) or a logger's " +
        "(dequeueTime,op,object,creationTimestamp,queuedAdds,queuedUpdates,queuedDeletes," +
        "firstEnqueue,lastEnqueue)",
      ],
    ] as const
  ) {
    await using dir = new TempDir();
    Deno.writeTextFileSync(dir.file("x"), text);
    Deno.writeTextFileSync(dir.file("logger"), LOGGERS.go9);
    throws(() => readJoinFiles(dir.file("logger"), dir.file("x")), (error) => {
      ok(error instanceof CannotRunError);
      strictEqual(error.message, `Cannot read "${dir.file("x")}": ${message}`);
      return true;
    });
  }
});

Deno.test("a file that cannot be read is told in one line", async () => {
  await using dir = new TempDir();
  for (const path of [dir.file("none"), dir.path]) {
    throws(() => readJoinFiles(path, path), (error) => {
      ok(error instanceof CannotRunError);
      ok(error.message.startsWith(`Cannot read "${path}": `) && !error.message.includes("\n"));
      return true;
    });
  }
});
