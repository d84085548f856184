import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameWriter } from "../../../../core/h2/codec/frame_writer.ts";
import type { HeaderField } from "../../../../core/h2/header_field.ts";
import { drain, hex, transcript, written } from "../../../support/frame_transcript.ts";

Deno.test("frames wait in the order in which they were written", () => {
  const bytes = written((writer) => {
    writer.encodeSettingsAck();
    writer.encodeWindowUpdate(0, 1);
  });
  assert.equal(bytes, "000000040100000000" + "000004080000000000" + "00000001");
});

Deno.test("moveInto() moves as much as there is room for, and the rest later", () => {
  const writer = new FrameWriter();
  writer.encodeRstStream(1, 8);
  const buffer = new Uint8Array(10);
  assert.equal(writer.moveInto(buffer, 2), 8);
  assert.equal(hex(buffer), "0000" + "0000040300000000");
  assert.equal(writer.pendingBytes, 5);
  assert.equal(writer.moveInto(buffer, 0), 5);
  assert.equal(hex(buffer.subarray(0, 5)), "01" + "00000008");
  assert.equal(writer.moveInto(buffer, 0), 0);
});

Deno.test("fields that cannot be sent leave nothing behind", () => {
  const writer = new FrameWriter();
  assert.throws(() => writer.encodeHeaders(1, [["x", "\u0100"]], true), RangeError);
  assert.equal(writer.pendingBytes, 0);
});

Deno.test("a lower table of the peer is told with the next HEADERS", () => {
  const bytes = written((writer) => {
    writer.headerTableBytes = 0;
    writer.encodeHeaders(1, [[":status", "200"]], false);
  });
  assert.equal(bytes, "000002010400000001" + "2088");
});

Deno.test("HEADERS of any size are read back, whatever the size of frames", () => {
  const value = fc.string({ unit: "binary-ascii", maxLength: 500 });
  const fields = fc.array(value.map((text): HeaderField => ["x", text]), { maxLength: 20 });
  fc.assert(fc.property(fields, fc.integer({ min: 50, max: 20_000 }), (fields, maxFrameBytes) => {
    const writer = new FrameWriter();
    writer.maxFrameBytes = maxFrameBytes;
    writer.encodeHeaders(1, fields, true);
    const text = fields.map(([name, value]) => `${name}=${value}`).join(", ");
    const limits = { maxContinuations: 1_000, maxHeaderListBytes: 20_000 };
    assert.deepEqual(
      transcript([drain(writer)], { ...limits, maxFrameBytes, maxHeaderBlockBytes: 20_000 }),
      [`HEADERS 1 END_STREAM [${text}]`],
    );
  }));
});
