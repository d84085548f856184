/**
 * What is this process doing right now? Answers over HTTP with its metrics and with profiles that
 * `go tool pprof` reads. It asks for no password and shows function names and figures of the run, so
 * it listens on loopback unless told otherwise; it never changes the run. Other pages may be served
 * beside these, which look after themselves.
 * @module
 */

import { CannotRunError, messageOf, UsageError } from "../errors.ts";
import type { Clock } from "../load/clock.ts";
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { type HttpHandler, HttpServer } from "../net/http_server.ts";
import { CpuProfileBusyError, startCpuProfile } from "./cpu_profile.ts";
import { type HeapSampling, startHeapSampling } from "./heap_profile.ts";

export interface DiagnosticsHandlerOptions {
  clock: Clock;
  /** The text of `/metrics`, in the Prometheus text format 0.0.4. */
  metrics: () => string;
  /** The program and its arguments for `/debug/pprof/cmdline`, secrets already taken out. */
  commandLine: readonly string[];
  /** Where `/debug/pprof/heap` comes from; whoever started it closes it. */
  heapSampling: HeapSampling;
  /** Ends a CPU profile early, which is then served as far as it got. */
  signal?: AbortSignal;
}

interface DiagnosticsOptions extends Omit<DiagnosticsHandlerOptions, "heapSampling" | "signal"> {
  /**
   * Answers for other paths; undefined: this one is none of them either.
   * @param peer the address that the request came from
   */
  others?: (request: Request, peer: string) => Promise<Response> | undefined;
  /** Where to listen: `PORT` or `:PORT` (loopback), `HOST:PORT`, `[IPV6]:PORT`; port 0 is any free one. */
  address: string;
  /** Told once when clients had to be turned away; it goes on by itself. */
  onInterrupted?: ((message: string) => void) | undefined;
}

interface Diagnostics extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:9376`. */
  readonly url: string;
  /** Ends a CPU profile that is being taken, answers it, and stops listening. */
  close(): Promise<void>;
}

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null;

const DEFAULT_PROFILE_SEC = 30;
const LONGEST_PROFILE_SEC = 300;
const MS_PER_SEC = 1_000;
/** How long `close()` waits for clients that do not take their answers. */
const CLOSE_GRACE_MS = 1_000;

/** Profiles that continuous profilers ask a Go program for, and why there are none here. */
const MISSING_PROFILES: Readonly<Record<string, string>> = {
  allocs: "V8 forgets objects that are gone; heap has those that are alive",
  block: "JavaScript waits for no lock; loopLag in /metrics tells how late the event loop is",
  mutex: "JavaScript waits for no lock; loopLag in /metrics tells how late the event loop is",
  goroutine: "JavaScript has none, one thread runs everything; profile shows what it does",
  threadcreate: "the runtime does not tell who started its threads",
  symbol: "functions have their names in the profiles already",
  trace: "the runtime writes no execution trace; profile shows where the time goes",
};
const PROFILES = "profile, heap and cmdline";
const PROFILE_PATH = "/debug/pprof/";

const INDEX = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>scaletool diagnostics</title></head><body>
<h1>scaletool diagnostics</h1>
<ul>
<li><a href="/debug/pprof/profile?seconds=30">profile</a>: CPU time of the main thread over the next
?seconds=N (1 to ${LONGEST_PROFILE_SEC}, default ${DEFAULT_PROFILE_SEC}); one at a time</li>
<li><a href="/debug/pprof/heap">heap</a>: who allocated what is on the JavaScript heap, since the sampling began</li>
<li><a href="/debug/pprof/cmdline">cmdline</a>: the command line, without secrets</li>
</ul>
<p>Read a profile with <code>go tool pprof URL</code>. A continuous profiler may scrape profile and heap. Of what Go has there is no:</p>
<ul>
${Object.entries(MISSING_PROFILES).map(([name, why]) => `<li>${name}: ${why}</li>`).join("\n")}
</ul>
</body></html>
`;

/**
 * Answers `/metrics`, `/healthz` and everything below `/debug/pprof/`, for mounting into any server.
 * Never rejects: what goes wrong becomes a 4xx or 5xx with one line of plain text.
 */
export function diagnosticsHandler(
  options: DiagnosticsHandlerOptions,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refusal(405, `Cannot ${request.method} here: only GET and HEAD`, {
        allow: "GET, HEAD",
      });
    }
    try {
      return await answer(request, options);
    } catch (error) {
      return refusal(500, messageOf(error));
    }
  };
}

