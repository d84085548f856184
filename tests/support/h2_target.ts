/**
 * A connection to a scripted server, ready for the test's own requests, and what to expect of it.
 * @module
 */

import assert from "node:assert/strict";
import { OperationFailedError } from "../../core/errors.ts";
import type { FailureReason } from "../../core/measure/sample.ts";
import { createServerIdentity } from "../../core/net/mini_ca.ts";
import type { AnswerReader, Connection } from "../../httperf/connection.ts";
import { openConnection, type TransportOptions } from "../../httperf/transport.ts";
import { FakeClock } from "./fake_clock.ts";
import { H2Peer, type H2Script } from "./h2_peer.ts";

export const identity = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
export const BYTES = new Uint8Array(100).fill(65);

/** Trusts `identity`, unless told to trust another or nobody but the system's authorities. */
export function optionsFor(
  baseUrl: string,
  { trusted = identity.caPem, ...given }: Partial<TransportOptions> & { trusted?: string | null } =
    {},
): TransportOptions {
  return {
    baseUrl,
    ...(trusted === null ? {} : { caPem: trusted }),
    insecure: false,
    http1: false,
    connectTimeoutMs: 5_000,
    clock: new FakeClock(),
    ...given,
  };
}

/** Answers the connection's own first request, and gives all others to the script. */
function afterProbe(script: H2Script): H2Script {
  let probed = false;
  return (stream) => {
    if (probed) return script(stream);
    probed = true;
    return stream.headers(404, {}, { endStream: true });
  };
}

export async function connectTo(script: H2Script) {
  const peer = new H2Peer({ identity });
  peer.onRequest(afterProbe(script));
  const connection = await openConnection(0, optionsFor(peer.baseUrl));
  return {
    peer,
    connection,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await peer[Symbol.asyncDispose]();
    },
  };
}

export const never = () => new AbortController().signal;

/** What has come of an answer so far. */
export class Received implements AnswerReader {
  status = 0;
  bytes = 0;
  text = "";
  waitedFor: number | undefined;
  readonly #begun = Promise.withResolvers<void>();
  /** Resolves with the first piece of the body. */
  readonly begun: Promise<void> = this.#begun.promise;

  onHead(status: number): void {
    this.status = status;
  }

  onBytes(piece: Uint8Array): void {
    this.bytes += piece.length;
    this.text += new TextDecoder().decode(piece);
    this.#begun.resolve();
  }

  onWait(mostStreams: number): void {
    this.waitedFor = mostStreams;
  }
}

/** Bytes of the body, and the failure that ended it. */
export async function receive(connection: Connection, url: string, signal = never()) {
  const answer = new Received();
  const error = await connection.get(url, { signal }, answer).catch((error) => error);
  return { bytes: answer.bytes, error };
}

export function assertFailed(error: unknown, reason: FailureReason, message?: string | RegExp) {
  assert.ok(error instanceof OperationFailedError, `expected a failure, got ${error}`);
  assert.equal(error.reason, reason, error.message);
  if (typeof message === "string") assert.equal(error.message, message);
  else if (message !== undefined) assert.match(error.message, message);
}

export async function failureOfOpening(options: TransportOptions): Promise<unknown> {
  try {
    (await openConnection(0, options))[Symbol.dispose]();
  } catch (error) {
    return error;
  }
  assert.fail("a connection was opened");
}
