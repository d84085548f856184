/**
 * With what does a request show who sends it? The port, and the ways that need no other program.
 * Never puts a secret into a message.
 * Source: client-go, transport/token_source.go and transport/round_trippers.go.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { checkPemPair, type PemPair } from "../../core/net/pem_pair.ts";
import { whyUnreadable } from "../kubeconfig/kubeconfig.ts";

/** Neither part: anonymous. */
export interface Credential {
  /** Value of the Authorization header. */
  readonly authorization?: string;
  readonly clientCert?: PemPair;
}

/** Where credentials come from. */
export interface Credentials {
  /**
   * What to send now. The same object as before, as long as it has not been renewed.
   * @throws {CannotRunError} if there are none to be had
   */
  current(): Promise<Credential>;
  /**
   * To be called after a 401.
   * @param refused what was sent; if others are current by now, nothing is dropped
   * @returns whether asking again may give others
   */
  invalidate(refused?: Credential): boolean;
}

/** kubelet renews a mounted token long before it expires; client-go looks once a minute. */
const TOKEN_FILE_PERIOD_MS = 60_000;

/** None at all. */
export function anonymous(): Credentials {
  return staticCredentials({});
}

/** The same ones for the whole run. */
export function staticCredentials(credential: Credential): Credentials {
  return { current: () => Promise.resolve(credential), invalidate: () => false };
}

/**
 * @param whose begins the message: `The token of user "x"`
 * @throws {CannotRunError} if no HTTP header can carry it
 */
export function bearer(token: string, whose: string): string {
  const trimmed = token.trim();
  // RFC 6750, section 2.1, allows even less.
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new CannotRunError(
      trimmed === ""
        ? `${whose} is empty`
        : `${whose} is no token: it has spaces, line breaks or letters beyond ASCII`,
    );
  }
  return `Bearer ${trimmed}`;
}

/** RFC 7617, in UTF-8. */
export function basicAuthorization(
  { username, password }: { username: string; password: string },
): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${bytes.toBase64()}`;
}

interface TokenFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readTextFile(path: string): string;
  /** Used until the file can be read. */
  readonly fallbackToken?: string | undefined;
  readonly clientCert?: PemPair | undefined;
}

/**
 * A token that somebody else renews in a file. It is read again a minute after it was read, at the
 * next request; if it has vanished or is empty then, the token before goes on.
 */
export class TokenFileCredentials implements Credentials {
  readonly #options: TokenFileOptions;
  #credential: Credential;
  #readAtMs: number;

  /** @throws {CannotRunError} if the file cannot be read and there is no other token */
  constructor(options: TokenFileOptions) {
    this.#options = options;
    this.#readAtMs = options.clock.now();
    this.#credential = this.#first();
  }

  current(): Promise<Credential> {
    if (this.#options.clock.now() - this.#readAtMs >= TOKEN_FILE_PERIOD_MS) this.#readAgain();
    return Promise.resolve(this.#credential);
  }

  invalidate(refused: Credential = this.#credential): boolean {
    if (refused === this.#credential) this.#readAgain();
    return refused.authorization !== this.#credential.authorization;
  }

  #first(): Credential {
    const { fallbackToken, path } = this.#options;
    try {
      return this.#read();
    } catch (error) {
      if (fallbackToken !== undefined) {
        return this.#with(bearer(fallbackToken, `The token beside tokenFile "${path}"`));
      }
      if (error instanceof CannotRunError) throw error;
      throw new CannotRunError(`Cannot read token file "${path}": ${whyUnreadable(error)}`, {
        cause: error,
      });
    }
  }

  #readAgain(): void {
    this.#readAtMs = this.#options.clock.now();
    try {
      const read = this.#read();
      if (read.authorization !== this.#credential.authorization) this.#credential = read;
    } catch {
      // The server says soon enough when the token before is no longer good.
    }
  }

  #read(): Credential {
    const { path, readTextFile } = this.#options;
    return this.#with(bearer(readTextFile(path), `The token in "${path}"`));
  }

  #with(authorization: string): Credential {
    const { clientCert } = this.#options;
    return clientCert === undefined ? { authorization } : { authorization, clientCert };
  }
}

/**
 * A client certificate that the server can be shown.
 * @throws {CannotRunError} as {@link checkPemPair}
 */
export function usableClientCert(
  pair: PemPair,
  { user, from, now }: {
    readonly user: string;
    /** The file of the certificate, or the field that holds it. */
    readonly from: string;
    readonly now: Date;
  },
): PemPair {
  const names = {
    cert: `The client certificate of user "${user}" (${from})`,
    key: `The client key of user "${user}"`,
  };
  checkPemPair(pair, { names, now, remedy: "renew it, or choose another user" });
  return pair;
}
