#!/usr/bin/env bash
# Contour 1.33.8 and Traefik 3.7.15: lastTransitionTime of a Gateway's conditions moves although no
# condition has changed.
#
# Expected: Condition.lastTransitionTime of Kubernetes' meta/v1 (and so of every Gateway API status):
# the last time the condition went from one status to another.
# Seen: a second route is added to a Gateway that has been Programmed for 3 s. The one thing that
# changes in its status is attachedRoutes; type, status, reason, message and observedGeneration of all
# five conditions of the Gateway and its listener stay, and all five times move to now. The first
# route's own conditions keep their times. The same with both controllers.
# So: "Programmed since" is "last route added or removed since". A time to Programmed that is read
# from it grows with the number of routes, a condition that flaps cannot be told from one that does
# not, and a watcher sees changed conditions at every count. Use the moment at which a watch showed the
# status that was waited for.
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


def states(of):
    """The conditions without their times, and the times."""
    listener = of["status"]["listeners"][0]
    all_conditions = sorted(
        of["status"]["conditions"] + listener["conditions"],
        key=lambda one: (one["type"], one["message"]),
    )
    times = {one.pop("lastTransitionTime") for one in all_conditions}
    return all_conditions, times


for name in ("contour", "traefik"):
    create(ROUTES, route(f"first-{name}", [name], **to(name)))
    until("the first route counts", lambda: attached(name) == 1)
    time.sleep(3)
    before, since = states(gateway(name))
    own = parents(f"first-{name}")
    create(ROUTES, route(f"second-{name}", [name], **to(name)))
    until("the second route counts", lambda: attached(name) == 2)
    time.sleep(3)
    after, since_then = states(gateway(name))
    print(f"{name}: a second route, conditions of the Gateway and its listener: {len(after)}")
    print(f"  the same but for their times: {before == after}")
    print(f"  all times are later: {max(since) < min(since_then)}")
    print(f"  times of the first route's conditions stay: {own == parents(f'first-{name}')}")
PY
diff - "$dir/seen.txt" <<'TXT'
contour: a second route, conditions of the Gateway and its listener: 5
  the same but for their times: True
  all times are later: True
  times of the first route's conditions stay: True
traefik: a second route, conditions of the Gateway and its listener: 5
  the same but for their times: True
  all times are later: True
  times of the first route's conditions stay: True
TXT
echo "as found with Contour 1.33.8, Traefik 3.7.15 and the Gateway API 1.5.1"
