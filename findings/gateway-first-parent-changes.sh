#!/usr/bin/env bash
# Contour 1.33.8 and Traefik 3.7.15 on one route: which of them status.parents[0] is about changes from
# edit to edit, and managedFields names only one of the two as writer of the statuses.
#
# Expected: two writers, each of which updates its own entry as the Gateway API demands
# (RouteStatus.parents), leave the list in the order of spec.parentRefs, or in any other one; and
# managedFields, which is to say who has written what, has both.
# Seen: 16 edits, 1 s apart, of a route with a parentRef to each. The list began with Contour's entry 11
# times and with Traefik's 6 times, whatever the order in the spec. f:parents has one manager at a time,
# the last writer: the list is atomic, so that whoever writes its own entry takes over all of them. The
# other one's name is left without that field, or goes.
# So: `kubectl wait --for=jsonpath='{.status.parents[0]...}'`, and every tool that looks at the first
# entry, waits for a controller by chance. Find entries by controllerName and parentRef, and tell who
# wrote from the difference of two events, not from managedFields.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_traefik
kube - <<'PY' | tee "$dir/seen.txt"
import collections
import time
from kube import *

EDITS = 16
make_contour_gateway()
make_traefik_gateway()
redirect = {"type": "RequestRedirect", "requestRedirect": {"hostname": "to.example"}}
create(ROUTES, route("joined", ["contour", "traefik"], filters=[redirect]))


def both(generation):
    """The route when both have seen this generation."""
    one = get(f"{ROUTES}/joined")
    entries = one.get("status", {}).get("parents", [])
    seen = [{each["observedGeneration"] for each in entry["conditions"]} for entry in entries]
    return one if seen == [{generation}] * 2 else None


firsts = collections.Counter()
writers = collections.Counter()
for generation in range(1, EDITS + 2):
    one = until(f"generation {generation}", lambda: both(generation))
    firsts[one["status"]["parents"][0]["parentRef"]["name"]] += 1
    writers[" and ".join(
        each["manager"] for each in one["metadata"]["managedFields"]
        if "f:parents" in each["fieldsV1"].get("f:status", {})
    )] += 1
    time.sleep(1)
    patch(f"{ROUTES}/joined", {"spec": {"hostnames": [f"edit-{generation}.example"]}})
print(f"first entries {dict(firsts)}, managers of f:parents {dict(writers)}", file=sys.stderr)
print(f"first of status.parents: {', '.join(sorted(firsts))}")
print(f"managers of f:parents: {', '.join(sorted(writers))}")
PY
diff - "$dir/seen.txt" <<'TXT'
first of status.parents: contour, traefik
managers of f:parents: contour, traefik
TXT
echo "as found with Contour 1.33.8, Traefik 3.7.15 and Kubernetes 1.36.3"
