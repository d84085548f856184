/**
 * Over which wire does the next request to an API server go, and with which credentials? Follows a
 * client certificate that is renewed, and takes another wire when one ends. Sends nothing.
 * @module
 */

import { given } from "../../core/given.ts";
import { isIP } from "node:net";
import { CannotRunError, messageOf } from "../../core/errors.ts";
import type { ChannelTarget, PemPair } from "../../core/net/http_channel.ts";
import type { Credential } from "../auth/credentials.ts";
import type { ClusterTarget } from "../config/target.ts";
import type { Wire } from "./wire.ts";

export interface ServerChannelOptions<W extends Wire> {
  /** Of this server, e.g. one of several endpoints; `https://host:port`, with a path or without. */
  readonly server: string;
  readonly target: ClusterTarget;
  readonly http1: boolean;
  /** A wire that is ready for requests; nothing is sent yet. Throws if the target is of no use. */
  readonly openWire: (target: ChannelTarget) => Promise<W> | W;
}

/** What to send one request with. */
export interface Ready<W extends Wire> {
  readonly wire: W;
  readonly credential: Credential;
}

/** See the module. Dispose it when its requests have ended. */
export class ServerChannel<W extends Wire> implements Disposable {
  readonly #options: ServerChannelOptions<W>;
  #wire: W;
  #clientCert: PemPair | undefined;
  #renewing: Promise<void> | undefined;

  private constructor(options: ServerChannelOptions<W>, wire: W, clientCert?: PemPair) {
    this.#options = options;
    this.#wire = wire;
    this.#clientCert = clientCert;
  }

  /**
   * @throws what the credentials throw if there are none to be had
   * @throws {CannotRunError} if the target's settings cannot be used
   */
  static async open<W extends Wire>(options: ServerChannelOptions<W>): Promise<ServerChannel<W>> {
    const { clientCert } = await options.target.credentials.current();
    return new ServerChannel(options, await openWire(options, clientCert), clientCert);
  }

  /** The latest. */
  get wire(): W {
    return this.#wire;
  }

  /**
   * A client certificate that was renewed takes a new wire, and so does one that takes no more
   * requests. Those under way keep the old one.
   * @throws as {@link open}
   */
  async ready(): Promise<Ready<W>> {
    const credential = await this.#options.target.credentials.current();
    if (!this.#wire.isOpen || credential.clientCert?.certPem !== this.#clientCert?.certPem) {
      this.#renewing ??= this.#renew(credential.clientCert)
        .finally(() => this.#renewing = undefined);
      await this.#renewing;
    }
    return { wire: this.#wire, credential };
  }

  [Symbol.dispose](): void {
    this.#wire[Symbol.dispose]();
  }

  async #renew(clientCert: PemPair | undefined): Promise<void> {
    const wire = await openWire(this.#options, clientCert);
    this.#wire[Symbol.dispose]();
    this.#wire = wire;
    this.#clientCert = clientCert;
  }
}

/** As client-go: without TLS nothing tells whether the server has HTTP/2; kubectl proxy has not. */
export function isHttp1({ server, http1 }: { server: string; http1: boolean }): boolean {
  return http1 || server.startsWith("http:");
}

async function openWire<W extends Wire>(
  options: ServerChannelOptions<W>,
  clientCert: PemPair | undefined,
): Promise<W> {
  const { server, target } = options;
  const { caPem, insecure, tlsServerName } = target;
  const proxy = target.proxyFor?.(server);
  if (!server.startsWith("http:")) refuseUnusable(target);
  try {
    return await options.openWire({
      baseUrl: server,
      insecure,
      http1: isHttp1(options),
      // Who verifies nothing has named nobody who vouches for a proxy either.
      ...given({ caPem: insecure ? undefined : caPem }),
      ...given({ serverName: tlsServerName, proxy, clientCert }),
    });
  } catch (cause) {
    if (cause instanceof CannotRunError) throw cause;
    // E.g. a certificate that is none, or a key that belongs to another one.
    const message = `Cannot use the certificates for ${server}: ${messageOf(cause)}`;
    throw new CannotRunError(message, { cause });
  }
}

/**
 * What node:tls cannot do is said, because it would be left out silently.
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
