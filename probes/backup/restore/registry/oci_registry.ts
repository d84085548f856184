/**
 * What has an OCI registry under an image's name? One question for its manifest, and where it asks for
 * that one for a token. Never retries, follows no redirect and downloads no layer. Shows credentials
 * to nobody but a server whose certificate was verified, or this machine.
 * Sources: OCI distribution specification 1.1, "Pulling manifests"; distribution/distribution,
 * docs/spec/auth/token.md; oras, docs of --insecure and --plain-http.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../../core/errors.ts";
import type { Clock } from "../../../../core/load/clock.ts";
import { withinTime } from "../../../../core/load/deadline.ts";
import { shownUrl } from "../../../../core/net/address.ts";
import type { HintWords } from "../../../../core/net/fetch_failure.ts";
import { type Fetch, openHttpChannel } from "../../../../core/net/http_channel.ts";
import { isLoopback } from "../../../../core/net/loopback.ts";
import { type Env, proxyFromEnvironment } from "../../../../core/net/proxy.ts";
import { userEnv } from "../../../../core/net/proxy_environment.ts";
import { parsedJson } from "../../../../core/parsed_json.ts";
import { basicAuthorization } from "../../../../kube/auth/credentials.ts";
import { fieldsOf, textOf } from "../../../../kube/fields.ts";
import {
  artifactOf,
  type ArtifactRegistry,
  type ArtifactState,
  MANIFEST_TYPE,
} from "./artifact.ts";
import { type Challenge, challengesIn } from "./challenge.ts";
import { type ImageName, imageName } from "./image_name.ts";

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

export interface OciRegistryOptions {
  readonly clock: Clock;
  /** Absent: it is asked as anybody. */
  readonly credentials?: RegistryCredentials | undefined;
  /** Further arguments of oras, as the operator is given them. @default {""} */
  readonly orasArgs?: string;
  readonly env?: Env;
  /** What answers instead of a network; absent: nothing. */
  readonly fetch?: Fetch | undefined;
}

const TIMEOUT_MS = 10_000;
/** What a registry has to take at least; the manifest of a backup has a kilobyte. */
const MOST_BYTES = 4 * 1024 * 1024;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

const HINT_WORDS: HintWords = {
  ca: "the system's authorities (DENO_TLS_CA_STORE=system)",
  url: "the registry's path",
  insecure: "--insecure in the extra arguments of oras",
  http1: "a registry that speaks HTTP/1.1",
};

