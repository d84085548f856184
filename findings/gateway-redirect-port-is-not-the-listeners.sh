#!/usr/bin/env bash
# Contour 1.33.8 and Traefik 3.7.15: a RequestRedirect without a port does not lead to the listener's
# port, and each has rules of its own.
#
# Expected: the Gateway API 1.5.1 (HTTPRequestRedirectFilter.port) leaves no choice: without a scheme
# the port MUST be that of the Gateway's listener, with one it MUST be the scheme's own, 443 for https.
# The request's Host header has no part in it.
# Seen, with a listener on another port than 80 and requests whose Host header names a third port, as
# behind a NodePort or a port-forward:
#   filter names     expected            Contour                Traefik
#   a host           listener's port     no port, that is 80    port of the Host header
#   a path           listener's port     port of the Host header, both
#   scheme https     443                 port of the Host header    443
# No Location has the listener's port, and what a client puts into Host decides four of the six. So a
# probe that follows redirects, or compares Location, needs a port in the filter, or it tests its own
# Host header; and https on a port that speaks http is what Contour's users get from the last one.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane
start_contour
start_envoy
start_traefik
kube - <<'PY' | tee "$dir/seen.txt"
from kube import *

make_contour_gateway()
make_traefik_gateway()
redirects = {
    "host": {"hostname": "to.example"},
    "path": {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/to"}},
    "scheme": {"scheme": "https"},
}
for name, redirect in redirects.items():
    filters = [{"type": "RequestRedirect", "requestRedirect": redirect}]
    create(ROUTES, route(name, ["contour", "traefik"], filters=filters))
listeners = {"contour": (CONTOUR, LISTENER - 8000), "traefik": (TRAEFIK, LISTENER)}
for controller, (address, port) in listeners.items():
    for name in redirects:
        served(address, f"{name}.example")
        print(f"{controller}, listener {port}, redirect of the {name}:")
        for host in (f"{name}.example:31234", f"{name}.example"):
            status, _, headers = ask(address, host)
            print(f"  Host {host}: {status}, Location {headers['Location']}")
PY
diff - "$dir/seen.txt" <<'TXT'
contour, listener 10080, redirect of the host:
  Host host.example:31234: 302, Location http://to.example/
  Host host.example: 302, Location http://to.example/
contour, listener 10080, redirect of the path:
  Host path.example:31234: 302, Location http://path.example:31234/to
  Host path.example: 302, Location http://path.example/to
contour, listener 10080, redirect of the scheme:
  Host scheme.example:31234: 302, Location https://scheme.example:31234/
  Host scheme.example: 302, Location https://scheme.example/
traefik, listener 18080, redirect of the host:
  Host host.example:31234: 302, Location http://to.example:31234/
  Host host.example: 302, Location http://to.example/
traefik, listener 18080, redirect of the path:
  Host path.example:31234: 302, Location http://path.example:31234/to
  Host path.example: 302, Location http://path.example/to
traefik, listener 18080, redirect of the scheme:
  Host scheme.example:31234: 302, Location https://scheme.example/
  Host scheme.example: 302, Location https://scheme.example/
TXT
echo "as found with Contour 1.33.8, Envoy 1.40.0 and Traefik 3.7.15"
