/** Requests over `fetch`: HTTP/1.1, a WebSocket's beginning, and servers in this process. @module */

import { OperationFailedError } from "../../core/errors.ts";
import {
  type ChannelTarget,
  type Fetch,
  type HttpChannel,
  openHttpChannel,
} from "../../core/net/http_channel.ts";
import { HINT_WORDS } from "./hint_words.ts";
import type { Wire, WireAnswer, WireRequest } from "./wire.ts";

export class FetchWire implements Wire {
  isOpen = true;

  private constructor(readonly channel: HttpChannel) {}

  /** @param by what sends them; the platform's unless given */
  static async open(target: ChannelTarget, by?: Fetch): Promise<FetchWire> {
    return new FetchWire(await openHttpChannel(target, by));
  }

  async fetch(url: string, request: WireRequest): Promise<WireAnswer> {
    try {
      return await this.channel.fetch(url, request);
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason;
      const { cause, reason, text } = this.channel.explain(error, HINT_WORDS);
      throw new OperationFailedError(reason, text, { cause });
    }
  }

  /** Requests that go through a relay are cut, as client-go cuts its connections then. */
  [Symbol.dispose](): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.channel[Symbol.dispose]();
  }
}
