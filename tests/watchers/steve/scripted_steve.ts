/** Sockets that do what the test says, and remember what was sent on them. @module */

import { OperationFailedError } from "../../../core/errors.ts";
import type { FailureReason } from "../../../core/measure/sample.ts";
import type { DialSteve, SocketListener } from "../../../watchers/steve/fleet/steve_socket.ts";

/** What a client sends. */
export interface SentMessage {
  readonly resourceType: string;
  readonly namespace?: string;
  readonly mode?: string;
  readonly debounceMs?: number;
  readonly resourceVersion?: string;
  readonly stop?: boolean;
}

/** One socket from the server's side. */
export class ScriptedSocket {
  readonly sent: SentMessage[] = [];
  isClosedByClient = false;
  /** Called with each message as it is sent. */
  onSent: (message: SentMessage) => void = () => {};
  readonly #listener: SocketListener;

  constructor(listener: SocketListener) {
    this.#listener = listener;
  }

  send(text: string): void {
    const message: SentMessage = JSON.parse(text);
    this.sent.push(message);
    this.onSent(message);
  }

  close(): void {
    this.isClosedByClient = true;
  }

  open(): void {
    this.#listener.onOpen();
  }

  /** Says something about the subscription that a message asked for. */
  say(
    name: string,
    { resourceType, namespace, mode }: Partial<SentMessage> = {},
    { revision, data = {} }: { revision?: number; data?: unknown } = {},
  ): void {
    if (this.isClosedByClient) return;
    const envelope = {
      name,
      namespace,
      resourceType,
      revision: revision === undefined ? undefined : String(revision),
      mode,
      data,
    };
    this.#listener.onText(JSON.stringify(envelope) + "\n");
  }

  sayText(text: string): void {
    this.#listener.onText(text);
  }

  fail(reason: FailureReason = "connection-closed"): void {
    if (!this.isClosedByClient) this.#listener.onClose(new OperationFailedError(reason, "gone"));
  }
}

/** Makes a socket whenever one is dialled. */
export class ScriptedSteve {
  readonly sockets: ScriptedSocket[] = [];
  /** Called with each socket, before it is open. */
  onDial: (socket: ScriptedSocket) => void = () => {};

  readonly dial: DialSteve = (listener) => {
    const socket = new ScriptedSocket(listener);
    this.sockets.push(socket);
    this.onDial(socket);
    return socket;
  };

  get last(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("Nothing was dialled");
    return socket;
  }
}
