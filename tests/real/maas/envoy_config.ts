/**
 * How is Envoy told to be a Models-as-a-Service gateway? Who asks is known to the auth service, how often
 * to the limiter, and what an answer has used is read out of it on its way. A pure value.
 * Sources: Envoy 1.40 API, extensions.filters.http.{ext_authz,ratelimit,json_to_metadata,
 * sse_to_metadata}.v3; Kuadrant/wasm-shim for what it answers in their place.
 * @module
 */

import type { GatewayKnobs } from "./knobs.ts";
import { LIMIT_DOMAIN, MAAS, MODEL_PATH } from "./objects.ts";

const TYPE = "type.googleapis.com/envoy";
const FILTERS = `${TYPE}.extensions.filters.http`;
/** Where the auth service's word about a request is. */
const IDENTITY = "envoy.filters.http.ext_authz";
/** Where the usage that an answer told is. */
const USAGE = "scaletool.usage";

export interface EnvoySite {
  /** Everything listens here, and everybody else too. */
  readonly address: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly adminPort: number;
  readonly authPort: number;
  /** Undefined: nothing limits requests. */
  readonly limitsPort: number | undefined;
  readonly modelPort: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly accessLog: string;
}

export function envoyConfig(site: EnvoySite, knobs: GatewayKnobs) {
  const { address, limitsPort } = site;
  const h2 = {
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": `${TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  };
  const cluster = (name: string, port: number, options = {}) => ({
    name,
    type: "STATIC",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(address, port) } }] }],
    },
    ...options,
  });
  return {
    admin: { address: socket(address, site.adminPort) },
    static_resources: {
      listeners: [
        listener("http", { site, port: site.port, knobs }),
        listener("https", { site, port: site.tlsPort, knobs, tls: tlsOf(site) }),
      ],
      clusters: [
        cluster("model", site.modelPort),
        cluster("auth", site.authPort, h2),
        ...(limitsPort === undefined ? [] : [cluster("limits", limitsPort, h2)]),
      ],
    },
  };
}

function socket(address: string, port: number) {
  return { socket_address: { address, port_value: port } };
}

function listener(
  name: string,
  { site, port, knobs, tls = {} }: {
    site: EnvoySite;
    port: number;
    knobs: GatewayKnobs;
    tls?: Readonly<Record<string, unknown>>;
  },
) {
  return {
    name,
    address: socket(site.address, port),
    filter_chains: [{
      filters: [{
        name: "envoy.filters.network.http_connection_manager",
        typed_config: {
          "@type": `${TYPE}.extensions.filters.network.http_connection_manager.v3` +
            ".HttpConnectionManager",
          stat_prefix: name,
          access_log: [accessLog(site.accessLog)],
          // Clients name the port where they found the gateway.
          strip_any_host_port: true,
          route_config: { virtual_hosts: [virtualHost(knobs)] },
          http_filters: httpFilters(knobs, site.limitsPort !== undefined),
          ...(knobs.answers === "kuadrant" ? { local_reply_config: KUADRANT_TEXTS } : {}),
        },
      }],
      ...tls,
    }],
  };
}

function tlsOf({ certFile, keyFile }: EnvoySite) {
  return {
    transport_socket: {
      name: "envoy.transport_sockets.tls",
      typed_config: {
        "@type": `${TYPE}.extensions.transport_sockets.tls.v3.DownstreamTlsContext`,
        common_tls_context: {
          tls_certificates: [{
            certificate_chain: { filename: certFile },
            private_key: { filename: keyFile },
          }],
        },
      },
    },
  };
}

/** One line of JSON for each request. */
function accessLog(path: string) {
  return {
    name: "file",
    typed_config: {
      "@type": `${TYPE}.extensions.access_loggers.file.v3.FileAccessLog`,
      path,
      log_format: {
        json_format: {
          status: "%RESPONSE_CODE%",
          flags: "%RESPONSE_FLAGS%",
          details: "%RESPONSE_CODE_DETAILS%",
          ms: "%DURATION%",
          path: "%REQ(:PATH)%",
          user: `%DYNAMIC_METADATA(${IDENTITY}:userid)%`,
          tokens: `%DYNAMIC_METADATA(${USAGE}:total_tokens)%`,
        },
      },
    },
  };
}

/** What Kuadrant's filter says where Envoy's own say nothing. */
const KUADRANT_TEXTS = {
  mappers: [
    {
      filter: { and_filter: { filters: [flagged("UAEX"), { status_code_filter: is(500) }] } },
      body: { inline_string: "Internal Server Error.\n" },
    },
    { filter: flagged("RL"), body: { inline_string: "Too Many Requests\n" } },
  ],
};

function flagged(flag: string) {
  return { response_flag_filter: { flags: [flag] } };
}

