#!/usr/bin/env bash
# Contour 1.33.8: of a route's two backends one is missing, and no request fails.
#
# Expected: the Gateway API 1.5.1 (HTTPRouteRule.backendRefs): requests that would have gone to an
# invalid backend MUST be answered with 500, in proportion; with two equal weights half of them.
# Seen: with weights 1:1, and with 9 of 10 for the missing one, all 100 requests are answered by the
# backend that is there. Traefik 3.7.15 answers 50 and 90 of 100 with 500. Both say ResolvedRefs=False,
# BackendNotFound. Only a route whose backends are all missing answers 500 with both.
# So: an error rate of a split says nothing of its backends with one gateway and all with the other, and
# the one that is left gets up to ten times its share without a failed request. A check of a split must
# count the backends that answered, not the failures.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_envoy
start_traefik
kube - <<'PY' | tee "$dir/seen.txt"
import collections
import time
from kube import *

make_backend()
make_contour_gateway()
make_traefik_gateway()
controllers = {"contour": CONTOUR, "traefik": TRAEFIK}
weights = ((1, 1), (1, 9), (0, 1))
for there, missing in weights:
    for controller in controllers:
        backends = [
            {"name": controller, "port": PORTS[0], "weight": there},
            {"name": "missing", "port": PORTS[0], "weight": missing},
        ]
        name = f"{controller}-{there}-{missing}"
        create(ROUTES, route(name, [controller], backendRefs=backends))
time.sleep(8)
for there, missing in weights:
    for controller, address in controllers.items():
        name = f"{controller}-{there}-{missing}"
        answers = collections.Counter(ask(address, f"{name}.example")[0] for _ in range(100))
        print(f"weights {there}:{missing}, {controller}: {settled(name)['ResolvedRefs']},", end="")
        print("", ", ".join(f"{count} x {status}" for status, count in sorted(answers.items())))
PY
diff - "$dir/seen.txt" <<'TXT'
weights 1:1, contour: False/BackendNotFound, 100 x 200
weights 1:1, traefik: False/BackendNotFound, 50 x 200, 50 x 500
weights 1:9, contour: False/BackendNotFound, 100 x 200
weights 1:9, traefik: False/BackendNotFound, 10 x 200, 90 x 500
weights 0:1, contour: False/BackendNotFound, 100 x 500
weights 0:1, traefik: False/BackendNotFound, 100 x 500
TXT
echo "as found with Contour 1.33.8, Traefik 3.7.15 and the Gateway API 1.5.1"
