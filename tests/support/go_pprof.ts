/**
 * The reader that others will use on our profiles: `go tool pprof`.
 * @module
 */

import assert from "node:assert/strict";

export interface TopRow {
  /** As printed, e.g. `320ms` or `2.50MB`. */
  flat: string;
  flatPercent: number;
  name: string;
}

/**
 * Whether the Go toolchain is there; says on stderr what is not tested without it.
 * @throws {Error} if it is missing where `CI=true` promises it
 */
export function hasGo(untested: string): boolean {
  try {
    if (
      new Deno.Command("go", { args: ["version"], stdout: "null", stderr: "null" }).outputSync()
        .success
    ) {
      return true;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (Deno.env.get("CI") === "true") throw new Error("Cannot run go: CI needs a Go toolchain");
  Deno.stderr.writeSync(new TextEncoder().encode(`skipped: no go toolchain; ${untested}\n`));
  return false;
}

/** What `go tool pprof -top` makes of a profile: the lines above its table, and the table. */
export async function topOf(
  profile: Uint8Array,
  args: readonly string[] = [],
): Promise<{ header: string; rows: TopRow[] }> {
  const file = await Deno.makeTempFile({ suffix: ".pb.gz" });
  try {
    await Deno.writeFile(file, profile);
    const { success, stdout, stderr } = await new Deno.Command("go", {
      args: ["tool", "pprof", "-top", ...args, file],
      env: { TZ: "UTC" },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const [header = "", table = ""] = new TextDecoder().decode(stdout).split(/^ +flat .*\n/m);
    return { header, rows: table.trimEnd().split("\n").map(toRow) };
  } finally {
    await Deno.remove(file);
  }
}

/** `flat flat% sum% cum cum% name` */
function toRow(line: string): TopRow {
  const [flat = "", percent = "", , , , ...name] = line.trim().split(/\s+/);
  return { flat, flatPercent: parseFloat(percent), name: name.join(" ") };
}
