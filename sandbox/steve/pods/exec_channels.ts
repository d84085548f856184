/**
 * The channel protocol of exec, from the server's side: what a command writes goes out on numbered
 * channels, and a Status at its end.
 * Source: Kubernetes, apimachinery, pkg/util/remotecommand/constants.go; KEP-4006.
 * @module
 */

import type { CommandAnswer } from "./pod_command.ts";

const V5 = "v5.channel.k8s.io";
const PROTOCOLS = [V5, "v4.channel.k8s.io"];
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/** @returns undefined if the client offers none that is spoken here */
export function execProtocol(headers: Headers): string | undefined {
  const offered = (headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  return offered.find((protocol) => PROTOCOLS.includes(protocol));
}

/** Answers and closes as soon as the socket is open. */
export function serveExec(
  socket: WebSocket,
  { protocol, answer }: { protocol: string; answer: () => CommandAnswer },
): void {
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    const { stdout, stderr, exitCode } = answer();
    // The server of v5 opens its channels with an empty message.
    if (protocol === V5) socket.send(frame(STDOUT, ""));
    if (stdout !== "") socket.send(frame(STDOUT, stdout));
    if (stderr !== "") socket.send(frame(STDERR, stderr));
    socket.send(frame(STATUS, JSON.stringify(statusOf(exitCode))));
    socket.close(1000);
  };
}

function frame(channel: number, text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  const message = new Uint8Array(1 + bytes.length);
  message[0] = channel;
  message.set(bytes, 1);
  return message;
}

function statusOf(exitCode: number): unknown {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
