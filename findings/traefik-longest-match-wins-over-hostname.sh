#!/usr/bin/env bash
# Traefik 3.7.15: a route for a wildcard host takes requests from the route for the exact host as soon
# as its path is longer, and one for a shorter path wins by its headers.
#
# Expected: the Gateway API 1.5.1 orders routes that match a request. First by hostname: of overlapping
# ones, rules of the route with the longest matching non-wildcard hostname (HTTPRouteSpec.hostnames);
# among those, the longest path prefix, then the method, then the number of headers
# (HTTPRouteRule.matches). Contour 1.33.8 does so.
# Seen: `*.example` with path /a is answered instead of `shop.example` with path /; with / for both the
# exact host wins. And a match of /api with five headers is answered instead of one of /api/v1, with
# one header it is not. All routes are Accepted.
# So: what is "the catch-all" depends on the gateway. Generated routes with random paths on shared
# and wildcard hosts are answered by other backends than a reference has, and a probe that tells its
# backends apart counts wrong answers that no status explains. Keep probe routes on hosts of their own.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_envoy
start_traefik
kube - <<'PY' | tee "$dir/seen.txt"
import itertools
import time
from kube import *

HEADERS = {f"x-{which}": "yes" for which in ("tenant", "region", "zone", "device", "canary")}
controllers = {"contour": CONTOUR, "traefik": TRAEFIK}
number = itertools.count()
cases = []


def case(what, path, *matches):
    """Two routes that match a request to the path, the one that must answer first."""
    host = f"shop.case-{len(cases)}.example"
    for controller in controllers:
        for port, (hostname, prefix, header_count) in zip(PORTS, matches):
            names = list(HEADERS)[:header_count]
            match = {
                "path": {"type": "PathPrefix", "value": prefix},
                "headers": [{"name": name, "value": "yes"} for name in names],
            }
            one = route(f"r{next(number)}", [controller], matches=[match], **to(controller, port))
            one["spec"]["hostnames"] = [host.replace("shop", hostname)]
            create(ROUTES, one)
    cases.append((what, host, path))


make_backend()
make_contour_gateway()
make_traefik_gateway()
case("shop.example / or *.example /", "/", ("shop", "/", 0), ("*", "/", 0))
case("shop.example / or *.example /a", "/a", ("shop", "/", 0), ("*", "/a", 0))
for count in (1, 5):
    what = f"/api/v1 or /api with {count} of the headers"
    case(what, "/api/v1", ("shop", "/api/v1", 0), ("shop", "/api", count))
time.sleep(8)
accepted = [conditions(parents(f"r{each}")[0])["Accepted"] for each in range(next(number))]
print(f"{len(accepted)} routes, Accepted: {' '.join(set(accepted))}")
for what, host, path in cases:
    for controller, address in controllers.items():
        connection = http.client.HTTPConnection(address, LISTENER, timeout=10)
        connection.request("GET", path, headers={"Host": host, **HEADERS})
        port = int(connection.getresponse().read())
        print(f"{what}, {controller}: the {('first', 'second')[PORTS.index(port)]}")
        connection.close()
PY
diff - "$dir/seen.txt" <<'TXT'
16 routes, Accepted: True/Accepted
shop.example / or *.example /, contour: the first
shop.example / or *.example /, traefik: the first
shop.example / or *.example /a, contour: the first
shop.example / or *.example /a, traefik: the second
/api/v1 or /api with 1 of the headers, contour: the first
/api/v1 or /api with 1 of the headers, traefik: the first
/api/v1 or /api with 5 of the headers, contour: the first
/api/v1 or /api with 5 of the headers, traefik: the second
TXT
echo "as found with Traefik 3.7.15, Contour 1.33.8 and the Gateway API 1.5.1"
