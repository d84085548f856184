#!/usr/bin/env bash
# Contour 1.33.8: a listener's attachedRoutes counts routes that Contour has refused.
#
# Expected: the Gateway API 1.5.1 says of the field (ListenerStatus) that routes whose Accepted
# condition is anything but "True" must not be included in the count; so did 1.3.0, which Contour is
# built with.
# Seen: of three routes one is accepted. One has the host name and path of an older route
# (Accepted=False, RuleMatchConflict), one a host name that the listener does not take
# (Accepted=False, NoMatchingListenerHostname). attachedRoutes is 3, and only the accepted one is
# served.
# So: "attachedRoutes == N" says nothing of N working routes; count routes with Accepted=True at their
# own generation beside it. Generated routes collide easily: random paths, one host name for all.
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
make_contour_gateway(hostname="*.example")
older = route("older", ["contour"], **to("contour"))
younger = route("younger", ["contour"], **to("contour", PORTS[1]))
younger["spec"]["hostnames"] = older["spec"]["hostnames"]
elsewhere = route("elsewhere", ["contour"], **to("contour"))
elsewhere["spec"]["hostnames"] = ["elsewhere.test"]
for one in (older, younger, elsewhere):
    create(ROUTES, one)
    name = one["metadata"]["name"]
    print(f"{name}: Accepted {settled(name)['Accepted']}")
    time.sleep(1.1)  # Age counts in seconds.
served(CONTOUR, "older.example")
until("the count stands still", lambda: attached("contour") == 3)
time.sleep(2)
port = ask(CONTOUR, "older.example")[1]
print(f"attachedRoutes: {attached('contour')}")
print(f"older.example is answered by the backend of the {'older' if port == str(PORTS[0]) else 'younger'}")
print(f"elsewhere.test: {ask(CONTOUR, 'elsewhere.test')[0]}")
PY
diff - "$dir/seen.txt" <<'TXT'
older: Accepted True/Accepted
younger: Accepted False/RuleMatchConflict
elsewhere: Accepted False/NoMatchingListenerHostname
attachedRoutes: 3
older.example is answered by the backend of the older
elsewhere.test: 404
TXT
echo "as found with Contour 1.33.8, the Gateway API 1.5.1 and Kubernetes 1.36.3"
