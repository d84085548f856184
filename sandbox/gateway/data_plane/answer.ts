/**
 * The answer to a request, by what its rule does.
 * Source: gateway-api v1.5.1, apis/v1/httproute_types.go (HTTPRequestRedirectFilter, HTTPHeaderFilter).
 * @module
 */

import type { RedirectFilter, RouteFilter } from "../objects.ts";
import type { Action } from "./action.ts";

/** Where a request came in. */
interface Asked {
  readonly url: URL;
  /** Of the listener, whatever the Host header says. */
  readonly port: number;
}

/** A backend's answer names its port and itself, so that one who asks knows which it was. */
export function answerOf(action: Action, asked: Asked): Response {
  switch (action.kind) {
    case "backend":
      return withFilters(
        `port=${action.port} path=${asked.url.pathname} service=${action.service}\n`,
        200,
        action.filters,
      );
    case "failure":
      return withFilters(action.body, action.status, []);
    case "redirect": {
      const answer = withFilters("", action.redirect.statusCode, action.filters);
      answer.headers.set("location", locationOf(action.redirect, asked));
      return answer;
    }
  }
}

/** What no route fits. */
export function notFound(): Response {
  return new Response(null, { status: 404 });
}

function withFilters(body: string, status: number, filters: readonly RouteFilter[]): Response {
  const headers = new Headers(body === "" ? {} : { "content-type": "text/plain; charset=utf-8" });
  for (const { responseHeaderModifier: change } of filters) {
    for (const { name, value } of change?.set ?? []) headers.set(name, value);
    for (const { name, value } of change?.add ?? []) headers.append(name, value);
    for (const name of change?.remove ?? []) headers.delete(name);
  }
  // Of a text the runtime would say itself what it is.
  const bytes = body === "" ? null : new TextEncoder().encode(body);
  return new Response(bytes, { status, headers });
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

function locationOf({ scheme, hostname, port, path }: RedirectFilter, asked: Asked): string {
  const { url } = asked;
  const newScheme = scheme ?? url.protocol.slice(0, -1);
  // Another scheme has its own port.
  const newPort = String(port ?? (scheme === undefined ? asked.port : DEFAULT_PORTS[scheme]));
  const shown = newPort === DEFAULT_PORTS[newScheme] ? "" : `:${newPort}`;
  const newPath = path?.replaceFullPath ?? url.pathname;
  return `${newScheme}://${hostname ?? url.hostname}${shown}${newPath}${url.search}`;
}
