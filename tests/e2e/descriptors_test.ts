import assert from "node:assert/strict";
import { Scaletool, TempDir } from "../support/scaletool.ts";

const ignore = Deno.build.os !== "linux";

for (const port of ["metrics", "blocks"]) {
  Deno.test({
    name:
      `200 idle connections to the ${port} of a run with 100 descriptors: it goes on and reports`,
    ignore,
    async fn() {
      await using dir = new TempDir();
      const flags = ["--listen", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0"];
      await using program = new Scaletool(["httperf", ...flags, "--out", "run"], {
        cwd: dir.path,
        mostDescriptors: 100,
      });
      const [, blocks = ""] = await program.line(/serving on (\S+)/);
      const [, metrics = ""] = await program.line(/profiles at (\S+)/);
      const url = port === "metrics" ? metrics : blocks;
      const idle: Deno.Conn[] = [];
      for (let index = 0; index < 200; index++) {
        const address = { hostname: "127.0.0.1", port: Number(new URL(url).port) };
        // Those that come while it does not listen are refused.
        const one = await Deno.connect(address).catch(() => undefined);
        if (one !== undefined) idle.push(one);
      }
      await program.line(/WARNING: The server on \S+ could take no more connections/);
      program.kill("SIGINT");
      const { code } = await program.finished();
      for (const one of idle) one.close();
      assert.equal(code, 130);
      const { warnings } = JSON.parse(Deno.readTextFileSync(dir.file("run/result.json")));
      const expected = port === "metrics" ? "metrics-interrupted" : "server-interrupted";
      assert.deepEqual(
        warnings.map(({ code }: { code: string }) => code).filter((code: string) =>
          code.endsWith("-interrupted")
        ),
        [expected],
      );
    },
  });
}
