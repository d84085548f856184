import assert from "node:assert/strict";
import { HpackDecoder } from "../../../../core/h2/hpack/decoder.ts";
import { HpackEncoder } from "../../../../core/h2/hpack/encoder.ts";
import { unhex } from "../../../support/frame_transcript.ts";
import goVectors from "../../../testdata/hpack/go.json" with { type: "json" };
import nodeVectors from "../../../testdata/hpack/node.json" with { type: "json" };
import pythonVectors from "../../../testdata/hpack/python.json" with { type: "json" };
import { STORIES, type Story } from "../../../testdata/hpack/stories.ts";

type Vectors = Readonly<Record<string, readonly string[]>>;

const PEERS: readonly (readonly [name: string, vectors: Vectors])[] = [
  ["golang.org/x/net/http2/hpack", goVectors],
  ["Python's hpack", pythonVectors],
  ["nghttp2", nodeVectors],
];

/** Decodes the blocks of a story, in the order of its lists, and compares. */
function follow({ name, steps }: Story, blocks: Iterator<Uint8Array>): void {
  const decoder = new HpackDecoder(100_000);
  for (const step of steps) {
    if ("tableBytes" in step) {
      decoder.maxTableBytes = step.tableBytes;
      continue;
    }
    assert.deepEqual(decoder.decode(blocks.next().value!), step.fields, name);
  }
  assert.equal(blocks.next().done, true);
}

for (const [name, vectors] of PEERS) {
  Deno.test(`blocks of ${name} are decoded to the fields that it sent`, () => {
    const stories = STORIES.filter((story) => story.isHttp || vectors !== nodeVectors);
    assert.deepEqual(Object.keys(vectors).sort(), stories.map((story) => story.name).sort());
    for (const story of stories) follow(story, vectors[story.name]!.map(unhex).values());
  });
}

function* ownBlocks({ steps }: Story): Iterator<Uint8Array> {
  const encoder = new HpackEncoder();
  for (const step of steps) {
    if ("fields" in step) yield encoder.encode(step.fields);
    else encoder.peerTableBytes = step.tableBytes;
  }
}

Deno.test("our own blocks are decoded to the fields that were sent", () => {
  for (const story of STORIES) follow(story, ownBlocks(story));
});

Deno.test("our own blocks are not larger than nghttp2's by more than a twentieth", () => {
  for (const story of STORIES.filter((story) => story.isHttp)) {
    let ownBytes = 0;
    for (const block of { [Symbol.iterator]: () => ownBlocks(story) }) ownBytes += block.length;
    const theirs = (nodeVectors as Vectors)[story.name]!.join("").length / 2;
    assert.ok(ownBytes <= 1.05 * theirs, `${story.name}: ${ownBytes} and ${theirs} bytes`);
  }
});
