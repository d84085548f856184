/**
 * What does a command say that runs in a container of a pod? One call of the exec subresource over a
 * WebSocket that is handed in open or opening. Never retries, and never waits longer than it is told.
 * @module
 */

import { messageOf, OperationFailedError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { FailureReason } from "../../core/measure/sample.ts";
import { failureReason } from "../../core/net/fetch_failure.ts";
import { formatDuration } from "../../core/units.ts";
import {
  CommandOutput,
  type CommandResult,
  stdinMessages,
  subprotocols,
} from "./remote_command.ts";
import { StatusError } from "../status_error.ts";

/** Far more than a check of a file or a status needs; all of it is kept in memory. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Makes a WebSocket to a path of the API server, with its credentials, offering the subprotocols. */
export type OpenWebSocket = (
  path: string,
  protocols: readonly string[],
) => Promise<WebSocket> | WebSocket;

export interface ExecOptions {
  readonly namespace: string;
  readonly pod: string;
  /** @default the pod's only container, or the one that its annotation names */
  readonly container?: string;
  /** Program and arguments; no shell is involved. */
  readonly command: readonly string[];
  /** The whole input; absent: the command has none. */
  readonly stdin?: string;
  /** For all of it, from opening the connection on. */
  readonly timeoutMs: number;
  /** Gives up the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly clock: Clock;
  /**
   * How much the command may write.
   * @default 16 MiB
   */
  readonly maxOutputBytes?: number;
}

export interface ExecResult extends CommandResult {
  /** The subprotocol that the server chose. */
  readonly protocol: string;
}

/**
 * Runs one command to its end. An exit code other than 0 is a result, and no failure.
 * @throws {StatusError} if the server refuses the connection, or cannot run the command
 * @throws {OperationFailedError} if the connection fails, closes before the command's end
 * (`truncated`), is not understood (`protocol`), carries too much (`other`) or takes too long (`timeout`)
 */
export async function execInPod(open: OpenWebSocket, options: ExecOptions): Promise<ExecResult> {
  const { clock, signal, timeoutMs } = options;
  signal?.throwIfAborted();
  const over = new AbortController();
  const wake = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  const tooLate = clock.sleepUntil(clock.now() + timeoutMs, wake).then((): never => {
    signal?.throwIfAborted();
    const what = `no exit status after ${formatDuration(timeoutMs)}`;
    throw failed(options, { reason: "timeout", what });
  });
  const opening = openSocket(open, options);
  try {
    const socket = await Promise.race([opening, tooLate]);
    return await Promise.race([converse(socket, { ...options, over: over.signal }), tooLate]);
  } finally {
    over.abort();
    // Also one that opens only after the time is over.
    opening.then((socket) => socket.close(), () => {});
  }
}

/** `/api/v1/namespaces/NS/pods/POD/exec?...`; exported for those who serve or sign it. */
export function execPath(
  { namespace, pod, container, command, stdin }: Pick<
    ExecOptions,
    "namespace" | "pod" | "container" | "command" | "stdin"
  >,
): string {
  const query = new URLSearchParams(command.map((word) => ["command", word]));
  if (container !== undefined) query.append("container", container);
  if (stdin !== undefined) query.append("stdin", "1");
  query.append("stdout", "1");
  query.append("stderr", "1");
  const [inNamespace, ofPod] = [namespace, pod].map(encodeURIComponent);
  return `/api/v1/namespaces/${inNamespace}/pods/${ofPod}/exec?${query}`;
}

async function openSocket(open: OpenWebSocket, options: ExecOptions): Promise<WebSocket> {
  try {
    return await open(execPath(options), offeredBy(options));
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof OperationFailedError) throw error;
    throw failed(options, {
      reason: failureReason(error),
      what: messageOf(error),
      cause: error,
    });
  }
}

function offeredBy({ stdin }: ExecOptions): readonly string[] {
  return subprotocols({ hasStdin: stdin !== undefined });
}

