#!/usr/bin/env bash
# Contour 1.33.8 and Traefik 3.7.15: with a filter that the gateway does not support, a refused route is
# served and an accepted one is not.
#
# Expected: the Gateway API 1.5.1 (HTTPRouteFilter.type): a filter type that an implementation does not
# know makes the route Accepted=False, UnsupportedValue. The request never goes through as if the filter
# were not there: for custom types the standard says that they must not be skipped, and that requests
# must get an error.
# Seen, with the types of the standard channel that each does not know:
#   Contour, CORS             Accepted=False, UnsupportedValue    200, without the filter
#   Traefik, CORS             Accepted=True                       500
#   Traefik, RequestMirror    Accepted=True                       500
# (Contour is built with 1.3.0, whose standard channel has no CORS; the kinds here are those of 1.5.1.)
# Traefik's log has the reason, its statuses have ResolvedRefs=True and no message.
# So: Accepted tells neither way whether a route is served. A wait for it never ends in the first case,
# while the route answers without what was asked of it, and ends well in the others, where it answers
# nothing but 500. Ask the data plane.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_envoy
start_traefik
kube - <<'PY' | tee "$dir/seen.txt"
import time
from kube import *

make_backend()
make_contour_gateway()
make_traefik_gateway()
addresses = {"contour": CONTOUR, "traefik": TRAEFIK}
cors = {"type": "CORS", "cors": {"allowOrigins": ["https://other.example"]}}


def mirror(controller):
    reference = {"name": controller, "port": PORTS[1]}
    return {"type": "RequestMirror", "requestMirror": {"backendRef": reference}}


cases = (
    ("contour", "no filter", None),
    ("contour", "CORS", cors),
    ("contour", "RequestMirror", mirror("contour")),
    ("traefik", "no filter", None),
    ("traefik", "CORS", cors),
    ("traefik", "RequestMirror", mirror("traefik")),
)
for index, (controller, _, one) in enumerate(cases):
    filters = {"filters": [one]} if one else {}
    create(ROUTES, route(f"r{index}", [controller], **to(controller), **filters))
time.sleep(8)
for index, (controller, what, _) in enumerate(cases):
    states = " ".join(sorted(settled(f"r{index}").values()))
    print(f"{controller}, {what}: {states}, {ask(addresses[controller], f'r{index}.example')[0]}")
PY
diff - "$dir/seen.txt" <<'TXT'
contour, no filter: True/Accepted True/ResolvedRefs, 200
contour, CORS: False/UnsupportedValue True/ResolvedRefs, 200
contour, RequestMirror: True/Accepted True/ResolvedRefs, 200
traefik, no filter: True/Accepted True/ResolvedRefs, 200
traefik, CORS: True/Accepted True/ResolvedRefs, 500
traefik, RequestMirror: True/Accepted True/ResolvedRefs, 500
TXT
echo "as found with Contour 1.33.8, Traefik 3.7.15 and the Gateway API 1.5.1"
