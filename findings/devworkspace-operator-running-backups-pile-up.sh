#!/usr/bin/env bash
# DevWorkspace Operator 0.42.0: while a backup runs that is not a workspace's first one, every tick starts
# another of the same workspace beside it.
#
# Expected: one backup of a workspace at a time: a Job that runs is waited for.
# Seen: the first backup of a workspace ran on and on: three ticks later there was one Job, as expected.
# It ended, the workspace was started and stopped again, and its second backup ran on and on: one more Job
# at each tick, four after four ticks, all of one volume and into one repository. Whether a Job is there is
# never looked at: the first one is alone only because a tick's time counts as the backup of a workspace
# that has no outcome yet, and an outcome of its own is older than the stop until the new Job has ended.
# So: where backups take longer than a period of the schedule (a slow registry, many workspaces), Jobs grow
# with every tick until nodes or volumes are full, though the configuration is right. Count Jobs that run
# beside each other, and let the period be longer than the slowest backup.
#
# Needs go 1.26, python3 and openssl. Fails if the behaviour changes.
. "$(dirname "$0")/lib/control_plane.sh"
. "$lib/devworkspace.sh"
start_control_plane
start_backup_controller
kube - <<'PY' | tee "$dir/seen.txt"
from kube import *
from devworkspace import *

make_stopped("a")
time.sleep(1)
back_up("@every 2s")
[first] = until("a first Job", lambda: jobs("a"), 60)
ticks(3)
print("the first backup, after three more ticks:", len(jobs("a")), "Job runs")
end(first, "Complete")
until("its success is noted", lambda: outcome("a")[0] == "true")
time.sleep(1.1)  # Stops are compared in whole seconds.
stop("a")
until("a Job after the second stop", lambda: len(jobs("a")) > 1, 60)
ticks(3)
print("the second backup, after three more ticks: at least 4 Jobs run:", len(jobs("a")) - 1 >= 4)
PY
diff - "$dir/seen.txt" <<'TXT'
the first backup, after three more ticks: 1 Job runs
the second backup, after three more ticks: at least 4 Jobs run: True
TXT
echo "as found with DevWorkspace Operator 0.42.0 and Kubernetes 1.36.3"
