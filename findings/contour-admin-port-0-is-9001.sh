#!/usr/bin/env bash
# Contour 1.33.8: the configuration `network: {admin-port: 0}`, which is to switch Envoy's admin pages
# off, leaves them on at port 9001.
#
# Expected: Contour's documentation of its configuration file has 0 for "disable", and so has the field
# of the ContourConfiguration resource.
# Seen, in the listeners that Contour serves over xDS: with 0 there is envoy-admin at 127.0.0.1:9001,
# the default; 9002 is taken as it is; -1 does what 0 is said to do.
# So: Envoy's list of certificates, clusters and counters stays readable for all that share its network
# namespace, where somebody has read that it is not; and two Envoys on one machine (host networking,
# a test bench) want the same port, although both are told to have none.
#
# Needs go 1.26, python3 with pip, openssl and curl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
start_control_plane

listeners() { # Into a file; the command goes on for ever
  timeout 2 "$cache/contour" cli --contour="$contour:8001" lds >"$dir/listeners.json" 2>/dev/null ||
    grep -q envoy.config.listener "$dir/listeners.json"
}
for port in 0 9002 -1; do
  start_contour "$port"
  within 30 listeners
  served=$(sed -n '/"name": *"envoy-admin",$/,/port_value/s/.*"port_value": *//p' "$dir/listeners.json")
  echo "admin-port $port: envoy-admin at ${served:-no port}"
  kill "$started"
done | tee "$dir/seen.txt"
diff - "$dir/seen.txt" <<'TXT'
admin-port 0: envoy-admin at 9001
admin-port 9002: envoy-admin at 9002
admin-port -1: envoy-admin at no port
TXT
echo "as found with Contour 1.33.8"