/** A text that went over the wire, and by which headers it was told. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export function ociRegistry(options: OciRegistryOptions): ArtifactRegistry {
  const registry = new OciRegistry(options);
  return {
    async look(image, signal) {
      try {
        return await registry.look(image, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        return { kind: "unknown", why: messageOf(thrown) };
      }
    },
  };
}

class OciRegistry {
  readonly #options: OciRegistryOptions;
  /** Undefined: so it is on this machine, as oras has it. */
  readonly #isPlain: boolean | undefined;
  readonly #isUnverified: boolean;

  constructor(options: OciRegistryOptions) {
    this.#options = options;
    const words = (options.orasArgs ?? "").split(/\s+/);
    this.#isPlain = flagIn(words, "--plain-http");
    this.#isUnverified = flagIn(words, "--insecure") ?? false;
  }

  /** @throws {OperationFailedError} if there is no answer */
  async look(image: string, signal: AbortSignal): Promise<ArtifactState> {
    const name = imageName(image);
    if (name === undefined) return { kind: "unknown", why: `"${image}" is no image's name` };
    const url = this.#manifestUrl(name);
    const accept = [["accept", MANIFEST_TYPE]] as const;
    let answer = await this.#get(url, accept, signal);
    if (answer.status === UNAUTHORIZED) {
      const authorization = await this.#authorization(url, answer.headers, signal);
      answer = await this.#get(url, [...accept, ["authorization", authorization]], signal);
    }
    if (answer.status === NOT_FOUND) return { kind: "missing" };
    if (answer.status === 200) return artifactOf(answer.text);
    return { kind: "unknown", why: `${shownUrl(url)} answered ${answer.status}` };
  }

  #manifestUrl({ host, repository, tag }: ImageName): string {
    const isPlain = this.#isPlain ?? isHere(`http://${host}`);
    return `${isPlain ? "http" : "https"}://${host}/v2/${repository}/manifests/${tag}`;
  }

  /** @throws {OperationFailedError} if nothing that can be shown would do */
  async #authorization(url: string, headers: Headers, signal: AbortSignal): Promise<string> {
    const challenges = challengesIn(headers.get("www-authenticate") ?? "");
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) return `Bearer ${await this.#token(url, bearer, signal)}`;
    const isBasic = challenges.some(({ scheme }) => scheme === "basic");
    const basic = this.#basicFor(url);
    if (isBasic && basic !== undefined) return basic;
    throw new OperationFailedError("unauthorized", `${shownUrl(url)} asks for credentials`);
  }

  async #token(url: string, { parameters }: Challenge, signal: AbortSignal): Promise<string> {
    const { realm = "", service, scope } = parameters;
    const from = URL.parse(realm);
    const isTaken = from?.protocol === "https:" || from?.protocol === "http:" && isHere(url) &&
        isHere(from.href);
    if (from === null || !isTaken) {
      throw new OperationFailedError("unauthorized", `${shownUrl(url)} has its tokens elsewhere`);
    }
    if (service !== undefined) from.searchParams.set("service", service);
    if (scope !== undefined) from.searchParams.set("scope", scope);
    const basic = this.#basicFor(from.href);
    const headers = basic === undefined ? [] : [["authorization", basic]] as const;
    const { status, text } = await this.#get(from.href, headers, signal);
    const { token, access_token } = fieldsOf(status === 200 ? parsedJson(text) : undefined);
    const given = textOf(token) ?? textOf(access_token);
    // It becomes a header: what a header cannot carry is none.
    if (given !== undefined && /^[\x21-\x7e]+$/.test(given)) return given;
    const message = `${shownUrl(from.origin + from.pathname)} answered ${status} and gave no token`;
    throw new OperationFailedError("unauthorized", message);
  }

  /** Undefined: there are none, or whoever is asked may not see them. */
  #basicFor(url: string): string | undefined {
    const { credentials } = this.#options;
    const isVerified = new URL(url).protocol === "https:" && !this.#isUnverified;
    if (credentials === undefined || !(isVerified || isHere(url))) return undefined;
    return basicAuthorization(credentials);
  }

  async #get(
    url: string,
    headers: readonly (readonly [name: string, value: string])[],
    signal: AbortSignal,
  ): Promise<Answer> {
    const { clock, env = userEnv, fetch } = this.#options;
    const proxy = fetch === undefined ? proxyFromEnvironment(url, env) : undefined;
    const target = { baseUrl: new URL(url).origin, insecure: this.#isUnverified, http1: true };
    using channel = await openHttpChannel({ ...target, ...(proxy && { proxy }) }, fetch);
    const late = () => new OperationFailedError("timeout", `no answer of ${shownUrl(url)} in 10 s`);
    return await withinTime(clock, async (signal) => {
      const request = { url, headers, signal };
      const answer = await channel.send(request, HINT_WORDS);
      try {
        return { status: answer.status, headers: answer.headers, text: await boundedText(answer) };
      } catch (thrown) {
        if (thrown instanceof OperationFailedError) throw thrown;
        throw channel.failure(thrown, request, HINT_WORDS);
      }
    }, { limitMs: TIMEOUT_MS, signal, late });
  }
}

/** @throws {OperationFailedError} if there is more than anybody needs */
async function boundedText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for await (const bytes of body ?? []) {
    length += bytes.length;
    if (length > MOST_BYTES) throw new OperationFailedError("other", "it sends more than 4 MiB");
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function isHere(url: string): boolean {
  const hostname = URL.parse(url)?.hostname ?? "";
  return isLoopback(hostname.replace(/^\[|\]$/g, ""));
}

/** As pflag reads a boolean; undefined: it is not there. */
function flagIn(words: readonly string[], flag: string): boolean | undefined {
  const word = words.findLast((word) => word === flag || word.startsWith(`${flag}=`));
  return word === undefined ? undefined : word === flag || /=(?:1|t|true)$/i.test(word);
}
