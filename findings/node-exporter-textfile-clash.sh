#!/usr/bin/env bash
# node_exporter 1.9.1: two files in the textfile directory that hold the same series, and nothing that
# can be scraped says so.
#
# Expected: the page fails, or at least node_textfile_scrape_error is 1 (it is 1 for a file that does
# not parse, has timestamps, or has another HELP text for a metric).
# Seen: one file's value is served, the other's is gone, the answer is 200 and
# node_textfile_scrape_error is 0; the same with one metric that is a counter in one file and a gauge
# in the other. Only the exporter's own log has a line, at each scrape. Which of the two values is
# served is not said either. Other metrics of both files are served.
# So: whatever writes several files there gives every series a label of its own, the run's id, say.
#
# Needs go and curl. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
exporter=
finish() {
  [ -z "$exporter" ] || kill "$exporter" 2>/dev/null || true
  rm -rf "$dir"
}
trap finish EXIT
cd "$dir"
GOBIN=$dir CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-buildvcs=false \
  go install github.com/prometheus/node_exporter@v1.9.1 2>/dev/null

scrape() { # FILE1 FILE2: what is served of both, and what the exporter says of it
  mkdir text
  printf '%b' "$1" >text/one.prom
  printf '%b' "$2" >text/two.prom
  ./node_exporter --web.listen-address=127.0.0.1:0 --collector.disable-defaults \
    --collector.textfile --collector.textfile.directory=text 2>log &
  exporter=$!
  local address=
  until [ -n "$address" ]; do
    kill -0 "$exporter"
    address=$(grep -oE 'address=127.0.0.1:[0-9]+' log | head -n 1 | cut -d= -f2) || sleep 0.1
  done
  curl -sS -w 'status %{http_code}\n' "http://$address/metrics" |
    grep -E '^(jobs|others|node_textfile_scrape_error|status)' |
    sed -E 's/(jobs\{[^}]*\}) [0-9]+/\1 of one file/'
  kill "$exporter"
  wait "$exporter" 2>/dev/null || true
  exporter=
  rm -r text log
}
{
  echo "the same series in both:"
  scrape '# TYPE jobs counter\njobs{run="a"} 1\n' '# TYPE jobs counter\njobs{run="a"} 2\nothers 1\n'
  echo "a counter and a gauge:"
  scrape '# TYPE jobs counter\njobs{run="a"} 1\n' '# TYPE jobs gauge\njobs{run="b"} 2\nothers 1\n'
} | tee seen.txt
diff - seen.txt <<'TXT'
the same series in both:
jobs{run="a"} of one file
node_textfile_scrape_error 0
others 1
status 200
a counter and a gauge:
jobs{run="a"} of one file
node_textfile_scrape_error 0
others 1
status 200
TXT
echo "as found with node_exporter 1.9.1"
