#!/usr/bin/env bash
# Traefik 3.7.15: every route change but the first one after a pause takes effect up to 2 s after its
# status says so, on an idle machine with one route.
#
# Expected: a route whose status is Accepted is served at once or soon (the Gateway API promises no
# time), later under load or with many routes, and a change at rest takes the same time as the next.
# Seen: a new route's status and the Gateway's count after a deletion are there in 0.02 to 0.05 s. The
# data plane follows in 0.2 s for the first change after 5 s of rest; the second, third and fourth, each
# made as soon as the one before has taken effect, need 1.6 to 2.2 s. A deleted route is not counted any
# more and is answered for as long. With --providers.providersthrottleduration=100ms, the flag behind
# it, which is 2 s by default and which its description connects with neither routes nor statuses, all
# of them take 0.3 s at most.
# So: a propagation time is that of the throttle, not of the gateway, and depends on how long ago
# the last change was; changes in step with it look fast or slow at random. Say the throttle with the
# figure, draw the time between changes at random, and never take Accepted for "is served" or a count for
# "is gone".
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
cat >"$dir/changes.py" <<'PY'
import sys
import time
from kube import *

REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"hostname": "to.example"}}
NAMES = ("first", "second", "third", "fourth")
seen = {}  # When which route had a status, and which count the Gateway, for the first time.


def on_route(at, one):
    if one.get("status", {}).get("parents"):
        seen.setdefault(one["metadata"]["name"], at)


def on_gateway(at, one):
    seen.setdefault(one["status"]["listeners"][0]["attachedRoutes"], at)


def show(what, change, key, answer):
    """How long status and data plane take to follow a change."""
    seen.pop(key, None)
    start = time.monotonic()
    change()
    until(what, lambda: ask(TRAEFIK, f"{what.split()[0]}.example")[0] == answer)
    plane_sec = time.monotonic() - start
    status_sec = until("its status", lambda: seen.get(key)) - start
    print(f"{what}: status {status_sec:.2f} s, data plane {plane_sec:.2f} s", file=sys.stderr)
    lag = "at once" if plane_sec < 0.8 else "more than 0.8 s later"
    print(f"{what}: status {'at once' if status_sec < 0.8 else 'late'}, data plane {lag}")


watch(ROUTES, on_route)
watch(GATEWAYS + "/namespaces/default/gateways", on_gateway)
time.sleep(5)
for name in NAMES:
    one = route(name, ["traefik"], filters=[REDIRECT])
    show(f"{name} is made", lambda: create(ROUTES, one), name, 302)
time.sleep(5)
for left, name in zip((3, 2, 1, 0), NAMES):
    show(f"{name} is deleted", lambda: delete(f"{ROUTES}/{name}"), left, 404)
PY
start_traefik
kube -c 'from kube import *; make_traefik_gateway(); until("it counts", lambda: attached("traefik") == 0)'
{ echo "by default:"; kube "$dir/changes.py"; } | tee "$dir/seen.txt"
kill "$started"
start_traefik --providers.providersthrottleduration=100ms
{ echo "with 100 ms:"; kube "$dir/changes.py"; } | tee -a "$dir/seen.txt"
diff - "$dir/seen.txt" <<'TXT'
by default:
first is made: status at once, data plane at once
second is made: status at once, data plane more than 0.8 s later
third is made: status at once, data plane more than 0.8 s later
fourth is made: status at once, data plane more than 0.8 s later
first is deleted: status at once, data plane at once
second is deleted: status at once, data plane more than 0.8 s later
third is deleted: status at once, data plane more than 0.8 s later
fourth is deleted: status at once, data plane more than 0.8 s later
with 100 ms:
first is made: status at once, data plane at once
second is made: status at once, data plane at once
third is made: status at once, data plane at once
fourth is made: status at once, data plane at once
first is deleted: status at once, data plane at once
second is deleted: status at once, data plane at once
third is deleted: status at once, data plane at once
fourth is deleted: status at once, data plane at once
TXT
echo "as found with Traefik 3.7.15"
