"""What the findings about controllers do with an API server and a gateway."""

import collections
import http.client
import http.server
import json
import os
import ssl
import sys
import threading
import time

GATEWAYS = "/apis/gateway.networking.k8s.io/v1"
ROUTES = GATEWAYS + "/namespaces/default/httproutes"
SERVICES = "/api/v1/namespaces/default/services"
MERGE = "application/merge-patch+json"
PLANE, BACKEND = os.environ["PLANE"], os.environ["BACKEND"]
CONTOUR, TRAEFIK = os.environ["CONTOUR"], os.environ["TRAEFIK"]
PORTS = (18101, 18102)  # of the backend
LISTENER = 18080  # Envoy's and Traefik's port
asked = collections.Counter()  # Requests that came to each port of the backend
_TOKEN = {"Authorization": f"Bearer {os.environ['TOKEN']}"}


class Refused(Exception):
    """An answer of the API server that is none of 2xx."""


def connect():
    context = ssl.create_default_context(cafile=os.environ["KUBE_CA"])
    return http.client.HTTPSConnection(PLANE, 6443, context=context, timeout=30)


def send(method, path, body=None, content_type="application/json"):
    data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    connection = connect()
    try:
        connection.request(method, path, data, {**_TOKEN, "Content-Type": content_type})
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status >= 300:
        raise Refused(text)
    return json.loads(text) if text.startswith("{") else text


def get(path):
    return send("GET", path)


def create(path, body):
    return send("POST", path, body)


def patch(path, body):
    return send("PATCH", path, body, MERGE)


def delete(path):
    return send("DELETE", path)


def watch(path, seen):
    """Calls seen(seconds, object) in a thread for every change from now on."""
    start = get(path)["metadata"]["resourceVersion"]
    connection = connect()
    connection.timeout = None
    connection.request("GET", f"{path}?watch=1&resourceVersion={start}", headers=_TOKEN)
    answer = connection.getresponse()

    def read():
        for line in answer:
            seen(time.monotonic(), json.loads(line)["object"])

    threading.Thread(target=read, daemon=True).start()


def until(what, holds, seconds=30):
    """Polls; returns what it got."""
    end = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > end:
            sys.exit(f"not within {seconds} s: {what}")
        time.sleep(0.005)


def define(files):
    """Creates custom resource definitions and waits until discovery names them."""
    base = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    wanted = set()
    for file in files:
        with open(file, encoding="utf-8") as text:
            documents = text.read().split("\n---\n")
        for document in documents:
            if "\nkind: CustomResourceDefinition\n" not in document:
                continue
            spec = send("POST", base, document, "application/yaml")["spec"]
            for version in spec["versions"]:
                if version["served"]:
                    wanted.add((spec["group"], version["name"], spec["names"]["plural"]))

    def named():
        there = set()
        for group, version in {name[:2] for name in wanted}:
            try:
                resources = get(f"/apis/{group}/{version}")["resources"]
            except Refused:
                continue
            there |= {(group, version, resource["name"]) for resource in resources}
        return wanted <= there

    until("discovery names the new kinds", named, 60)


def make_gateway(name, controller, port, **listener):
    create(GATEWAYS + "/gatewayclasses", {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": name},
        "spec": {"controllerName": controller},
    })
    create(GATEWAYS + "/namespaces/default/gateways", {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": name},
        "spec": {
            "gatewayClassName": name,
            "listeners": [{"name": "http", "port": port, "protocol": "HTTP", **listener}],
        },
    })


def make_contour_gateway(**listener):
    # Contour has Envoy listen 8000 ports above the one that is asked for.
    make_gateway("contour", "projectcontour.io/gateway-controller", LISTENER - 8000, **listener)


def make_traefik_gateway(**listener):
    make_gateway("traefik", "traefik.io/gateway-controller", LISTENER, **listener)


def gateway(name):
    return get(f"{GATEWAYS}/namespaces/default/gateways/{name}")


def attached(name):
    listeners = gateway(name).get("status", {}).get("listeners", [])
    return listeners[0]["attachedRoutes"] if listeners else None


def make_backend(work_sec=0):
    """An HTTP server on two ports, with a Service for each of the controllers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            asked[self.server.server_address[1]] += 1
            time.sleep(work_sec)
            body = str(self.server.server_address[1]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    for port in PORTS:
        server = http.server.ThreadingHTTPServer((BACKEND, port), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # A gateway may hang up.
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ports = [{"name": f"http-{port}", "port": port} for port in PORTS]
    # Contour would look for EndpointSlices, which may not hold loopback addresses; Traefik connects to
    # a Service's own address, and the range of those is on the loopback here.
    for_contour = {"type": "ExternalName", "externalName": BACKEND, "ports": ports}
    for_traefik = {"clusterIP": BACKEND, "ports": ports}
    for name, spec in (("contour", for_contour), ("traefik", for_traefik)):
        create(SERVICES, {"metadata": {"name": name}, "spec": spec})


def route(name, parents, **rule):
    """From the host NAME.example; parents are names of Gateways."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name},
        "spec": {
            "parentRefs": [{"name": parent} for parent in parents],
            "hostnames": [f"{name}.example"],
            "rules": [rule],
        },
    }


def to(service, port=PORTS[0]):
    return {"backendRefs": [{"name": service, "port": port}]}


def parents(name):
    return get(f"{ROUTES}/{name}").get("status", {}).get("parents", [])


def conditions(of):
    """As {type: "status/reason"}."""
    return {each["type"]: f"{each['status']}/{each['reason']}" for each in of["conditions"]}


def settled(name, controller=""):
    """The conditions that a controller (or the only one) gives a route, as soon as there are any."""
    return conditions(until(
        f"{controller} writes the status of {name}",
        lambda: [one for one in parents(name) if controller in one["controllerName"]],
    )[0])


def ask(address, host, port=LISTENER, connection=None):
    """Status, body and headers of GET / there; status 0 if nobody listens."""
    used = connection or http.client.HTTPConnection(address, port, timeout=10)
    try:
        used.request("GET", "/", headers={"Host": host})
        answer = used.getresponse()
        return answer.status, answer.read().decode().strip(), answer.headers
    except OSError:
        return 0, "", {}
    finally:
        if connection is None:
            used.close()


def served(address, host):
    until(f"{host} is served", lambda: ask(address, host)[0] in (200, 302))
