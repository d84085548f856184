/**
 * What did the server say beside the bodies: the headers of its latest answer to each path.
 * @module
 */

/** Give `onAnswer` to the connections. */
export class AnswerLog {
  readonly #headers = new Map<string, Headers>();

  onAnswer({ url, headers }: Pick<Response, "url" | "headers">): void {
    this.#headers.set(new URL(url).pathname, headers);
  }

  /** Undefined before there was an answer. @param path without the query */
  headersOf(path: string): Headers | undefined {
    return this.#headers.get(path);
  }
}
