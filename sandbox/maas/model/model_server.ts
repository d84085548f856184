/**
 * The model on a socket of its own, without a gateway in front of it.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { messageOf } from "../../../core/errors.ts";
import { HttpServer } from "../../../core/net/http_server.ts";
import { createRng } from "../../../core/load/rng.ts";
import { type ModelSettings, TUNED } from "../settings.ts";
import { Model } from "./model.ts";

export interface ModelServerOptions {
  readonly clock: Clock;
  /** Names that it answers to. */
  readonly models: readonly string[];
  readonly listen?: { readonly hostname: string; readonly port: number };
  readonly settings?: Partial<ModelSettings>;
}

/** Serves `/v1/chat/completions`, `/v1/completions`, `/v1/models`, `/health` and `/metrics`. */
export class ModelServer {
  readonly #server: HttpServer;
  readonly #model: Model;
  /** May be changed while it serves. */
  settings: ModelSettings;

  constructor({ clock, models, listen, settings = {} }: ModelServerOptions) {
    this.settings = { ...TUNED.model, ...settings };
    this.#model = new Model({ clock, rng: createRng(1), models });
    this.#server = new HttpServer({
      listen: listen ?? { hostname: "127.0.0.1", port: 0 },
      clock,
      handler: (request) => this.#answer(request),
      onError: (error) => new Response(`Sandbox defect: ${messageOf(error)}\n`, { status: 500 }),
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async close(): Promise<void> {
    await this.#server.close({ graceMs: 500 });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = await request.text();
    switch (pathname) {
      case "/health":
        return new Response(null);
      case "/metrics":
        return new Response(this.#model.metricsPage());
      case "/v1/models":
        return Response.json(modelList(this.#model.names.map((id) => ({ id }))));
      case "/v1/chat/completions":
      case "/v1/completions":
        return (await this.#model.ask(pathname, body, this.settings)).response;
      default:
        return new Response("Not Found", { status: 404 });
    }
  }
}

/** As the OpenAI API lists models. */
export function modelList(models: readonly { readonly id: string }[]): unknown {
  return {
    object: "list",
    data: models.map((model) => ({ object: "model", created: 0, owned_by: "llm", ...model })),
  };
}
