#!/usr/bin/env bash
# hdr-histogram-js 3.0.1: a histogram with 8- or 16-bit counts loses values without a word, and its
# percentiles are then wrong.
#
# Expected: HdrHistogram's Java original throws when a count of a narrow histogram would overflow
# (ShortCountsHistogram: IllegalStateException); the port's source has a check that reads like it.
# Seen: the check compares with the safe integers of a number, which a 16-bit cell can never reach.
# The cell wraps: of 70,000 values of 5 in one bucket 4,464 are left, totalCount still says 80,000,
# and p50 of 70,000 fives and 10,000 nines is 0. With 32-bit counts (the default) it is 5.
# So: keep the default bitBucketSize, also in decodeFromCompressedBase64 for merged histograms.
#
# Needs node and npm. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund hdr-histogram-js@3.0.1 >/dev/null
cat >seen.cjs <<'JS'
const hdr = require("hdr-histogram-js");
for (const bitBucketSize of [16, 32]) {
  const histogram = hdr.build({ bitBucketSize });
  histogram.recordValueWithCount(5, 70_000);
  histogram.recordValueWithCount(9, 10_000);
  const p50 = histogram.getValueAtPercentile(50);
  console.log(`${bitBucketSize}-bit counts: total ${histogram.totalCount}, p50 ${p50}`);
}
JS
node seen.cjs | tee seen.txt
diff - seen.txt <<'TXT'
16-bit counts: total 80000, p50 0
32-bit counts: total 80000, p50 5
TXT
echo "as found with hdr-histogram-js 3.0.1"
