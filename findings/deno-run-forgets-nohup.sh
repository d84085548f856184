#!/usr/bin/env bash
# Deno 2.9.6: half a second after its start `deno run` heeds SIGHUP again, whoever asked it not to.
#
# Expected: a program that is started with SIGHUP ignored, as nohup does, keeps it ignored, as any other
# that does not touch the signal: a long load test goes on when the terminal is closed.
# Seen: `deno run` of a script without any signal listener, started with SIGHUP ignored. In its first
# moments /proc/PID/status has SIGHUP among the ignored ones (SigIgn, bit 1); 500 ms later it has not, but
# among the caught ones, and a SIGHUP ends the program (129). Deno 2.9.1 keeps it ignored. From 2.9.2 on the
# runtime adds a listener of its own (of SIGUSR1, for the inspector) 500 ms after the start, and with the
# first listener of whatever signal it takes SIGHUP, SIGINT and SIGTERM over.
# So: under nohup, or in the background of a shell that is left, `deno run` ends with the terminal. A
# program that means to heed nohup reads the mask before 500 ms are over and ignores the signal by a
# listener of its own that does nothing; started later than that, it cannot know.
#
# Needs npm and Linux. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
child=
finish() {
  [ -z "$child" ] || kill -KILL "$child" 2>/dev/null || true
  rm -rf "$dir"
}
trap finish EXIT
cd "$dir"
export NO_COLOR=1 DENO_DIR=$dir/cache DENO_NO_UPDATE_CHECK=1
echo 'setTimeout(() => {}, 20_000);' >wait.js

# Starts it with SIGHUP ignored; bit 1 of a mask is SIGHUP.
start() {
  (trap '' HUP && exec "$1" run wait.js) &
  child=$!
}
hasHup() { [ $((0x$(sed -n "s/^$1:\s*//p" "/proc/$child/status") & 1)) = 1 ]; }

seen=
for version in 2.9.1 2.9.6; do
  npm install --silent --no-audit --no-fund --prefix "$version" "deno@$version" >/dev/null
  deno=$(find "$version" -path '*linux*' -name deno -type f | head -1)
  [ -n "$deno" ] || deno=$version/node_modules/deno/deno
  "$deno" run wait.js >/dev/null 2>&1 & warm=$!
  sleep 1
  kill -KILL "$warm"
  wait "$warm" 2>/dev/null || true
  start "$deno"
  # The shell itself still stands there in the first moment; the program keeps what it was given.
  until grep -q deno "/proc/$child/comm"; do sleep 0.01; done
  hasHup SigIgn && first=ignored || first=heeded
  sleep 2
  hasHup SigIgn && later=ignored || later=heeded
  kill -HUP "$child"
  sleep 0.5
  if kill -0 "$child" 2>/dev/null; then
    fate=lives
    kill -KILL "$child"
    wait "$child" 2>/dev/null || true
  else
    wait "$child" && fate=0 || fate="ends with $?"
  fi
  child=
  seen+="$version: $first at first, $later after 2 s, then SIGHUP: $fate"$'\n'
done
printf '%s' "$seen"
[ "$seen" = "2.9.1: ignored at first, ignored after 2 s, then SIGHUP: lives
2.9.6: ignored at first, heeded after 2 s, then SIGHUP: ends with 129
" ] && echo "as described" || { echo "CHANGED"; exit 1; }
