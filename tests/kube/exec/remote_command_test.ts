import assert from "node:assert/strict";
import fc from "fast-check";
import { OperationFailedError } from "../../../core/errors.ts";
import { CommandOutput, stdinMessages, subprotocols } from "../../../kube/exec/remote_command.ts";
import { StatusError } from "../../../kube/status_error.ts";

const SUCCESS = { kind: "Status", status: "Success" };
const MAX = { maxBytes: 1_000_000 };

/** One message as a WebSocket gives it. */
function message(channel: number, bytes: Iterable<number> | string = ""): ArrayBuffer {
  const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return Uint8Array.of(channel, ...data).buffer;
}

function exitStatus(code: string | undefined): object {
  const causes = [
    { reason: "Other", message: "9" },
    ...(code === undefined ? [] : [{ reason: "ExitCode", message: code }]),
  ];
  return { status: "Failure", reason: "NonZeroExitCode", details: { causes } };
}

function end(status: unknown) {
  return new CommandOutput(MAX).receive(message(3, JSON.stringify(status)));
}

Deno.test("the last version comes first, and with input it is the only one that can end it", () => {
  assert.deepEqual(subprotocols({ hasStdin: false }), ["v5.channel.k8s.io", "v4.channel.k8s.io"]);
  assert.deepEqual(subprotocols({ hasStdin: true }), ["v5.channel.k8s.io"]);
});

Deno.test("a command that succeeds has exit code 0 and what it wrote to each channel", () => {
  const output = new CommandOutput(MAX);
  for (const [channel, text] of [[1, ""], [1, "a\n"], [2, "warn"], [1, "b"], [2, "!"]] as const) {
    assert.equal(output.receive(message(channel, text)), undefined);
  }
  assert.deepEqual(output.receive(message(3, JSON.stringify(SUCCESS))), {
    exitCode: 0,
    stdout: "a\nb",
    stderr: "warn!",
  });
});

for (const [code, exitCode] of [["1", 1], ["3", 3], ["137", 137], ["0", 0]] as const) {
  Deno.test(`exit code "${code}" of a failed command is ${exitCode} and no error`, () => {
    assert.deepEqual(end(exitStatus(code)), { exitCode, stdout: "", stderr: "" });
  });
}

Deno.test("output is the same in however many pieces it comes", () => {
  const pieces = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ unit: "grapheme" })));
  fc.assert(fc.property(pieces, fc.integer({ min: 1, max: 7 }), (texts, pieceBytes) => {
    const output = new CommandOutput(MAX);
    const written = { 1: "", 2: "" };
    for (const [channel, text] of [...texts, [3, JSON.stringify(exitStatus("3"))] as const]) {
      if (channel !== 3) written[channel as 1 | 2] += text;
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const result = output.receive(message(channel, bytes.subarray(at, at + pieceBytes)));
        const isLast = channel === 3 && at + pieceBytes >= bytes.length;
        const expected = { exitCode: 3, stdout: written[1], stderr: written[2] };
        assert.deepEqual(result, isLast ? expected : undefined);
      }
    }
  }));
});

Deno.test("a channel that the server closes ends nothing", () => {
  const output = new CommandOutput(MAX);
  assert.equal(output.receive(message(1, "a")), undefined);
  assert.equal(output.receive(message(255, [1])), undefined);
  assert.equal(output.receive(message(3, JSON.stringify(SUCCESS)))?.stdout, "a");
});

Deno.test("a command that could not be run is the server's Status as an error", () => {
  const status = {
    status: "Failure",
    reason: "InternalError",
    message: 'container not found ("x")',
    code: 500,
  };
  assert.throws(() => end(status), (error) => {
    assert.ok(error instanceof StatusError);
    assert.deepEqual([error.reason, error.code, error.message], [
      "internal-error",
      500,
      'container not found ("x")',
    ]);
    return true;
  });
  assert.throws(() => end({ status: "Failure" }), { name: "StatusError", reason: "http-500" });
});

const BROKEN = [
  ["a text message", "1abc", /^The server sent a text message; expected binary ones only$/],
  ["a message without a channel", new ArrayBuffer(0), /an empty message/],
  ["channel 0, which is the client's", message(0, "x"), /channel 0; expected 1, 2, 3 or 255$/],
  ["channel 4, which is the client's", message(4, "x"), /channel 4; expected/],
  ["channel 9", message(9), /channel 9; expected/],
  ["a result that is null", message(3, "null"), /null as its result; expected a Status/],
  ["a Status without a status", message(3, "{}"), /a Status of "undefined"/],
  ["no exit code", message(3, JSON.stringify(exitStatus(undefined))), /null as exit code/],
  ["a bad exit code", message(3, JSON.stringify(exitStatus("-1"))), /"-1" as exit code/],
] as const;

for (const [name, data, expected] of BROKEN) {
  Deno.test(`${name} breaks the protocol`, () => {
    assert.throws(() => new CommandOutput(MAX).receive(data), (error) => {
      assert.ok(error instanceof OperationFailedError);
      assert.equal(error.reason, "protocol");
      assert.match(error.message, expected);
      return true;
    });
  });
}

Deno.test("output of all channels together has a bound, and one byte more is an error", () => {
  const output = new CommandOutput({ maxBytes: 10 });
  output.receive(message(1, "12345"));
  output.receive(message(2, "67890"));
  assert.throws(() => output.receive(message(3, "{")), {
    name: "OperationFailedError",
    reason: "other",
    message: "The command wrote more than 10 bytes; expected it to write less",
  });
});

Deno.test("input is cut into messages of at most 32 KiB, with the channel's closing at the end", () => {
  const text = "aé".repeat(25_000);
  const messages = [...stdinMessages(text)];
  assert.deepEqual(messages.map(({ length }) => length), [32_769, 32_769, 9_465, 2]);
  assert.deepEqual([...messages.at(-1) ?? []], [255, 0]);
  const bytes = messages.slice(0, -1).flatMap(([channel, ...data]) => {
    assert.equal(channel, 0);
    return data;
  });
  assert.equal(new TextDecoder().decode(Uint8Array.from(bytes)), text);
});

Deno.test("an empty input is only its end", () => {
  assert.deepEqual([...stdinMessages("")].map((bytes) => [...bytes]), [[255, 0]]);
});
