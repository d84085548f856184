/**
 * Writes the bytes that other implementations of HPACK send for {@link STORIES}, a file each, and has
 * each of them decode what ours sends:
 *
 *     deno run -A tests/testdata/hpack/make.ts
 *
 * Needs Go (golang.org/x/net is pinned in go/go.mod), Python with `pip install hpack==4.1.0`, and node,
 * whose http2 is nghttp2 (20.20.2 has 1.61.0). Go and Python decode all of ours, nghttp2 our requests.
 * @module
 */

import { HpackEncoder } from "../../../core/h2/hpack/encoder.ts";
import { hex } from "../../support/frame_transcript.ts";
import { STORIES } from "./stories.ts";

const HERE = import.meta.dirname!;

const PEERS = [
  { name: "go", command: ["go", "run", "."] },
  { name: "python", command: ["python3", "vectors.py"] },
  { name: "node", command: ["node", "vectors.mjs"] },
];

/** The stories with the bytes that we send beside each list. */
function conversation() {
  return STORIES.map(({ name, isHttp, steps }) => {
    const encoder = new HpackEncoder();
    return {
      name,
      isHttp,
      steps: steps.map((step) => {
        if ("fields" in step) return { ...step, ours: hex(encoder.encode(step.fields)) };
        encoder.peerTableBytes = step.tableBytes;
        return step;
      }),
    };
  });
}

async function vectorsOf(name: string, [program, ...args]: string[]): Promise<unknown> {
  const child = new Deno.Command(program!, {
    args,
    cwd: `${HERE}/${name}`,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(conversation())));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`${name} did not make vectors`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

for (const { name, command } of PEERS) {
  const text = JSON.stringify(await vectorsOf(name, command));
  await Deno.writeTextFile(`${HERE}/${name}.json`, `${text.replaceAll('","', '",\n"')}\n`);
}
