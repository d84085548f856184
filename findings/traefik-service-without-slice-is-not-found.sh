#!/usr/bin/env bash
# Traefik 3.7.15: to a Service that exists and has no EndpointSlice yet, a route has ResolvedRefs=False
# with the reason BackendNotFound, and is answered with 500.
#
# Expected: the Gateway API 1.5.1 has BackendNotFound for a reference to a resource that does not
# exist, and asks for 503 instead of 500 where a Service has no ready endpoints (HTTPRouteRule,
# backendRefs).
# Seen: without a slice, Traefik says and answers the same as for a Service that does not exist. With
# an empty slice, which has no endpoint either, it says ResolvedRefs=True and answers 503. Contour
# 1.33.8 does that in both cases.
# So: a Service without a selector (hand-made endpoints, as scale tests have) and every Service in the
# moment before the endpoints' controller gets to it count as missing with one gateway and not with
# the other. A probe that judges by BackendNotFound, or tells a wrong route (500) from a backend that
# is not up (503), must make the slice first.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_envoy
# The default: endpoints from EndpointSlices.
traefik_native=false
start_traefik
kube - <<'PY' | tee "$dir/seen.txt"
import time
from kube import *

SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
make_contour_gateway()
make_traefik_gateway()
create(SERVICES, {"metadata": {"name": "there"}, "spec": {"ports": [{"port": 80}]}})
for service in ("missing", "there"):
    create(ROUTES, route(service, ["contour", "traefik"], **to(service, 80)))


def see(what, service):
    time.sleep(5)
    for controller, address in (("contour", CONTOUR), ("traefik", TRAEFIK)):
        resolved = settled(service, controller)["ResolvedRefs"]
        print(f"{what}, {controller}: ResolvedRefs {resolved}, {ask(address, f'{service}.example')[0]}")


see("no such Service", "missing")
see("Service without a slice", "there")
labels = {"kubernetes.io/service-name": "there"}
create(SLICES, {"metadata": {"name": "there", "labels": labels}, "addressType": "IPv4", "endpoints": []})
see("Service with an empty slice", "there")
PY
diff - "$dir/seen.txt" <<'TXT'
no such Service, contour: ResolvedRefs False/BackendNotFound, 500
no such Service, traefik: ResolvedRefs False/BackendNotFound, 500
Service without a slice, contour: ResolvedRefs True/ResolvedRefs, 503
Service without a slice, traefik: ResolvedRefs False/BackendNotFound, 500
Service with an empty slice, contour: ResolvedRefs True/ResolvedRefs, 503
Service with an empty slice, traefik: ResolvedRefs True/ResolvedRefs, 503
TXT
echo "as found with Contour 1.33.8, Traefik 3.7.15 and the Gateway API 1.5.1"
