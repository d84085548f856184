import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { SampleLogWriter } from "../../../kube/sample_log/writer.ts";
import { TempDir } from "../../support/scaletool.ts";

Deno.test("a sample log has its header at once, its rows after a flush, in order", async () => {
  await using dir = new TempDir();
  const path = dir.file("log.csv");
  const writer = SampleLogWriter.create(path, { dialect: "rfc4180", header: "a,b" });
  strictEqual(Deno.readTextFileSync(path), "a,b\n");
  writer.append("1,ü");
  writer.append("2,y");
  strictEqual(Deno.readTextFileSync(path), "a,b\n", "they wait in memory");
  strictEqual(writer.rows, 2);
  writer.flush();
  strictEqual(Deno.readTextFileSync(path), "a,b\n1,ü\n2,y\n");
  writer.append("3,z");
  writer.close();
  strictEqual(Deno.readTextFileSync(path), "a,b\n1,ü\n2,y\n3,z\n");
  strictEqual(writer.rows, 3);
  strictEqual(writer.lostRows, 0);
  strictEqual(writer.writeError, undefined);
});

Deno.test("a file that is there already is refused as it is, and written over when asked to", async () => {
  await using dir = new TempDir();
  const path = dir.file("mine.csv");
  const before = "what was there before, and longer than what comes";
  Deno.writeTextFileSync(path, before);
  throws(
    () => SampleLogWriter.create(path, { dialect: "rfc4180", header: "a,b" }),
    /mine\.csv": it is there already; name another file, or add --overwrite$/,
  );
  strictEqual(Deno.readTextFileSync(path), before);
  SampleLogWriter.create(path, { dialect: "rfc4180", header: "a,b", overwrite: true }).close();
  strictEqual(Deno.readTextFileSync(path), "a,b\n");
});

Deno.test("a device takes rows without being asked to be written over", () => {
  SampleLogWriter.create("/dev/null", { dialect: "rfc4180", header: "a,b" }).close();
});

Deno.test("a sample log in go has no header", async () => {
  await using dir = new TempDir();
  const writer = SampleLogWriter.create(dir.file("log.csv"), { dialect: "go", header: "a,b" });
  writer.append("1,x");
  writer.close();
  strictEqual(Deno.readTextFileSync(dir.file("log.csv")), "1,x\n");
});

Deno.test("rows are written unasked once 64 KiB of them wait", async () => {
  await using dir = new TempDir();
  const writer = SampleLogWriter.create(dir.file("log.csv"), { dialect: "go" });
  const row = "x".repeat(1023);
  for (let count = 1; count < 64; count++) writer.append(row);
  strictEqual(Deno.statSync(dir.file("log.csv")).size, 0);
  writer.append(row);
  strictEqual(Deno.statSync(dir.file("log.csv")).size, 64 * 1024);
  writer.close();
});

Deno.test("rows that come after closing are counted as lost, and closing twice is harmless", async () => {
  await using dir = new TempDir();
  const writer = SampleLogWriter.create(dir.file("log.csv"), { dialect: "go" });
  writer.append("1");
  writer.close();
  writer.append("2");
  writer.flush();
  writer.close();
  deepStrictEqual([writer.rows, writer.lostRows], [2, 1]);
  strictEqual(Deno.readTextFileSync(dir.file("log.csv")), "1\n");
});

Deno.test("a file that cannot be made is one line that names it", async () => {
  await using dir = new TempDir();
  for (const path of [dir.path, dir.file("none/log.csv"), "\0"]) {
    throws(() => SampleLogWriter.create(path, { dialect: "go" }), (error) => {
      ok(error instanceof CannotRunError);
      ok(error.message.startsWith(`Cannot write to "${path}": `));
      match(error.message, /^[^\n]+$/);
      return true;
    });
  }
});

Deno.test({
  name: "a disk that is full already is known when the header cannot be written",
  ignore: Deno.build.os !== "linux",
  fn() {
    throws(() => SampleLogWriter.create("/dev/full", { dialect: "rfc4180", header: "a" }), {
      name: "CannotRunError",
      message: /^Cannot write to "\/dev\/full": .*no space left.*$/i,
    });
  },
});

/** Appends numbered rows until the disk takes no more, then some, and prints the writer's account. */
const FILL = `import { SampleLogWriter } from ${
  JSON.stringify(new URL("../../../kube/sample_log/writer.ts", import.meta.url).href)
};
const [path] = Deno.args;
const writer = SampleLogWriter.create(path, { dialect: "rfc4180", header: "row" });
const padding = ",ü".repeat(500);
for (let row = 0; row < 300; row++) writer.append(row + padding);
const first = writer.writeError;
writer.append("300");
writer.close();
const { rows, lostRows, writeError } = writer;
const account = JSON.stringify({ rows, lostRows, writeError, isSame: first === writeError });
await Deno.stdout.write(new TextEncoder().encode(account));`;

Deno.test({
  name: "rows that the disk does not take are counted, and the file ends with a whole row",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = new TempDir();
    const path = dir.file("log.csv");
    // 128 KiB a file, with the signal that tells of it ignored.
    const limited = 'trap "" XFSZ; ulimit -f 256; exec "$@"';
    const { success, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", limited, "sh", Deno.execPath(), "eval", "--no-lock", FILL, path],
    }).output();
    ok(success, new TextDecoder().decode(stderr));
    const account = JSON.parse(new TextDecoder().decode(stdout));
    match(account.writeError, /too large/i);
    strictEqual(account.isSame, true);
    strictEqual(account.rows, 301);
    const text = Deno.readTextFileSync(path);
    ok(text.endsWith("ü\n"));
    const rows = text.trimEnd().split("\n").slice(1);
    ok(rows.length > 0);
    deepStrictEqual(rows.map((row) => parseInt(row)), Array.from(rows.keys()));
    strictEqual(account.lostRows, 301 - rows.length);
  },
});
