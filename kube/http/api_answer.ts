/**
 * What did the server answer? A body that is read when it is asked for, or the error that a status
 * other than success means.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import { shownUrl } from "../../core/net/address.ts";
import type { WireAnswer } from "./wire.ts";
import { type Status, StatusError } from "../status_error.ts";

const DECODER = new TextDecoder();
/** Where every server has the key by then. */
const HEAD_BYTES = 256;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const SPACE = 0x20;

/** The answer to a request that succeeded. */
export class ApiAnswer {
  readonly #answer: WireAnswer;
  readonly #bytes: Uint8Array;

  constructor(answer: WireAnswer, bytes: Uint8Array) {
    this.#answer = answer;
    this.#bytes = bytes;
  }

  /**
   * Whether it has the look of a whole object of the API. Decoding and parsing the answers of a load
   * that reads none would take a tenth of its CPU.
   */
  get looksLikeObject(): boolean {
    const bytes = this.#bytes;
    let end = bytes.length - 1;
    while (end > 0 && bytes[end]! <= SPACE) end--;
    if (bytes[0] !== OPENING_BRACE || bytes[end] !== CLOSING_BRACE) return false;
    const key = '"metadata"';
    return DECODER.decode(bytes.subarray(0, HEAD_BYTES)).includes(key) ||
      DECODER.decode(bytes).includes(key);
  }

  /**
   * Parsed each time; undefined if there is none, its text if it is no JSON.
   * @throws {OperationFailedError} if it is not whole
   */
  get body(): unknown {
    const text = DECODER.decode(this.#bytes);
    const answer = this.#answer;
    if (text === "") return undefined;
    const isJson = answer.headers.get("content-type")?.includes("json") ?? false;
    if (!isJson) return text;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new OperationFailedError("truncated", `Cannot read the answer of ${answer.url}`, {
        cause,
      });
    }
  }
}

/** The Status of an answer other than success, or the first line of whatever else it is. */
export function statusError(answer: WireAnswer, text: string): StatusError {
  // A number of seconds; a date (RFC 9110, section 10.2.3) or nothing is NaN.
  const retryAfterSec = Number(answer.headers.get("retry-after") || NaN);
  return new StatusError(
    statusOf(text) ?? { kind: "Status", message: plainMessage(answer, text) },
    {
      code: answer.status,
      retryAfterMs: retryAfterSec >= 0 ? retryAfterSec * 1_000 : undefined,
    },
  );
}

function statusOf(text: string): Status | undefined {
  try {
    const parsed = JSON.parse(text);
    return parsed?.kind === "Status" ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function plainMessage({ status, headers }: WireAnswer, text: string): string {
  const location = headers.get("location");
  if (status < 400 && location !== null) {
    return `The server redirects to "${shownUrl(location).slice(0, 200)}" (${status})`;
  }
  const [line = ""] = text.trim().split("\n");
  return line === "" ? `The server answered ${status}` : `${line.slice(0, 200)} (${status})`;
}
