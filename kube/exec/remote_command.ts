/**
 * What do the messages of a command that runs in a pod mean? The channel protocol that exec and
 * attach speak over a WebSocket: each binary message is a channel's number and then its bytes. Pure:
 * it opens no connection.
 * Source: Kubernetes, apimachinery, pkg/util/remotecommand/constants.go; KEP-4006.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import { type Status, StatusError } from "../status_error.ts";

const V4 = "v4.channel.k8s.io";
/** Like v4, and a channel can be closed. */
const V5 = "v5.channel.k8s.io";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
/** Carries one Status, when the command has ended. */
const ERROR = 3;
/** v5: its one byte says which channel is closed. */
const CLOSE = 255;

/** As much as client-go reads from its input at a time. */
const STDIN_MESSAGE_BYTES = 32 * 1024;

/** How a command ended. */
export interface CommandResult {
  /** 0..255; beyond 128 it is usually 128 + the signal's number. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The subprotocols to offer, the preferred one first. With input it is v5 alone: in v4 nothing tells
 * the command that its input has ended, and one that reads it to its end would wait for ever.
 */
export function subprotocols({ hasStdin }: { hasStdin: boolean }): readonly string[] {
  return hasStdin ? [V5] : [V5, V4];
}

/** The whole input of a command, its end included, as messages of v5. */
export function* stdinMessages(text: string): Generator<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += STDIN_MESSAGE_BYTES) {
    const part = bytes.subarray(at, at + STDIN_MESSAGE_BYTES);
    const message = new Uint8Array(1 + part.length);
    message[0] = STDIN;
    message.set(part, 1);
    yield message;
  }
  yield Uint8Array.of(CLOSE, STDIN);
}

/** What a command has written so far. Ends with the Status, which is the last that a server sends. */
export class CommandOutput {
  readonly #maxBytes: number;
  readonly #chunks = new Map<number, Uint8Array[]>([[STDOUT, []], [STDERR, []], [ERROR, []]]);
  #bytes = 0;

  /** @param options `maxBytes`: how much a command may write to all channels together */
  constructor(options: { maxBytes: number }) {
    this.#maxBytes = options.maxBytes;
  }

  /**
   * Takes one message.
   * @param data as a WebSocket gives it, with `binaryType` "arraybuffer"
   * @returns how the command ended, if it now has
   * @throws {StatusError} if the command could not be run
   * @throws {OperationFailedError} `protocol` for what is no message of this protocol, `other` for
   * more output than allowed
   */
  receive(data: unknown): CommandResult | undefined {
    if (!(data instanceof ArrayBuffer)) {
      throw brokenProtocol("a text message; expected binary ones only");
    }
    const [channel] = new Uint8Array(data);
    if (channel === undefined) {
      throw brokenProtocol("an empty message; expected a channel's number");
    }
    // The server has closed one of its channels; that the command has ended says the Status alone.
    if (channel === CLOSE) return undefined;
    const chunks = this.#chunks.get(channel);
    if (chunks === undefined) {
      throw brokenProtocol(`a message on channel ${channel}; expected 1, 2, 3 or 255`);
    }
    const bytes = new Uint8Array(data, 1);
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) {
      throw new OperationFailedError(
        "other",
        `The command wrote more than ${this.#maxBytes} bytes; expected it to write less`,
      );
    }
    chunks.push(bytes);
    return channel === ERROR ? this.#result() : undefined;
  }

  /** Of a Status that came in several messages, all but the last are no JSON yet. */
  #result(): CommandResult | undefined {
    let status: unknown;
    try {
      status = JSON.parse(this.#text(ERROR));
    } catch {
      return undefined;
    }
    return {
      exitCode: exitCodeOf(status),
      stdout: this.#text(STDOUT),
      stderr: this.#text(STDERR),
    };
  }

  #text(channel: number): string {
    const decoder = new TextDecoder();
    let text = "";
    for (const chunk of this.#chunks.get(channel) ?? []) {
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }
}

function exitCodeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) {
    throw brokenProtocol(`${JSON.stringify(value)} as its result; expected a Status`);
  }
  const status = value as Partial<Status>;
  if (status.status === "Success") return 0;
  if (status.status !== "Failure") {
    throw brokenProtocol(`a Status of "${status.status}"; expected Success or Failure`);
  }
  if (status.reason !== "NonZeroExitCode") {
    throw new StatusError({ ...status, kind: "Status" }, { code: status.code ?? 500 });
  }
  const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  if (code === undefined || !/^\d{1,10}$/.test(code)) {
    throw brokenProtocol(`${JSON.stringify(code ?? null)} as exit code; expected a whole number`);
  }
  return Number(code);
}

function brokenProtocol(what: string): OperationFailedError {
  return new OperationFailedError("protocol", `The server sent ${what}`);
}
