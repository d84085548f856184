#!/usr/bin/env bash
# Traefik 3.7.15: the timeouts of an HTTPRoute have no effect, and the route is Accepted.
#
# Expected: the Gateway API 1.5.1 (HTTPRouteTimeouts): a gateway that could not respond before the
# deadline of `request` MUST return a timeout error. The field is in the standard channel; support of it
# is extended, so that a gateway may leave it out, and one would look for that in the route's status.
# Seen: a backend that works for 1 s. With `request: 200ms`, and with `backendRequest: 200ms`, Traefik
# answers 200 after 1 s, as without timeouts; Accepted=True, ResolvedRefs=True, no message. Contour
# 1.33.8 answers 504 after 0.2 s in both cases.
# So: the same route bounds latencies with one gateway and not with the other. A report of a slow
# backend has timeouts in one and a long tail in the other, and with a closed loop another rate. Send one
# request that must time out before a test relies on it.
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

WORK_SEC = 1
make_backend(WORK_SEC)
make_contour_gateway()
make_traefik_gateway()
timeouts = {
    "none": {},
    "request": {"request": "200ms"},
    "backendRequest": {"request": "10s", "backendRequest": "200ms"},
}
controllers = {"contour": CONTOUR, "traefik": TRAEFIK}
for controller in controllers:
    for what, values in timeouts.items():
        rule = {"timeouts": values} if values else {}
        create(ROUTES, route(f"{what.lower()}-{controller}", [controller], **to(controller), **rule))
time.sleep(8)
for controller, address in controllers.items():
    for what in timeouts:
        name = f"{what.lower()}-{controller}"
        start = time.monotonic()
        status = ask(address, f"{name}.example")[0]
        speed = "at once" if time.monotonic() - start < 0.8 * WORK_SEC else "after the work"
        states = " ".join(sorted(settled(name).values()))
        print(f"{controller}, timeout {what}: {states}, {status} {speed}")
PY
diff - "$dir/seen.txt" <<'TXT'
contour, timeout none: True/Accepted True/ResolvedRefs, 200 after the work
contour, timeout request: True/Accepted True/ResolvedRefs, 504 at once
contour, timeout backendRequest: True/Accepted True/ResolvedRefs, 504 at once
traefik, timeout none: True/Accepted True/ResolvedRefs, 200 after the work
traefik, timeout request: True/Accepted True/ResolvedRefs, 200 after the work
traefik, timeout backendRequest: True/Accepted True/ResolvedRefs, 200 after the work
TXT
echo "as found with Traefik 3.7.15, Contour 1.33.8 and the Gateway API 1.5.1"
