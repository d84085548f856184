/**
 * The paths below `/v1` that are no socket: lists, single objects, schemas.
 * Source: rancher/steve v0.10.2, pkg/server/router/router.go, pkg/server/handler.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { resourcePath } from "../../../kube/resource.ts";
import { SANDBOX_USER } from "../../authentication.ts";
import type { ApiHandler } from "../../faults/fault.ts";
import type { Caches } from "../caches/caches.ts";
import type { SteveFaultChain } from "../faults/fault_chain.ts";
import { listBody } from "./list.ts";
import { rawResource } from "./raw_resource.ts";
import { type Schema, schemaBody, schemasBody } from "./schema.ts";
import { SteveError } from "./steve_error.ts";

interface RestOptions {
  readonly kube: ApiHandler;
  readonly clock: Clock;
  readonly caches: Caches;
  readonly faults: SteveFaultChain;
  readonly ended: AbortSignal;
}

interface RestRequest {
  readonly request: Request;
  /** From `/v1/` on, without it. */
  readonly path: string;
  readonly baseUrl: string;
}

export class Rest {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  async answer(given: RestRequest): Promise<Response> {
    const { request, baseUrl } = given;
    try {
      const body = await this.#body(given);
      // For a type that is unknown there is nothing that could write a body.
      if (body === undefined) return new Response(null, { status: 404 });
      return jsonAnswer(body, { request, baseUrl });
    } catch (error) {
      if (!(error instanceof SteveError)) throw error;
      return jsonAnswer(error.body, { request, baseUrl, status: error.status });
    }
  }

  async #body({ request, path, baseUrl }: RestRequest): Promise<string | undefined> {
    const [type = "", first = "", second = ""] = path.split("/").map(decodeURIComponent);
    const { schemas } = this.#options.caches;
    if (request.method !== "GET") throw new SteveError("MethodNotAllowed", "");
    if (type === "schemas" || type === "schema") {
      return first === ""
        ? schemasBody(schemas.all(), baseUrl)
        : schemaBody(schemas.lookup(first), baseUrl);
    }
    const schema = schemas.lookup(type);
    if (schema === undefined) return undefined;
    if (second !== "") {
      return await this.#object(schema, { namespace: first, name: second, baseUrl });
    }
    if (first !== "" && !schema.resource.namespaced) {
      return await this.#object(schema, { namespace: "", name: first, baseUrl });
    }
    return await this.#list(schema, { request, namespace: first, baseUrl });
  }

  async #list(
    schema: Schema,
    { request, namespace, baseUrl }: { request: Request; namespace: string; baseUrl: string },
  ): Promise<string> {
    const { caches, faults, clock, ended } = this.#options;
    if (!schema.resource.verbs.includes("list")) {
      const why = `resource ${schema.id} is not a listable resource`;
      throw new SteveError("MethodNotAllowed", why);
    }
    const cache = caches.of(schema);
    await cache.ready;
    await faults.beforeList(ended);
    const { pathname, searchParams: query } = new URL(request.url);
    const url = new URL(baseUrl).origin + pathname;
    return listBody(cache, { query, namespace, baseUrl, url, now: clock.wallNow() });
  }

  /** Past the cache, as the real one does. */
  async #object(
    schema: Schema,
    { namespace, name, baseUrl }: { namespace: string; name: string; baseUrl: string },
  ): Promise<string> {
    const { kube, clock, ended } = this.#options;
    const answer = await kube({
      method: "GET",
      path: resourcePath(schema.resource, { namespace, name }),
      headers: new Headers(),
      body: "",
      user: SANDBOX_USER,
      signal: ended,
    });
    const object = await answer.json() as KubeObject & { message?: string; reason?: string };
    if (!answer.ok) {
      const code = { code: object.reason ?? "ServerError", status: answer.status };
      throw new SteveError(code, object.message ?? "");
    }
    return rawResource(object, { schema, baseUrl, now: clock.wallNow() }) + "\n";
  }
}

function jsonAnswer(
  body: string,
  { request, baseUrl, status = 200 }: { request: Request; baseUrl: string; status?: number },
): Response {
  const headers = new Headers({
    "content-type": "application/json",
    expires: "Wed 24 Feb 1982 18:42:00 GMT",
    "x-api-schemas": `${baseUrl}/v1/schemas`,
  });
  if (!acceptsGzip(request)) return new Response(body, { status, headers });
  headers.set("content-encoding", "gzip");
  const packed = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(packed, { status, headers });
}

function acceptsGzip({ headers }: Request): boolean {
  return /\bgzip\b/.test(headers.get("accept-encoding") ?? "");
}
