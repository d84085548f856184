/** Every case of h2spec, the conformance tests for HTTP/2 servers, against the block server. @module */

import assert from "node:assert/strict";
import { ensureBinaries } from "../real/build.ts";
import { H2SPEC_MODULE } from "../real/go_modules.ts";
import { requirePrograms } from "../real/require_control_plane.ts";
import { BlockServerProcess } from "../support/block_server.ts";
import { outputOf } from "../support/command_output.ts";
import { TempDir } from "../support/scaletool.ts";
import { parseXml, type XmlElement } from "../support/xml.ts";

/** Long enough for a case that changes the window in the middle of the answer. */
const PATH = "/blocks?size=1000&n=1&periodMS=0";
/** How many cases the version in go.mod has, strict ones included; another one may have more. */
const LEAST_CASES = 147;

/** What it would run, without a server. */
async function countCases(h2spec: string): Promise<number> {
  const { text } = await outputOf(h2spec, ["--strict", "--dryrun"]);
  return text.match(/^ *\d+: /gm)?.length ?? 0;
}

function named(file: string): { name: string; complaint: string | undefined }[] {
  const root = parseXml(Deno.readTextFileSync(file));
  return root.children.flatMap(({ children }) =>
    children.map((testCase: XmlElement) => ({
      name: `${testCase.attributes.package}: ${testCase.attributes.classname}`,
      complaint: testCase.children.map(({ name, text }) => `${name}: ${text.trim()}`)[0],
    }))
  );
}

Deno.test(
  "the block server passes every case of h2spec, strict ones included, and none is skipped",
  {
    ignore: !await requirePrograms({ modules: [H2SPEC_MODULE] }),
  },
  async () => {
    const h2spec = (await ensureBinaries([H2SPEC_MODULE])).get("h2spec")!;
    const planned = await countCases(h2spec);
    assert.ok(planned >= LEAST_CASES, `${planned} cases`);
    await using dir = new TempDir();
    await using server = await BlockServerProcess.start();
    const { port } = new URL(server.url);
    const { code, text } = await outputOf(h2spec, [
      ...["--host", "127.0.0.1", "--port", port, "--path", PATH, "--tls", "--insecure", "--strict"],
      ...["--junit-report", dir.file("h2spec.xml")],
    ]);
    const cases = named(dir.file("h2spec.xml"));
    const complaints = cases.filter(({ complaint }) => complaint !== undefined);
    assert.deepEqual(complaints, [], text);
    assert.equal(cases.length, planned, text);
    assert.equal(code, 0, text);
  },
);
