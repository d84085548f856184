/**
 * A program of its own that holds what must go with it, says so on stdout, and ends as it is told on
 * its command line: `exit`, or `wait` for a signal that nobody listens to.
 * @module
 */

import { TemporaryFolder } from "../../core/files.ts";
import { SYSTEM_PLUGIN_HOST } from "../../kube/auth/plugin_host.ts";

if (import.meta.main) {
  const [command = ""] = Deno.args;
  const folder = new TemporaryFolder("test");
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  void SYSTEM_PLUGIN_HOST.run({
    command,
    args: [],
    env: {},
    interactive: false,
    signal: new AbortController().signal,
  });
  Deno.stdout.writeSync(new TextEncoder().encode(`${folder.path}\n`));
  await Deno.stdin.read(new Uint8Array(1));
  Deno.exit(7);
}
