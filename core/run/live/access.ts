/**
 * May this request be answered? Who shows the token may do anything; who does not may look, where only
 * this machine can ask. No page of another origin gets anything, whatever name it has made lead here
 * (DNS rebinding). Never answers itself but with a refusal.
 * @module
 */

import { isIP } from "node:net";
import type { Clock } from "../../load/clock.ts";
import { isSameToken, shownToken } from "../../net/bearer_token.ts";
import { isLoopback } from "../../net/loopback.ts";
import { printable } from "../../say.ts";
import { refusal } from "./refusal.ts";

/** Wrong tokens that may come of one address at once, and how often another one may. */
const MOST_WRONG = 10;
const WRONG_EVERY_MS = 1_000;
/** Addresses that are remembered. */
const MOST_PEERS = 1_000;

interface AccessOptions {
  readonly clock: Pick<Clock, "now">;
  readonly token: string;
  /** The host that is listened on, as it was given. */
  readonly hostname: string;
}

/** Who asks for what. */
interface Asked {
  /** The address that the request came from. */
  readonly peer: string;
  /** `shell`: the page without anything of the run, which a browser has to ask for without the token. */
  readonly what: "shell" | "look" | "change";
}

export class Access {
  readonly #options: AccessOptions;
  readonly #wrong: WrongTokens;
  /** Whether only this machine can ask. */
  readonly isLocal: boolean;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#wrong = new WrongTokens(options.clock);
    this.isLocal = isLoopback(options.hostname);
  }

  /** Why the request gets nothing; undefined: it may have what it asks for. */
  refusalOf(request: Request, { peer, what }: Asked): Response | undefined {
    const host = hostOf(request);
    if (host === undefined || !this.#isOurs(host.hostname)) {
      return refusal(
        403,
        `Cannot answer for host "${printable(host?.host ?? "")}": expected ` +
          "localhost, an IP address, or the name that is listened on",
      );
    }
    // A link to it may be anywhere: it shows nothing, and nobody frames it.
    if (what === "shell") return undefined;
    if (isOfOtherPage(request, host.host)) {
      return refusal(403, "Cannot answer a page of another origin");
    }
    if (what === "look" && this.isLocal && shownToken(request) === undefined) return undefined;
    return this.#refusalOfToken(request, peer);
  }

  #refusalOfToken(request: Request, peer: string): Response | undefined {
    const waitMs = this.#wrong.waitMs(peer);
    if (waitMs > 0) {
      const seconds = String(Math.ceil(waitMs / 1_000));
      return refusal(429, "Too many wrong tokens: try again later", { "retry-after": seconds });
    }
    const shown = shownToken(request);
    if (shown !== undefined && isSameToken(shown, this.#options.token)) return undefined;
    if (shown !== undefined) this.#wrong.add(peer);
    const why = shown === undefined ? "without the token" : "to another token than the one";
    return refusal(401, `Cannot answer ${why} that the run has printed`, {
      "www-authenticate": 'Bearer realm="scaletool"',
    });
  }

  /**
   * A name that somebody else has made lead here is none of ours; an address cannot be such a name.
   * Where others can ask, they need the token for everything, and what names lead here is not known.
   */
  #isOurs(hostname: string): boolean {
    const isAddress = isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
    const isName = [this.#options.hostname.toLowerCase(), "localhost"].includes(hostname);
    return !this.isLocal || isAddress || isName;
  }
}

/** What the request was sent to; undefined: it does not say, or says two things. */
function hostOf(request: Request): URL | undefined {
  const url = new URL(request.url);
  const header = request.headers.get("host");
  if (header === null) return url;
  const named = URL.parse(`http://${header}`);
  return named !== null && named.host === url.host ? url : undefined;
}

function isOfOtherPage({ headers }: Request, host: string): boolean {
  const site = headers.get("sec-fetch-site") ?? "none";
  if (site !== "none" && site !== "same-origin") return true;
  const origin = headers.get("origin");
  if (origin === null) return false;
  const url = URL.parse(origin);
  // Not the scheme: something in front of this may take TLS off.
  return url === null || !/^https?:$/.test(url.protocol) || url.host !== host;
}

/** How many wrong tokens have come of whom: whoever tries them out has to wait, and only they. */
class WrongTokens {
  /** When the next one may come of an address that has had its share. */
  readonly #untilMs = new Map<string, number>();

  constructor(readonly clock: Pick<Clock, "now">) {}

  add(peer: string): void {
    const nowMs = this.clock.now();
    const untilMs = Math.max(nowMs, this.#untilMs.get(peer) ?? 0) + WRONG_EVERY_MS;
    this.#untilMs.delete(peer);
    this.#untilMs.set(peer, untilMs);
    if (this.#untilMs.size <= MOST_PEERS) return;
    const [oldest] = this.#untilMs.keys();
    this.#untilMs.delete(oldest!);
  }

  /** How long until another token of theirs is looked at. */
  waitMs(peer: string): number {
    const aheadMs = (this.#untilMs.get(peer) ?? 0) - this.clock.now();
    return Math.max(0, aheadMs - (MOST_WRONG - 1) * WRONG_EVERY_MS);
  }
}