function is(status: number) {
  return { comparison: { op: "EQ", value: { default_value: status, runtime_key: "none" } } };
}

function virtualHost({ routeTimeoutMs }: GatewayKnobs) {
  return {
    name: "maas",
    domains: [MAAS.host],
    routes: [
      {
        match: { prefix: `${MODEL_PATH}/` },
        route: {
          cluster: "model",
          regex_rewrite: {
            pattern: { regex: `^${MODEL_PATH}/` },
            substitution: "/",
          },
          ...(routeTimeoutMs === undefined ? {} : { timeout: duration(routeTimeoutMs) }),
        },
        typed_per_filter_config: {
          "envoy.filters.http.ratelimit": {
            "@type": `${FILTERS}.ratelimit.v3.RateLimitPerRoute`,
            rate_limits: RATE_LIMITS,
          },
        },
      },
      ...["/v1/models", "/maas-api/v1/models"].map((path) => says(path, MODELS)),
      says("/maas-api/health", { status: "healthy" }),
    ],
  };
}

const MODELS = {
  object: "list",
  data: [{
    id: MAAS.model,
    object: "model",
    created: 1_764_633_600,
    owned_by: MAAS.modelNamespace,
    ready: true,
    url: `http://${MAAS.host}${MODEL_PATH}`,
  }],
};

/** Whoever is known is told so. */
function says(path: string, answer: unknown) {
  return {
    match: { path },
    direct_response: { status: 200, body: { inline_string: JSON.stringify(answer) } },
    response_headers_to_add: [{ header: { key: "content-type", value: "application/json" } }],
  };
}

/**
 * A request is counted when it comes. Tokens can be counted only when the answer has told them, so that
 * the request before is asked about without being counted. Without a word of the auth service there is
 * no descriptor, and no limit.
 */
const RATE_LIMITS = [
  { actions: descriptor("requests") },
  { actions: descriptor("tokens"), hits_addend: { number: 0 } },
  {
    actions: descriptor("tokens"),
    hits_addend: { format: `%DYNAMIC_METADATA(${USAGE}:total_tokens)%` },
    apply_on_stream_done: true,
  },
];

/** What limits have in `descriptors[0]`. */
function descriptor(counts: "requests" | "tokens") {
  const fromIdentity = (key: string) => ({
    metadata: { descriptor_key: key, metadata_key: { key: IDENTITY, path: [{ key }] } },
  });
  return [
    { generic_key: { descriptor_key: "counts", descriptor_value: counts } },
    fromIdentity("tier"),
    fromIdentity("userid"),
    { request_headers: { header_name: ":path", descriptor_key: "path" } },
  ];
}

function httpFilters(knobs: GatewayKnobs, hasLimits: boolean) {
  const filter = (name: string, message: string, config = {}) => ({
    name: `envoy.filters.http.${name}`,
    typed_config: { "@type": `${FILTERS}.${name}.v3.${message}`, ...config },
  });
  return [
    filter("ext_authz", "ExtAuthz", {
      transport_api_version: "V3",
      grpc_service: service("auth", knobs.authTimeoutMs),
      ...(knobs.answers === "kuadrant" ? { status_on_error: { code: 500 } } : {}),
    }),
    ...(hasLimits ? [filter("ratelimit", "RateLimit", limitFilter(knobs))] : []),
    filter("json_to_metadata", "JsonToMetadata", { response_rules: { rules: [TOTAL_TOKENS] } }),
    filter("sse_to_metadata", "SseToMetadata", {
      response_rules: {
        content_parser: {
          name: "envoy.content_parsers.json",
          typed_config: {
            "@type": `${TYPE}.extensions.content_parsers.json.v3.JsonContentParser`,
            // The last one that is told.
            rules: [{ rule: TOTAL_TOKENS }],
          },
        },
      },
    }),
    filter("router", "Router"),
  ];
}

function limitFilter({ limitTimeoutMs, isLimitRequired }: GatewayKnobs) {
  return {
    domain: LIMIT_DOMAIN,
    failure_mode_deny: isLimitRequired,
    ...(limitTimeoutMs === undefined ? {} : { timeout: duration(limitTimeoutMs) }),
    rate_limit_service: { transport_api_version: "V3", grpc_service: service("limits") },
  };
}

function service(cluster: string, timeoutMs?: number) {
  return {
    envoy_grpc: { cluster_name: cluster },
    ...(timeoutMs === undefined ? {} : { timeout: duration(timeoutMs) }),
  };
}

const TOTAL_TOKENS = {
  selectors: [{ key: "usage" }, { key: "total_tokens" }],
  on_present: { metadata_namespace: USAGE, key: "total_tokens", type: "NUMBER" },
};

function duration(ms: number): string {
  return `${ms / 1_000}s`;
}
