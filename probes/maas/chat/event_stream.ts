/**
 * Which events are in a stream of bytes? Takes them as they come, split anywhere. Fields other than
 * `data` and `event` are passed over, as nobody here reconnects.
 * Source: WHATWG HTML, "Server-sent events", sections "Parsing an event stream" and "Interpreting an
 * event stream".
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";

/** Told each event; `type` is "message" unless the stream says otherwise. */
export type OnEvent = (data: string, type: string) => void;

const MESSAGE = "message";
const BYTE_ORDER_MARK = "\ufeff";
/** No frame of a model is near it; a line without an end must not fill the memory. */
const MOST_LINE_CHARACTERS = 8 << 20;

export class EventStream {
  readonly #onEvent: OnEvent;
  /** Deno's own (2.9.6) takes a byte order mark for one also at the head of a second piece. */
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #isAtStart = true;
  /** The line that has not ended. */
  #line = "";
  /** The last character was a CR: an LF right after it ends no other line. */
  #isAfterReturn = false;
  /** Undefined: no data field yet, so that there is nothing to tell. */
  #data: string | undefined;
  #type = MESSAGE;

  constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent;
  }

  /**
   * An event is told once the empty line behind it has come; one that never ends is none.
   * @throws {OperationFailedError} `corrupt`, for a line without an end
   */
  take(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    let from = 0;
    if (this.#isAtStart && text !== "") {
      this.#isAtStart = false;
      if (text.startsWith(BYTE_ORDER_MARK)) from = 1;
    }
    if (this.#isAfterReturn && text !== "") {
      this.#isAfterReturn = false;
      if (text.startsWith("\n")) from = 1;
    }
    for (let end = endOfLine(text, from); end >= 0; end = endOfLine(text, from)) {
      this.#onLine(this.#line + text.slice(from, end));
      this.#line = "";
      const isReturn = text[end] === "\r";
      from = end + (isReturn && text[end + 1] === "\n" ? 2 : 1);
      this.#isAfterReturn = isReturn && from === text.length && text[from - 1] === "\r";
    }
    this.#line += text.slice(from);
    if (this.#line.length > MOST_LINE_CHARACTERS) {
      throw new OperationFailedError("corrupt", "a line of the stream does not end");
    }
  }

  #onLine(line: string): void {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    if (field !== "data" && field !== "event") return;
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "event") this.#type = value;
    else this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #dispatch(): void {
    const [data, type] = [this.#data, this.#type || MESSAGE];
    this.#data = undefined;
    this.#type = MESSAGE;
    if (data !== undefined) this.#onEvent(data, type);
  }
}

function endOfLine(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  const end = text.indexOf("\r", from);
  return end < 0 || (feed >= 0 && feed < end) ? feed : end;
}
