/**
 * The windows for what the peer sends: checks that it keeps to them, and gives back what is done with.
 * RFC 9113, section 5.2 and 6.9.
 * @module
 */

import type { ControlOutput } from "./control_output.ts";
import { ConnectionError, StreamError } from "./errors.ts";
import { ReceiveWindow } from "./flow_control.ts";
import { INITIAL_SETTINGS } from "./settings.ts";
import type { Stream } from "./stream.ts";

export class InboundWindows {
  readonly #connection: ReceiveWindow;
  #isConnectionOwing = false;
  /** Streams whose windows are to be given back. */
  readonly #owing: Stream[] = [];

  /** @param onOwing something is to be given back */
  constructor(connectionBytes: number, readonly onOwing: () => void) {
    // RFC 9113, section 6.9.2: the connection's window is at first what SETTINGS do not change.
    const { initialWindowBytes } = INITIAL_SETTINGS;
    const targetBytes = Math.max(connectionBytes, initialWindowBytes);
    this.#connection = new ReceiveWindow(initialWindowBytes, targetBytes);
    if (targetBytes === initialWindowBytes) return;
    this.#connection.release(targetBytes - initialWindowBytes);
    this.#isConnectionOwing = true;
  }

  /** DATA has come, of a stream that may be gone. */
  take(stream: Stream | undefined, bytes: number): void {
    if (!this.#connection.take(bytes)) {
      throw new ConnectionError(
        "FLOW_CONTROL_ERROR",
        "RFC 9113, section 6.9.1: no more is sent than the connection's window allows",
      );
    }
    if (stream === undefined || stream.receiveWindow.take(bytes)) return;
    throw new StreamError(
      stream.id,
      "FLOW_CONTROL_ERROR",
      "RFC 9113, section 6.9.1: no more is sent than the stream's window allows",
    );
  }

  /** So much of what came is done with. */
  release(stream: Stream | undefined, bytes: number): void {
    if (bytes === 0) return;
    this.#releaseConnection(bytes);
    if (stream === undefined || !stream.mayReceive) return;
    if (!stream.receiveWindow.release(bytes) || stream.isOwing) return;
    stream.isOwing = true;
    this.#owing.push(stream);
    this.onOwing();
  }

  /** Tells the peer, once for all that was done with in a turn. */
  giveBack(control: ControlOutput): void {
    if (this.#isConnectionOwing) {
      this.#isConnectionOwing = false;
      control.windowUpdate(0, this.#connection.giveBack());
    }
    if (this.#owing.length === 0) return;
    for (const stream of this.#owing) {
      stream.isOwing = false;
      if (stream.mayReceive) control.windowUpdate(stream.id, stream.receiveWindow.giveBack());
    }
    this.#owing.length = 0;
  }

  #releaseConnection(bytes: number): void {
    if (!this.#connection.release(bytes) || this.#isConnectionOwing) return;
    this.#isConnectionOwing = true;
    this.onOwing();
  }
}