async function answer(request: Request, options: DiagnosticsHandlerOptions): Promise<Response> {
  const { pathname } = new URL(request.url);
  switch (pathname) {
    case "/healthz":
      return reply("ok\n", "text/plain; charset=utf-8");
    case "/metrics":
      return reply(options.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    case "/debug/pprof":
      return new Response(null, { status: 307, headers: { location: "/debug/pprof/" } });
    case "/debug/pprof/":
      return reply(INDEX, "text/html; charset=utf-8");
    case "/debug/pprof/cmdline":
      return reply(options.commandLine.join("\0"), "text/plain; charset=utf-8");
    case "/debug/pprof/heap":
      return profileReply("heap", await options.heapSampling.takeProfile());
    case "/debug/pprof/profile":
      return await cpuProfile(request, options);
    default:
      return refusal(404, `Cannot find ${pathname}: ${whyMissing(pathname)}`);
  }
}

/** What to ask for instead. */
function whyMissing(pathname: string): string {
  if (!pathname.startsWith(PROFILE_PATH)) return "there are /metrics, /healthz, /debug/pprof/";
  const name = pathname.slice(PROFILE_PATH.length);
  const why = Object.hasOwn(MISSING_PROFILES, name) ? `${MISSING_PROFILES[name]}; ` : "";
  return `${why}there are ${PROFILES} below ${PROFILE_PATH}`;
}

async function cpuProfile(
  request: Request,
  options: DiagnosticsHandlerOptions,
): Promise<Response> {
  const asked = new URL(request.url).searchParams.getAll("seconds");
  const text = asked[0] ?? String(DEFAULT_PROFILE_SEC);
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (asked.length > 1 || seconds < 1 || seconds > LONGEST_PROFILE_SEC) {
    return refusal(
      400,
      `Cannot profile for seconds=${asked.join("&seconds=")}: ` +
        `expected one whole number from 1 to ${LONGEST_PROFILE_SEC}`,
    );
  }
  if (request.method === "HEAD") return profileReply("profile", null);
  const ending = new AbortController();
  const { signal } = ending;
  try {
    const { profile } = await startCpuProfile(options.clock, {
      durationMs: seconds * MS_PER_SEC,
      signal: options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]),
    });
    return profileReply("profile", laterBody(profile, () => ending.abort()));
  } catch (error) {
    if (!(error instanceof CpuProfileBusyError)) throw error;
    return refusal(409, error.message, {
      "retry-after": String(Math.ceil(error.remainingMs / MS_PER_SEC)),
    });
  }
}

/**
 * A body that comes when the promise resolves. Its stream is how a client's going away is noticed:
 * Deno warns on stderr of whoever reads the signal of a request.
 */
function laterBody(
  content: Promise<Uint8Array<ArrayBuffer>>,
  onCancel: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(await content);
      controller.close();
    },
    async cancel() {
      onCancel();
      await content;
    },
  });
}

function profileReply(name: string, profile: Body): Response {
  const response = reply(profile, "application/octet-stream");
  response.headers.set("content-disposition", `attachment; filename="${name}"`);
  return response;
}

function refusal(status: number, message: string, headers: Record<string, string> = {}): Response {
  const type = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return new Response(`${message}\n`, { status, headers: { ...type, ...headers } });
}

function reply(body: Body, contentType: string): Response {
  return new Response(body, {
    headers: { "content-type": contentType, "x-content-type-options": "nosniff" },
  });
}

function addressOf(text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new UsageError(`--metrics-addr: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Starts the server, and the heap sampling with it: no allocation is sampled without diagnostics.
 * @throws {UsageError} if the address cannot be read
 * @throws {CannotRunError} if the address cannot be listened on
 */
export async function startDiagnostics(options: DiagnosticsOptions): Promise<Diagnostics> {
  const { clock } = options;
  const address = addressOf(options.address);
  const heapSampling = await startHeapSampling(clock);
  const closing = new AbortController();
  const own = diagnosticsHandler({ ...options, heapSampling, signal: closing.signal });
  const handler: HttpHandler = (request, { remoteAddr: { hostname } }) =>
    options.others?.(request, hostname) ?? own(request);
  let server: HttpServer;
  try {
    server = serve(address, { ...options, handler });
  } catch (error) {
    await heapSampling.close();
    throw error;
  }
  const close = async () => {
    closing.abort();
    await server.close({ graceMs: CLOSE_GRACE_MS });
    await heapSampling.close();
  };
  return { url: `http://${formatAddress(server.addr)}`, close, [Symbol.asyncDispose]: close };
}

function serve(
  address: Address,
  { clock, onInterrupted, handler }: Pick<DiagnosticsOptions, "clock" | "onInterrupted"> & {
    handler: HttpHandler;
  },
): HttpServer {
  const onError = (error: unknown) => refusal(500, messageOf(error));
  try {
    return new HttpServer({ listen: address, clock, handler, onError, onInterrupted });
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "the port is taken; choose another one, or 0 for any free one"
      : messageOf(error);
    throw new CannotRunError(
      `Cannot serve diagnostics on ${formatAddress(address)}: ${reason}`,
      { cause: error },
    );
  }
}
