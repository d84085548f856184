#!/usr/bin/env bash
# Contour 1.33.8: a Service that is made after the route that mirrors to it is not noticed, until
# something else changes.
#
# Expected: as with the Service of a backend, whose making turns ResolvedRefs to True and is served at
# once: the Gateway API 1.5.1 has one condition for all references of a route, which says whether the
# controller could resolve them.
# Seen: 20 s after a route's missing mirror was made, the route has ResolvedRefs=False, BackendNotFound,
# and of 20 requests none is mirrored. Another Service is made, that of another route: now the first
# route is resolved, too, and 20 of 20 requests are mirrored.
# So: in a quiet cluster shadow traffic never starts if the route was first; in a busy one it does, by
# the next change of anything. A set-up that makes routes before Services, or both at the same
# time, works under load and fails alone. Make the mirror first, or touch the route afterwards.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_envoy
kube - <<'PY' | tee "$dir/seen.txt"
import time
from kube import *

make_backend()
make_contour_gateway()
copy = {"name": "copy", "port": PORTS[1]}
mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": copy}}
create(ROUTES, route("mirrored", ["contour"], filters=[mirror], **to("contour")))
create(ROUTES, route("plain", ["contour"], **to("main")))


def see(what):
    before = asked[PORTS[1]]
    statuses = [ask(CONTOUR, "mirrored.example")[0] for _ in range(20)]
    time.sleep(1)
    print(f"{what}:")
    plain = ask(CONTOUR, "plain.example")[0]
    print(f"  route to a Service: {settled('plain')['ResolvedRefs']}, {plain}")
    answers = f"{statuses.count(200)} x 200, {asked[PORTS[1]] - before} mirrored"
    print(f"  route with a mirror: {settled('mirrored')['ResolvedRefs']}, {answers}")


time.sleep(5)
see("both are missing")
ports = [{"name": f"http-{port}", "port": port} for port in PORTS]
spec = {"type": "ExternalName", "externalName": BACKEND, "ports": ports}
create(SERVICES, {"metadata": {"name": "copy"}, "spec": spec})
time.sleep(20)
see("20 s after the mirror was made")
create(SERVICES, {"metadata": {"name": "main"}, "spec": spec})
time.sleep(5)
see("5 s after the other Service was made")
PY
diff - "$dir/seen.txt" <<'TXT'
both are missing:
  route to a Service: False/BackendNotFound, 500
  route with a mirror: False/BackendNotFound, 20 x 200, 0 mirrored
20 s after the mirror was made:
  route to a Service: False/BackendNotFound, 500
  route with a mirror: False/BackendNotFound, 20 x 200, 0 mirrored
5 s after the other Service was made:
  route to a Service: True/ResolvedRefs, 200
  route with a mirror: True/ResolvedRefs, 20 x 200, 20 mirrored
TXT
echo "as found with Contour 1.33.8 and the Gateway API 1.5.1"
