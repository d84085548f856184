import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import {
  formatNotificationRow,
  type NotificationRow,
} from "../../../../kube/sample_log/notification_row.ts";
import {
  formatOperationRow,
  operationHeader,
  type OperationRow,
} from "../../../../kube/sample_log/operation_row.ts";
import { SampleLogWriter } from "../../../../kube/sample_log/writer.ts";
import { scaletool, TempDir } from "../../../support/scaletool.ts";

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

function writeFiles(dir: TempDir, writes: readonly OperationRow[]): [string, string] {
  const [driver, logger] = [dir.file("driver.csv"), dir.file("logger.csv")];
  const dialect = "rfc4180";
  const header = operationHeader(dialect);
  const log = SampleLogWriter.create(driver, { dialect, header, overwrite: true });
  for (const write of writes) log.append(formatOperationRow(write, dialect));
  log.close();
  Deno.writeTextFileSync(logger, `${formatNotificationRow(SEEN, "go")}\n`);
  return [driver, logger];
}

Deno.test("report --join gives each format, in either order of the files, with its exit code", async () => {
  await using dir = new TempDir();
  const [driver, logger] = writeFiles(dir, [WRITE]);
  const text = await scaletool(["report", "--join", driver, logger]);
  strictEqual(text.stderr, "");
  strictEqual(text.code, 0);
  match(text.stdout, /\nPASS \(exit code 0\): all 1 successful writes were notified\n$/);
  const swapped = await scaletool(["report", "-o", "json", "--join", logger, driver]);
  deepStrictEqual(JSON.parse(swapped.stdout).operations[0].notified, 1);
  const file = dir.file("out.csv");
  const csv = await scaletool(
    ["report", driver, "-o", "csv", "--output-file", file, `--join=${logger}`],
  );
  deepStrictEqual([csv.code, csv.stdout, csv.stderr], [0, "", ""]);
  const written = Deno.readTextFileSync(file);
  match(written, /^op,ok,failed,notified,missing,.*\r\ncreate,1,0,1,0,/);
  const again = await scaletool(["report", driver, "--output-file", file, `--join=${logger}`]);
  strictEqual(again.code, 1);
  match(again.stderr, /out\.csv": it is there already; name another file, or add --overwrite\n$/);
  strictEqual(Deno.readTextFileSync(file), written);
});

Deno.test("report --join exits 3 for a missing notification, 4 where nothing was joined", async () => {
  await using dir = new TempDir();
  const lost = { ...WRITE, name: "lost" };
  for (const [writes, code] of [[[WRITE, lost], 3], [[lost], 4]] as const) {
    const done = await scaletool(["report", "--join", ...writeFiles(dir, writes)]);
    strictEqual(done.code, code, done.stderr);
    match(done.stdout, /^create {2}lost/m);
  }
});

Deno.test("report --join tells in one line what is wrong with its arguments", async () => {
  await using dir = new TempDir();
  const [driver, logger] = writeFiles(dir, [WRITE]);
  for (
    const [args, code, message] of [
      [[driver], 2, /missing LOGGER\.csv; usage: report --join DRIVER\.csv LOGGER\.csv$/],
      [[driver, logger, "x"], 2, /unexpected argument "x"/],
      [[driver, driver], 2, /are both of a driver: expected one of a driver and one of a logger$/],
      [[driver, logger, "-o", "html"], 2, /--output must be one of text, json, csv, not "html"$/],
      [[driver, dir.file("none")], 1, /Cannot read ".*none": .*No such file/],
    ] as const
  ) {
    const done = await scaletool(["report", "--join", ...args]);
    strictEqual(done.code, code, done.stderr);
    strictEqual(done.stdout, "");
    match(done.stderr.trimEnd(), message);
    strictEqual(done.stderr.trimEnd().split("\n").length, 1);
  }
});
