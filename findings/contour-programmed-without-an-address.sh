#!/usr/bin/env bash
# Contour 1.33.8: a Gateway whose load balancer has no address yet is Programmed, and one whose load
# balancer has lost its address keeps it.
#
# Expected: the Gateway API 1.5.1 has a reason for that, AddressNotAssigned: Programmed is not True
# while the network has yet to assign an address. And status.addresses are those that are bound to the
# Gateway.
# Seen, with Contour's default (the addresses of the Service projectcontour/envoy, type LoadBalancer):
# without an address the Gateway is Programmed=True and status.addresses is absent. A first and a
# second address come through. When the Service loses its address, and when the Service itself is
# deleted, the Gateway keeps the last one, and is Programmed, also after its status is written for
# another reason.
# So: Programmed is not "can be asked": a probe that takes the address from the status must wait for
# one of its own accord, and one that has an address must check that somebody listens there. In a pool of
# load balancers a stale address may be another gateway's.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
contour_status_address=
start_contour
start_envoy
kube - <<'PY' | tee "$dir/seen.txt"
import time
from kube import *

SERVICES = "/api/v1/namespaces/projectcontour/services"
ports = [{"port": 80}]
create("/api/v1/namespaces", {"metadata": {"name": "projectcontour"}})
create(SERVICES, {"metadata": {"name": "envoy"}, "spec": {"type": "LoadBalancer", "ports": ports}})


def balanced(addresses):
    status = {"loadBalancer": {"ingress": [{"ip": one} for one in addresses] or None}}
    patch(f"{SERVICES}/envoy/status", {"status": status})


def see(what):
    time.sleep(3)
    status = gateway("contour")["status"]
    addresses = [one["value"] for one in status.get("addresses", [])]
    routes = status["listeners"][0]["attachedRoutes"]
    print(f"{what}: {conditions(status)['Programmed']}, addresses {addresses}, {routes} routes")


make_contour_gateway()
see("no address yet")
balanced(["127.66.0.1"])
see("an address")
balanced(["127.66.0.2"])
see("another address")
balanced([])
assert get(f"{SERVICES}/envoy")["status"]["loadBalancer"] == {}
see("no address any more")
redirect = {"type": "RequestRedirect", "requestRedirect": {"hostname": "to.example"}}
create(ROUTES, route("any", ["contour"], filters=[redirect]))
see("and a route")
delete(f"{SERVICES}/envoy")
delete(f"{ROUTES}/any")
see("no Service any more")
PY
diff - "$dir/seen.txt" <<'TXT'
no address yet: True/Programmed, addresses [], 0 routes
an address: True/Programmed, addresses ['127.66.0.1'], 0 routes
another address: True/Programmed, addresses ['127.66.0.2'], 0 routes
no address any more: True/Programmed, addresses ['127.66.0.2'], 0 routes
and a route: True/Programmed, addresses ['127.66.0.2'], 1 routes
no Service any more: True/Programmed, addresses ['127.66.0.2'], 0 routes
TXT
echo "as found with Contour 1.33.8 and the Gateway API 1.5.1"
