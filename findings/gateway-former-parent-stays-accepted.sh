#!/usr/bin/env bash
# Contour 1.33.8 and Traefik 3.7.15: a route that has left a Gateway is still Accepted by it.
#
# Expected: the Gateway API 1.5.1 (RouteStatus.parents) lists the parents that are associated with the
# route, an empty list meaning that it is attached to none, and has the controller that manages a
# parent update its entry when the route is modified. Nobody else may touch that entry.
# Seen: a route's parentRef is changed from one controller's Gateway to the other's. The former one
# takes it out of its data plane and of attachedRoutes and leaves its entry as it was, with
# Accepted=True and the observedGeneration of before. So in both directions, for good: nothing writes
# it again. The new parent's entry is added beside it.
# So: after a migration between gateways every route seems to be accepted by both. A count of
# Accepted=True must leave out entries whose parentRef is not in the route's spec, and those with
# another observedGeneration than the route's generation; and a tool that waits for the entry to go
# waits for ever.
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
for old, new in (("contour", "traefik"), ("traefik", "contour")):
    name = f"from-{old}"
    create(ROUTES, route(name, [old], **to(old)))
    served(addresses[old], f"{name}.example")
    until("it counts", lambda: attached(old) == 1)
    moved = route(name, [new], **to(new))
    patch(f"{ROUTES}/{name}", {"spec": moved["spec"]})
    served(addresses[new], f"{name}.example")
    until("it does not count there", lambda: attached(old) == 0)
    until("it counts here", lambda: attached(new) == 1)
    time.sleep(5)
    generation = get(f"{ROUTES}/{name}")["metadata"]["generation"]
    print(f"moved from {old} to {new}, generation {generation}")
    for one in sorted(parents(name), key=lambda one: one["controllerName"]):
        (observed,) = {each["observedGeneration"] for each in one["conditions"]}
        accepted = conditions(one)["Accepted"]
        print(f"  parent {one['parentRef']['name']}: Accepted {accepted} at generation {observed}")
    is_served = ask(addresses[old], f"{name}.example")[0] == 200
    print(f"  {old} itself: attachedRoutes {attached(old)}, served {is_served}")
    delete(f"{ROUTES}/{name}")
    until("it is gone there", lambda: attached(new) == 0)
PY
diff - "$dir/seen.txt" <<'TXT'
moved from contour to traefik, generation 2
  parent contour: Accepted True/Accepted at generation 1
  parent traefik: Accepted True/Accepted at generation 2
  contour itself: attachedRoutes 0, served False
moved from traefik to contour, generation 2
  parent contour: Accepted True/Accepted at generation 2
  parent traefik: Accepted True/Accepted at generation 1
  traefik itself: attachedRoutes 0, served False
TXT
echo "as found with Contour 1.33.8, Traefik 3.7.15 and the Gateway API 1.5.1"
