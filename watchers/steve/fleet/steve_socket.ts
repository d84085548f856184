/**
 * The WebSocket as a watcher needs it: texts in, texts out, and one end with its reason. A port, so
 * that watchers can be tried on scripted sockets, and its adapter for the real one. Never
 * reconnects.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { FailureReason } from "../../../core/measure/sample.ts";
import { failureReason } from "../../../core/net/fetch_failure.ts";

/** Told what happens on one socket; nothing any more after `onClose`. */
export interface SocketListener {
  onOpen(): void;
  onText(text: string): void;
  /** Once, also for a socket that never opened. */
  onClose(error: OperationFailedError): void;
}

export interface SteveSocket {
  send(text: string): void;
  /** Closes it without waiting for the other side; the listener is told nothing any more. */
  close(): void;
}

/** Begins to open a socket. */
export type DialSteve = (listener: SocketListener) => SteveSocket;

/** @param open e.g. `() => client.subscribe()` */
export function webSocketDialer(open: () => WebSocket): DialSteve {
  return (listener) => {
    const socket = open();
    let isOpen = false;
    let isOver = false;
    const close = (error: OperationFailedError) => {
      if (isOver) return;
      isOver = true;
      listener.onClose(error);
    };
    socket.onopen = () => {
      isOpen = true;
      if (!isOver) listener.onOpen();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      // A frame that is no text is no message either.
      if (!isOver) listener.onText(typeof data === "string" ? data : "");
    };
    socket.onerror = (event) => {
      close(socketFailure(event instanceof ErrorEvent ? event.message : "", { isOpen }));
    };
    socket.onclose = ({ code, reason }) => close(closure(code, reason));
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => {
        isOver = true;
        socket.close();
      },
    };
  };
}

/** Deno tells of the answer to an upgrade nothing but its status, and that in the text. */
function socketFailure(text: string, { isOpen }: { isOpen: boolean }): OperationFailedError {
  const what = isOpen ? "The WebSocket broke" : "Cannot open the WebSocket";
  const [, status] = /Invalid status code: (\d+)/.exec(text) ?? [];
  if (status !== undefined) {
    return new OperationFailedError(
      `http-${Number(status)}`,
      `${what}: the server answered ${status}`,
    );
  }
  return new OperationFailedError(
    reasonOf(text, { isOpen }),
    `${what}: ${text || "no reason given"}`,
  );
}

function reasonOf(text: string, { isOpen }: { isOpen: boolean }): FailureReason {
  if (isOpen && /unexpected eof/i.test(text)) return "connection-closed";
  const reason = failureReason(new Error(text));
  if (reason !== "other") return reason;
  if (text.includes("tcp connect error")) return "connection-refused";
  // On an open connection, what is no failure of TCP or TLS is a frame that makes no sense.
  return isOpen ? "protocol" : "other";
}

function closure(code: number, reason: string): OperationFailedError {
  const why = reason === "" ? `code ${code}` : `code ${code}, "${reason}"`;
  return new OperationFailedError("connection-closed", `The server closed the WebSocket (${why})`);
}