/** Everything between the opening of the socket and the Status; listens until `over`. */
function converse(
  socket: WebSocket,
  options: ExecOptions & { over: AbortSignal },
): Promise<ExecResult> {
  const { over: signal, maxOutputBytes: maxBytes = MAX_OUTPUT_BYTES } = options;
  const output = new CommandOutput({ maxBytes });
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  let isOpen = false;
  const begin = () => {
    isOpen = true;
    try {
      sendInput(socket, options);
    } catch (error) {
      reject(inPod(error, options));
    }
  };
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", begin, { signal });
  socket.addEventListener("message", ({ data }) => {
    try {
      const result = output.receive(data);
      if (result !== undefined) resolve({ ...result, protocol: socket.protocol });
    } catch (error) {
      reject(inPod(error, options));
    }
  }, { signal });
  socket.addEventListener("error", (event) => {
    const text = event instanceof ErrorEvent ? event.message : "";
    reject(isOpen ? brokenOff(text, options) : notOpened(text, options));
  }, { signal });
  socket.addEventListener("close", (event) => reject(closedEarly(event, options)), { signal });
  if (socket.readyState === WebSocket.OPEN) begin();
  else if (socket.readyState !== WebSocket.CONNECTING) {
    const what = "the connection was closed as soon as it was open";
    reject(failed(options, { reason: "connection-closed", what }));
  }
  return promise;
}

/** @throws {OperationFailedError} if the server chose a protocol that was not offered */
function sendInput(socket: WebSocket, options: ExecOptions): void {
  const offered = offeredBy(options);
  if (!offered.includes(socket.protocol)) {
    throw new OperationFailedError(
      "protocol",
      `The server chose subprotocol "${socket.protocol}"; expected ${offered.join(" or ")}`,
    );
  }
  if (options.stdin === undefined) return;
  for (const message of stdinMessages(options.stdin)) socket.send(message);
}

/** The server's own words stay as they are; other errors must say where they happened. */
function inPod(error: unknown, options: ExecOptions): unknown {
  if (!(error instanceof OperationFailedError) || error instanceof StatusError) return error;
  return failed(options, { reason: error.reason, what: error.message, cause: error });
}

/** Deno's WebSocket tells of the answer to its upgrade nothing but the status, and that in its text. */
function notOpened(text: string, options: ExecOptions): OperationFailedError {
  const [, status] = /Invalid status code: (\d+)/.exec(text) ?? [];
  if (status !== undefined) {
    const message = messageFor(options, `the server answered ${status} and opened no WebSocket`);
    return new StatusError({ kind: "Status", message }, { code: Number(status) });
  }
  const reason = failureReason(new Error(text));
  const isRefused = reason === "other" && text.includes("tcp connect error");
  return failed(options, { reason: isRefused ? "connection-refused" : reason, what: text });
}

/** On an open connection, what is no failure of TCP or TLS is a frame that makes no sense. */
function brokenOff(text: string, options: ExecOptions): OperationFailedError {
  if (/unexpected eof/i.test(text)) {
    return failed(options, {
      reason: "truncated",
      what: "the connection ended before the command",
    });
  }
  const reason = failureReason(new Error(text));
  return failed(options, { reason: reason === "other" ? "protocol" : reason, what: text });
}

function closedEarly({ code, reason }: CloseEvent, options: ExecOptions): OperationFailedError {
  const why = reason === "" ? `code ${code}` : `code ${code}, "${reason}"`;
  const what = `the server closed the connection before the command ended (${why})`;
  return failed(options, { reason: "truncated", what });
}

function failed(
  options: ExecOptions,
  { reason, what, ...cause }: { reason: FailureReason; what: string; cause?: unknown },
): OperationFailedError {
  return new OperationFailedError(reason, messageFor(options, what), cause);
}

function messageFor({ namespace, pod, command }: ExecOptions, what: string): string {
  return `Cannot run "${command[0] ?? ""}" in pod ${namespace}/${pod}: ${what}`;
}
