#!/usr/bin/env bash
# DevWorkspace Operator 0.42.0: whatever touches an old failed Job makes the workspace's last backup a
# failed one again, and has it backed up once more.
#
# Expected: the annotations last-backup-successful and last-backup-finished-at tell of the last backup:
# finished-at never goes to an earlier time.
# Seen: a Job failed, the next one succeeded: successful "true". Then a label was put on the failed Job,
# as the TTL controller's finalizer or any other tool may: successful "false", with the time of the old
# failure, and the next tick made another Job. Every update of a Job that has ended is taken for its end.
# So: by default each failed Job is touched two minutes after its end, when its time to live is over. A
# check that reads the annotations once may see a failure that was made good; of all values that were seen
# the one with the latest time counts.
#
# Needs go 1.26, python3 and openssl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
. "$lib/devworkspace.sh"
start_control_plane
start_backup_controller
kube - <<'PY' | tee "$dir/seen.txt"
from kube import *
from devworkspace import *


def has(count):
    return lambda: len(jobs("a")) == count and jobs("a")


make_stopped("a")
time.sleep(1)
back_up("@every 5s")
[failed] = until("a first Job", has(1), 60)
end(failed, "Failed")
until("the failure is noted", lambda: outcome("a")[0] == "false")
failed_at = outcome("a")[1]
good = until("a second Job", has(2), 60)[1]
end(good, "Complete")
until("the success is noted", lambda: outcome("a")[0] == "true")
succeeded_at = outcome("a")[1]
print("after a failed and a good Job:", outcome("a")[0], "later" if succeeded_at > failed_at else "not later")
ticks(2)
print("two ticks later:", len(jobs("a")), "Jobs")
patch(f"{JOBS}/{failed}", {"metadata": {"labels": {"touched": "yes"}}})
until("an outcome changes", lambda: outcome("a")[1] != succeeded_at)
print("the failed Job touched:", outcome("a")[0], "old time" if outcome("a")[1] == failed_at else "another time")
until("a third Job", has(3), 60)
print("the next tick made another Job")
PY
diff - "$dir/seen.txt" <<'TXT'
after a failed and a good Job: true later
two ticks later: 2 Jobs
the failed Job touched: false old time
the next tick made another Job
TXT
echo "as found with DevWorkspace Operator 0.42.0 and Kubernetes 1.36.3"
