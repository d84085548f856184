/**
 * Flags -> what this process is: a server, a client or both. Checks everything that can be known
 * before anything is opened; opens nothing but the PEM files.
 * @module
 */

import { CannotRunError, messageOf, UsageError } from "../core/errors.ts";
import type { ArrivalProcess } from "../core/load/arrival.ts";
import { parseArrival } from "../core/load/arrival_spec.ts";
import type { LoadModel } from "../core/load/executor.ts";
import { parseAddress } from "../core/net/address.ts";
import { checkPemPair, type PemPair } from "../core/net/pem_pair.ts";
import type { Invocation } from "../core/command/command.ts";
import { isGiven, shownWithChosen } from "../core/command/settings.ts";
import { readTextFile } from "../core/files.ts";
import { formatDuration } from "../core/units.ts";
import {
  DEFAULT_PING_PERIOD_MS,
  HTTPERF_FLAGS,
  type HttperfFlags,
  type HttperfValues,
  LEAST_PING_PERIOD_MS,
} from "./flags.ts";

export interface ServerRole {
  readonly hostname: string;
  /** 0: a free one. */
  readonly port: number;
  /** The user's own certificate; undefined: one is made. */
  readonly own: PemPair | undefined;
}

export interface ClientRole {
  /** Undefined: the server of this process. */
  readonly baseUrl: URL | undefined;
  readonly model: LoadModel;
  readonly caPem: string | undefined;
  readonly clientCert: PemPair | undefined;
}

/** At least one of the two. */
export interface Roles {
  readonly server: ServerRole | undefined;
  readonly client: ClientRole | undefined;
}

/** What a run of both ends takes when nothing is said: short, and enough requests for a p99. */
const DEMO: Partial<HttperfValues> = {
  duration: 10_000,
  connections: 2,
  threads: 16,
  "blocks-per-request": 50,
};

/** Without --listen and --base-url: both ends here, with a short demonstration's values where none are given. */
export function withDemoValues(
  invocation: Invocation<HttperfFlags>,
): Invocation<HttperfFlags> {
  const { values, shown } = invocation;
  if (values.listen !== undefined || values["base-url"] !== undefined) return invocation;
  const hasLimit = ["duration", "requests", "bytes", "ladder", "find-max"]
    .some((name) => isGiven(shown, name));
  const chosen: Partial<HttperfValues> = Object.fromEntries(
    Object.entries(DEMO).filter(([name]) =>
      !isGiven(shown, name) && !(name === "duration" && hasLimit)
    ),
  );
  return {
    ...invocation,
    values: { ...values, ...chosen },
    shown: shownWithChosen(shown, { flags: HTTPERF_FLAGS, chosen, source: "demo" }),
  };
}

/**
 * @throws {UsageError} for flags that contradict each other or cannot be read
 * @throws {CannotRunError} for a file that cannot be read, and a certificate that cannot be used
 */
export function rolesOf(values: HttperfValues, now: Date): Roles {
  const { listen } = values;
  checkPingPeriod(values);
  const givenUrl = values["base-url"];
  const isServer = listen !== undefined || givenUrl === undefined;
  const pair = pemPair(values, now);
  const isClient = givenUrl !== undefined || listen === undefined;
  return {
    server: isServer ? { ...listenAddress(listen), own: pair } : undefined,
    client: isClient
      ? {
        baseUrl: givenUrl === undefined ? undefined : baseUrlOf(givenUrl),
        model: loadModel(values),
        caPem: values.ca === undefined ? undefined : readPem("--ca", values.ca),
        clientCert: isServer ? undefined : pair,
      }
      : undefined,
  };
}

function checkPingPeriod({ http1, "ping-period": periodMs }: HttperfValues): void {
  if (periodMs > 0 && periodMs < LEAST_PING_PERIOD_MS) {
    const least = formatDuration(LEAST_PING_PERIOD_MS);
    throw new UsageError(
      `--ping-period must be 0 (no PINGs) or at least ${least}, not ${formatDuration(periodMs)}`,
    );
  }
  if (http1 && periodMs > 0 && periodMs !== DEFAULT_PING_PERIOD_MS) {
    throw new UsageError("--ping-period has no effect with --http1: HTTP/1.1 has no PINGs");
  }
}

function listenAddress(listen: string | undefined): { hostname: string; port: number } {
  if (listen === undefined) return { hostname: "127.0.0.1", port: 0 };
  try {
    return parseAddress(listen, { defaultHost: "0.0.0.0" });
  } catch (error) {
    throw new UsageError(`--listen: ${messageOf(error)}`, { cause: error });
  }
}

function baseUrlOf(text: string): URL {
  const url = new URL(text);
  if (url.protocol === "https:") return url;
  throw new UsageError(
    `--base-url must be https, not "${url.protocol.slice(0, -1)}": the blocks go over TLS`,
  );
}

/** @throws {UsageError} for values that contradict each other or cannot be read */
export function loadModel(values: HttperfValues): LoadModel {
  const { threads, connections, workers, rate } = values;
  if (workers > connections) {
    throw new UsageError(
      `--workers must be at most --connections (${connections}), not ${workers}`,
    );
  }
  if (rate === undefined) {
    return { kind: "closed", workers: threads, thinkMs: 0 };
  }
  if (workers > 1) throw new UsageError("--rate works with one thread: leave out --workers");
  return {
    kind: "open",
    arrivals: arrivalsOf(rate),
    maxInFlight: values["max-in-flight"],
    whenFull: values["when-full"],
    catchUp: values["catch-up"],
  };
}

/** @throws {UsageError} if `--rate` cannot be read */
export function arrivalsOf(rate: string): ArrivalProcess {
  try {
    return parseArrival(rate, readTextFile);
  } catch (error) {
    throw new UsageError(`--rate: ${messageOf(error)}`, { cause: error });
  }
}

function pemPair({ cert, key }: HttperfValues, now: Date): PemPair | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new UsageError("--cert and --key go together");
  const pair = { certPem: readPem("--cert", cert), keyPem: readPem("--key", key) };
  const names = { cert: `The certificate of --cert "${cert}"`, key: `The key of --key "${key}"` };
  checkPemPair(pair, { names, now });
  return pair;
}

function readPem(flagName: string, path: string): string {
  let pem: string;
  try {
    pem = readTextFile(path);
  } catch (error) {
    throw new CannotRunError(`${flagName}: cannot read "${path}": ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!pem.includes("-----BEGIN ")) {
    throw new CannotRunError(`${flagName}: "${path}" is not a PEM file`);
  }
  return pem;
}
