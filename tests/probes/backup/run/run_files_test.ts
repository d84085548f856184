import assert from "node:assert/strict";
import { join } from "node:path";
import { BackupWorld } from "../backup_world.ts";
import { ran } from "./running.ts";

Deno.test("a run leaves the files of the scripts, with what it measured to its last second", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    await using world = await BackupWorld.open();
    await ran(world, [
      ...["--run-backup-test-hook", "false", "--max-devworkspaces", "5", "--max-vus", "2"],
      ...["--logs-dir", join(folder, "logs")],
    ]);
    const read = (name: string) => Deno.readTextFileSync(join(folder, "logs", name));
    assert.match(read("load_test.csv"), /^r1,https:\/\/cluster:6443,single,5,5,0,0,0\.00,0\.00,/m);
    assert.equal(read("dw_failure_report.csv"), "");
    const names = [...Deno.readDirSync(join(folder, "logs"))].map(({ name }) => name);
    const watched = names.find((name) => name.endsWith("_dw_watch.log"))!;
    assert.match(read(watched), /^ws +dw-test-r1-5 +\S+ +Running/m);
    assert.ok(names.some((name) => name.endsWith("_events.log")));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
