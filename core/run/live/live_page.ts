/**
 * The live page of a run, at `/` of `--metrics-addr`: looks at it, and hands over what its viewers ask
 * for. Never changes a run itself.
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { Clock } from "../../load/clock.ts";
import { BodyTooLargeError, readBody } from "../../net/http_server.ts";
import { parsedJson } from "../../parsed_json.ts";
import { Change } from "../../run_log/change.ts";
import { CannotChangeError, type Steering } from "../steering.ts";
import { Access } from "./access.ts";
import { pageHeaders, renderPage } from "./page.ts";
import { refusal, SAFE_HEADERS } from "./refusal.ts";
import type { Moment } from "./moment.ts";
import { Viewers } from "./viewers.ts";

const EVENTS_PATH = "/live/events";
const CHANGE_PATH = "/live/change";
const MOST_CHANGE_BYTES = 4_096;
const RETRY_AFTER_SEC = "5";

export interface LivePageOptions {
  readonly clock: Clock;
  /** Who has it may change the run. */
  readonly token: string;
  /** The host that is listened on, as it was given. */
  readonly hostname: string;
  readonly steering: Pick<Steering, "change">;
  /** Asked only while somebody looks. */
  readonly look: () => Moment;
}

type Answer = (request: Request, peer: string) => Response | Promise<Response>;

export class LivePage {
  readonly #access: Access;
  readonly #viewers: Viewers;
  readonly #steering: LivePageOptions["steering"];
  /** By path and method; HEAD is asked as GET. */
  readonly #answers: ReadonlyMap<string, Readonly<Record<string, Answer>>>;

  constructor(options: LivePageOptions) {
    this.#access = new Access(options);
    this.#viewers = new Viewers(options);
    this.#steering = options.steering;
    this.#answers = new Map<string, Readonly<Record<string, Answer>>>([
      ["/", { GET: (request, peer) => this.#shell(request, peer) }],
      [EVENTS_PATH, { GET: (request, peer) => this.#events(request, peer) }],
      [CHANGE_PATH, { POST: (request, peer) => this.#change(request, peer) }],
    ]);
  }

  /** How many look now. */
  get viewerCount(): number {
    return this.#viewers.count;
  }

  /** Something has happened in the run. */
  changed(): void {
    this.#viewers.changed();
  }

  /** The run is over: what is open ends with its last state. */
  end(): Promise<void> {
    return this.#viewers.end();
  }

  /** @param peer the address that the request came from; undefined: the path is none of the page's */
  answer(request: Request, peer: string): Promise<Response> | undefined {
    const answers = this.#answers.get(URL.parse(request.url)?.pathname ?? "");
    return answers === undefined ? undefined : this.#answer(request, { answers, peer });
  }

  async #answer(
    request: Request,
    { answers, peer }: { answers: Readonly<Record<string, Answer>>; peer: string },
  ): Promise<Response> {
    const { method } = request;
    const answer = answers[method === "HEAD" ? "GET" : method];
    if (answer !== undefined) return await answer(request, peer);
    const allow = Object.keys(answers).flatMap((one) => one === "GET" ? ["GET", "HEAD"] : [one])
      .concat("OPTIONS").join(", ");
    // Without a word about other origins: a browser asks nothing further for their pages.
    if (method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { ...SAFE_HEADERS, allow } });
    }
    return refusal(405, `Cannot ${method} here: only ${allow}`, { allow });
  }

  #shell(request: Request, peer: string): Response {
    return this.#access.refusalOf(request, { peer, what: "shell" }) ??
      new Response(request.method === "HEAD" ? null : renderPage(), { headers: pageHeaders() });
  }

  #events(request: Request, peer: string): Response {
    const refused = this.#access.refusalOf(request, { peer, what: "look" });
    if (refused !== undefined) return refused;
    const headers = { ...SAFE_HEADERS, "content-type": "text/event-stream; charset=utf-8" };
    if (request.method === "HEAD") return new Response(null, { headers });
    if (this.#viewers.isFull) {
      const retry = { "retry-after": RETRY_AFTER_SEC };
      return refusal(503, `Cannot show it to more than ${this.#viewers.count} at a time`, retry);
    }
    return new Response(this.#viewers.open(request.headers.get("last-event-id")), { headers });
  }

  async #change(request: Request, peer: string): Promise<Response> {
    const refused = this.#access.refusalOf(request, { peer, what: "change" });
    if (refused !== undefined) return refused;
    const type = request.headers.get("content-type") ?? "";
    if (!/^application\/json *(?:;|$)/i.test(type)) {
      return refusal(415, "Cannot read the change: expected content-type application/json");
    }
    const change = await changeIn(request);
    if (change instanceof Response) return change;
    try {
      return Response.json({ now: await this.#steering.change(change, "page") }, {
        headers: SAFE_HEADERS,
      });
    } catch (error) {
      return refusal(error instanceof CannotChangeError ? 409 : 500, messageOf(error));
    }
  }
}

async function changeIn(request: Request): Promise<Change | Response> {
  try {
    const body = await readBody(request.body, { mostBytes: MOST_CHANGE_BYTES });
    const parsed = Change.safeParse(parsedJson(body.toString("utf8")));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    return refusal(400, `Cannot read the change: ${where}${issue?.message}`);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    return refusal(413, `Cannot read the change: ${error.message}`);
  }
}
