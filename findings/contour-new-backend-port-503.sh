#!/usr/bin/env bash
# Contour 1.33.8 with Envoy 1.40.0: a route that changes to another port of its Service answers 503
# for some milliseconds, although both ports are served all the time.
#
# Expected: a change from one good backend to another costs no request. Envoy's description of the xDS
# protocol (eventual consistency) says how: make before break, clusters first and routes that use them
# only afterwards.
# Seen: one connection, one request after the other, and 40 changes between two ports of a Service.
# Without any other route 273 of 26,434 answers were 503 with an empty body, and the route is Accepted
# and its references are resolved at the end as before. If two more routes use one port each, so that
# Envoy knows both clusters already, the same 40 changes cost nothing (0 of 29,998), nor do 40 changes of
# weights between 1:0 and 0:1 in a route that names both (0 of 28,022).
# (Shown with a Service of type ExternalName: an EndpointSlice may not hold loopback addresses.)
# So: a blue-green switch in an HTTPRoute loses requests with this gateway, and a load of some requests
# a second seldom sees it. To measure the loss, send fast and have no other route to the new port; to
# avoid it, have one, or name both backends in the route and move their weights.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_envoy
kube - <<'PY' | tee "$dir/seen.txt"
import collections
import threading
import time
from kube import *

CHANGES = 40
make_backend()
make_contour_gateway()
create(ROUTES, route("changing", ["contour"], **to("contour")))
served(CONTOUR, "changing.example")


def alternate(case, rules):
    """What is answered to requests one after another while the rules alternate."""
    answers = collections.Counter()
    over = threading.Event()

    def load():
        connection = http.client.HTTPConnection(CONTOUR, LISTENER, timeout=10)
        while not over.is_set():
            status, body, _ = ask(CONTOUR, "changing.example", connection=connection)
            answers[f"{status} {'empty' if body == '' else 'of the backend'}"] += 1

    thread = threading.Thread(target=load)
    thread.start()
    for change in range(CHANGES):
        patch(f"{ROUTES}/changing", {"spec": {"rules": [rules[change % 2]]}})
        time.sleep(0.3)
    over.set()
    thread.join()
    print(case, dict(answers), file=sys.stderr)
    print(f"{case}: {', '.join(sorted(answers))}; {' '.join(sorted(settled('changing').values()))}")


alone = [to("contour", port) for port in reversed(PORTS)]
alternate("the only route", alone)
both = alone[0]["backendRefs"] + alone[1]["backendRefs"]
weights = [
    {"backendRefs": [{**one, "weight": weight} for one, weight in zip(both, pair)]}
    for pair in ((1, 0), (0, 1))
]
patch(f"{ROUTES}/changing", {"spec": {"rules": [weights[1]]}})
time.sleep(3)
alternate("weights", weights)
for port in PORTS:
    create(ROUTES, route(f"port-{port}", ["contour"], **to("contour", port)))
    served(CONTOUR, f"port-{port}.example")
alternate("beside a route to each port", alone)
PY
diff - "$dir/seen.txt" <<'TXT'
the only route: 200 of the backend, 503 empty; True/Accepted True/ResolvedRefs
weights: 200 of the backend; True/Accepted True/ResolvedRefs
beside a route to each port: 200 of the backend; True/Accepted True/ResolvedRefs
TXT
echo "as found with Contour 1.33.8 and Envoy 1.40.0"
