#!/usr/bin/env bash
# DevWorkspace Operator 0.42.0: a workspace whose backup Job could not be made at the first tick is never
# backed up, although the reason is mended and tick follows tick.
#
# Expected: backups are made by a schedule, of each stopped workspace that has none since it was stopped:
# what fails at one tick is tried again at the next.
# Seen: the registry's Secret was missing when the first tick came. No Job; no event, annotation or
# condition tells of it. The Secret was made, and after three more ticks there was still no Job, nor after
# the configuration was taken away and set again. One more stop of the workspace, and the next tick backed
# it up. The operator notes the time of a tick (status.lastBackupTime) whatever came of it, and a workspace
# without an outcome of its own counts as backed up at that time.
# So: make sure of Secret, its label and volumes before backups are turned on, and compare the workspaces
# that were stopped with the Jobs that were made, one by one; the way back is to start and stop them.
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
back_up("@every 2s", authSecret="push")
ticks(1)
print("without the Secret:", len(jobs("a")), "Jobs, outcome", outcome("a")[0])
create("/api/v1/namespaces/operator/secrets", {
    "metadata": {"name": "push", "labels": {PREFIX + "watch-secret": "true"}},
    "type": "kubernetes.io/dockerconfigjson",
    "stringData": {".dockerconfigjson": json.dumps({"auths": {"registry.example": {"auth": "dTpw"}}})},
})
ticks(3)
print("with the Secret, three ticks later:", len(jobs("a")), "Jobs")
patch(CONFIG, {"config": {"workspace": {"backupCronJob": None}}})
back_up("@every 2s", authSecret="push")
ticks(3)
print("turned off and on again, three ticks later:", len(jobs("a")), "Jobs")
time.sleep(1.1)  # Stops are compared in whole seconds.
stop("a")
until("a Job after one more stop", lambda: jobs("a"), 60)
print("stopped once more:", len(jobs("a")), "Job")
PY
diff - "$dir/seen.txt" <<'TXT'
without the Secret: 0 Jobs, outcome None
with the Secret, three ticks later: 0 Jobs
turned off and on again, three ticks later: 0 Jobs
stopped once more: 1 Job
TXT
echo "as found with DevWorkspace Operator 0.42.0 and Kubernetes 1.36.3"
