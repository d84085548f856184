/**
 * Over which channel does the next request to an API server go, and with which credentials? Follows
 * a client certificate that is renewed, and takes another channel when it is told to. Sends nothing.
 * @module
 */

import { given } from "../../core/given.ts";
import { isIP } from "node:net";
import { CannotRunError, messageOf } from "../../core/errors.ts";
import { type HttpChannel, openHttpChannel, type PemPair } from "../../core/net/http_channel.ts";
import type { Credential } from "../auth/credentials.ts";
import type { ClusterTarget } from "../config/target.ts";

export interface ServerChannelOptions {
  /** Of this server, e.g. one of several endpoints; `https://host:port`, with a path or without. */
  readonly server: string;
  readonly target: ClusterTarget;
  readonly http1: boolean;
}

/** What to send one request with. */
export interface Ready {
  readonly channel: HttpChannel;
  readonly credential: Credential;
}

/** See the module. Dispose it when its requests have ended. */
export class ServerChannel implements Disposable {
  readonly #options: ServerChannelOptions;
  #channel: HttpChannel;
  #clientCert: PemPair | undefined;
  #renewing: Promise<void> | undefined;
  #isLost = false;

  private constructor(options: ServerChannelOptions, channel: HttpChannel, clientCert?: PemPair) {
    this.#options = options;
    this.#channel = channel;
    this.#clientCert = clientCert;
  }

  /**
   * @throws what the credentials throw if there are none to be had
   * @throws {CannotRunError} if the target's settings cannot be used
   */
  static async open(options: ServerChannelOptions): Promise<ServerChannel> {
    const { clientCert } = await options.target.credentials.current();
    return new ServerChannel(options, await openChannel(options, clientCert), clientCert);
  }

  /**
   * A client certificate that was renewed takes a new connection, and so does whatever comes after
   * {@link replace}. Requests under way keep the old one, unless they go through a relay: that is cut,
   * as client-go cuts its connections then.
   * @throws as {@link open}
   */
  async ready(): Promise<Ready> {
    const credential = await this.#options.target.credentials.current();
    if (this.#isLost || credential.clientCert?.certPem !== this.#clientCert?.certPem) {
      this.#renewing ??= this.#renew(credential.clientCert)
        .finally(() => this.#renewing = undefined);
      await this.#renewing;
    }
    return { channel: this.#channel, credential };
  }

  /** The connection is lost: what comes next takes a new one. */
  replace(): void {
    this.#isLost = true;
  }

  [Symbol.dispose](): void {
    this.#channel[Symbol.dispose]();
  }

  async #renew(clientCert: PemPair | undefined): Promise<void> {
    const channel = await openChannel(this.#options, clientCert);
    this.#channel[Symbol.dispose]();
    this.#channel = channel;
    this.#clientCert = clientCert;
    this.#isLost = false;
  }
}

/** As client-go: without TLS nothing tells whether the server has HTTP/2; kubectl proxy has not. */
export function isHttp1({ server, http1 }: ServerChannelOptions): boolean {
  return http1 || server.startsWith("http:");
}

async function openChannel(
  options: ServerChannelOptions,
  clientCert: PemPair | undefined,
): Promise<HttpChannel> {
  const { server, target } = options;
  const { caPem, insecure, tlsServerName } = target;
  const proxy = target.proxyFor?.(server);
  if (!server.startsWith("http:")) refuseUnusable(target);
  try {
    return await openHttpChannel({
      baseUrl: server,
      insecure,
      http1: isHttp1(options),
      ...given({ caPem, serverName: tlsServerName, proxy, clientCert }),
    }, target.fetch);
  } catch (cause) {
    if (cause instanceof CannotRunError) throw cause;
    // E.g. a certificate that is none, or a key that belongs to another one.
    const message = `Cannot use the certificates for ${server}: ${messageOf(cause)}`;
    throw new CannotRunError(message, { cause });
  }
}

/**
 * What the relay cannot do is said, because it would be left out silently.
 * @throws {CannotRunError}
 */
function refuseUnusable({ server, insecure, tlsServerName }: ClusterTarget): void {
  // node:tls would verify the certificate for the host of the URL instead.
  if (!insecure && tlsServerName !== undefined && isIP(tlsServerName) !== 0) {
    throw new CannotRunError(
      `Cannot expect the address "${tlsServerName}" in the certificate of ${server}: ` +
        "--tls-server-name must be a DNS name of it",
    );
  }
}
