import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameReader, type FrameReaderOptions } from "../../../../core/h2/codec/frame_reader.ts";
import { ConnectionError } from "../../../../core/h2/errors.ts";
import { Transcript, transcript, unhex } from "../../../support/frame_transcript.ts";
import captures from "../../../testdata/h2_captures/captures.json" with { type: "json" };

const CAPTURES: readonly Uint8Array[] = Object.values(captures)
  .flatMap(({ client, server }) => [unhex(client), unhex(server)]);

/** Small, so that random bytes reach them. */
const LIMITS: FrameReaderOptions = {
  maxFrameBytes: 1_000,
  maxHeaderListBytes: 500,
  headerTableBytes: 4_096,
  maxHeaderBlockBytes: 1_500,
  maxContinuations: 3,
};

/** A part of the bytes is replaced by others, none among them. */
const change = fc.record({
  atRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  removedBytes: fc.oneof(fc.constantFrom(0, 1, 9), fc.nat(60)),
  inserted: fc.oneof(fc.uint8Array({ maxLength: 2 }), fc.uint8Array({ maxLength: 30 })),
});

const changedCapture = fc.tuple(
  fc.constantFrom(...CAPTURES),
  fc.array(change, { minLength: 1, maxLength: 6 }),
).map(([capture, changes]) =>
  changes.reduce((bytes, { atRatio, removedBytes, inserted }) => {
    const at = Math.floor(atRatio * bytes.length);
    return Uint8Array.of(
      ...bytes.subarray(0, at),
      ...inserted,
      ...bytes.subarray(at + removedBytes),
    );
  }, capture)
);

/** Of a known type more often than not, its length right, its payload of any bytes. */
const frame = fc.record({
  type: fc.oneof({ weight: 9, arbitrary: fc.nat(9) }, fc.nat(255)),
  flags: fc.constantFrom(0, 1, 4, 5, 8, 0x0c, 0x20, 0x24, 0x2d, 0xff),
  streamId: fc.constantFrom(0, 1, 3),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.uint8Array({ maxLength: 1_001 }),
    fc.constantFrom("82", "8287", "40016101 31be", "0000000382").map(unhex),
  ),
}).map(({ type, flags, streamId, payload }) =>
  Uint8Array.of(0, payload.length >> 8, payload.length, type, flags, 0, 0, 0, streamId, ...payload)
);

const frames = fc.array(frame, { maxLength: 20 })
  .map((frames) => Uint8Array.from(frames.flatMap((bytes) => [...bytes])));

const anyInput = fc.oneof(changedCapture, frames, fc.uint8Array({ maxLength: 500 }));

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 });

Deno.test("captures of nghttp2 and curl are read without an error", () => {
  for (const capture of CAPTURES) {
    const lines = transcript([capture]);
    assert.ok(lines.length >= 4);
    assert.deepEqual(lines.filter((line) => line.includes("error")), []);
  }
});

Deno.test("any bytes end in nothing but errors of the protocol, and little is held", () => {
  fc.assert(
    fc.property(anyInput, sizes, (bytes, sizes) => {
      const reader = new FrameReader(new Transcript(), LIMITS);
      const mostBytes = LIMITS.maxFrameBytes + LIMITS.maxHeaderBlockBytes;
      try {
        for (const piece of cut(bytes, sizes)) {
          reader.receive(piece);
          assert.ok(reader.heldBytes <= mostBytes, `${reader.heldBytes} bytes are held`);
        }
      } catch (error) {
        assert.ok(error instanceof ConnectionError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("however any bytes are cut into reads, the same is told", () => {
  fc.assert(
    fc.property(anyInput, sizes, (bytes, sizes) => {
      assert.deepEqual(transcript(cut(bytes, sizes), LIMITS), transcript([bytes], LIMITS));
    }),
    { numRuns: 1_000 },
  );
});
