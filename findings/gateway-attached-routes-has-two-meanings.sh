#!/usr/bin/env bash
# Gateway API 1.3.0 to 1.5.1: whether a listener's attachedRoutes counts refused routes was turned round
# within the API version v1, and controllers that run side by side follow one or the other.
#
# Expected: a field of gateway.networking.k8s.io/v1 means the same in every release of v1.
# Seen: up to 1.4.1 the field's description says that it MUST count routes that are attached and have
# Accepted=False; since 1.5.0 that only routes with Accepted=True are counted and all others MUST NOT be.
# Neither the field nor the version says which is meant; the description in the cluster is that of the
# definitions that are installed, not what the controller was built with.
# Three routes: one, a younger one with the same host and path, and one whose host the listener does not
# take. Contour 1.33.8, built with 1.3.0, refuses the second and the third and says attachedRoutes 3.
# Traefik 3.7.15 refuses the third only and says 2; it accepts the second and never serves it. Both
# serve one.
# So: 1, 2 or 3 attached routes may be the right answer, and "attachedRoutes == N" is neither N accepted
# nor N served routes. Report three numbers: the count, the routes with Accepted=True at their own
# generation, and those that answer. Generated routes collide easily: random paths, one host for all.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_envoy
start_traefik
meaning() { # VERSION
  local types
  types=$(sources sigs.k8s.io/gateway-api@v"$1")/apis/v1/gateway_types.go
  if grep -q 'MUST count successfully' "$types"; then
    echo "$1: refused routes must be counted"
  elif grep -q 'MUST NOT be included' "$types"; then
    echo "$1: refused routes must not be counted"
  fi
}
for version in 1.3.0 1.4.1 1.5.1; do meaning "$version"; done | tee "$dir/seen.txt"
kube - <<'PY' | tee -a "$dir/seen.txt"
import time
from kube import *

make_backend()
make_contour_gateway(hostname="*.example")
make_traefik_gateway(hostname="*.example")
for controller, address in (("contour", CONTOUR), ("traefik", TRAEFIK)):
    hosts = {"older": "same.example", "younger": "same.example", "elsewhere": "elsewhere.test"}
    for port, (name, host) in zip((*PORTS, PORTS[0]), hosts.items()):
        one = route(f"{name}-{controller}", [controller], **to(controller, port))
        one["spec"]["hostnames"] = [host]
        create(ROUTES, one)
        time.sleep(4)  # Age counts in seconds, and Traefik needs two for each.
    print(f"{controller}: attachedRoutes {attached(controller)}")
    for name, host in hosts.items():
        status, port, _ = ask(address, host)
        answer = f"port {PORTS.index(int(port)) + 1}" if status == 200 else status
        print(f"  {name}: {settled(f'{name}-{controller}')['Accepted']}, {host} is answered by {answer}")
PY
diff - "$dir/seen.txt" <<'TXT'
1.3.0: refused routes must be counted
1.4.1: refused routes must be counted
1.5.1: refused routes must not be counted
contour: attachedRoutes 3
  older: True/Accepted, same.example is answered by port 1
  younger: False/RuleMatchConflict, same.example is answered by port 1
  elsewhere: False/NoMatchingListenerHostname, elsewhere.test is answered by 404
traefik: attachedRoutes 2
  older: True/Accepted, same.example is answered by port 1
  younger: True/Accepted, same.example is answered by port 1
  elsewhere: False/NoMatchingListenerHostname, elsewhere.test is answered by 404
TXT
echo "as found with Contour 1.33.8 and Traefik 3.7.15"
