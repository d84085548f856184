"""What the findings about backups of the DevWorkspace Operator do with an API server."""

import time

from kube import create, get, patch, until

WORKSPACES = "/apis/workspace.devfile.io/v1alpha2/namespaces/default/devworkspaces"
CONFIGS = "/apis/controller.devfile.io/v1alpha1/namespaces/operator/devworkspaceoperatorconfigs"
CONFIG = CONFIGS + "/devworkspace-operator-config"
JOBS = "/apis/batch/v1/namespaces/default/jobs"
PREFIX = "controller.devfile.io/"


def prepare():
    """What is there before the controller: its namespace, a configuration, a volume for all workspaces."""
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    # There is no webhook that could convert.
    none = {"spec": {"conversion": {"strategy": "None", "webhook": None}}}
    patch(f"{definitions}/devworkspaces.workspace.devfile.io", none)
    create("/api/v1/namespaces", {"metadata": {"name": "operator"}})
    create(CONFIGS, {
        "apiVersion": "controller.devfile.io/v1alpha1",
        "kind": "DevWorkspaceOperatorConfig",
        "metadata": {"name": "devworkspace-operator-config"},
        "config": {"workspace": {}},
    })
    create("/api/v1/namespaces/default/persistentvolumeclaims", {
        "metadata": {"name": "claim-devworkspace"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    })


def back_up(schedule, **registry):
    """Has stopped workspaces backed up."""
    block = {"enable": True, "schedule": schedule, "registry": {"path": "registry.example/u", **registry}}
    patch(CONFIG, {"config": {"workspace": {"backupCronJob": block}}})


def make_stopped(name):
    """A workspace that ran and was stopped just now."""
    container = {"name": "dev", "container": {"image": "dev.example/it:1", "mountSources": True}}
    create(WORKSPACES, {
        "apiVersion": "workspace.devfile.io/v1alpha2",
        "kind": "DevWorkspace",
        "metadata": {"name": name},
        "spec": {"started": False, "template": {"components": [container]}},
    })
    stop(name)


def stop(name):
    """As the operator notes it: in whole seconds."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    stopped = {"type": "Started", "status": "False", "reason": "", "message": "", "lastTransitionTime": at}
    patch(f"{WORKSPACES}/{name}/status", {
        "status": {"devworkspaceId": f"workspace-{name}", "phase": "Stopped", "conditions": [stopped]},
    })


def jobs(name):
    """Names, in the order in which they were made."""
    found = get(f"{JOBS}?labelSelector={PREFIX}devworkspace_name%3D{name}")["items"]
    order = lambda job: (job["metadata"]["creationTimestamp"], int(job["metadata"]["resourceVersion"]))
    return [job["metadata"]["name"] for job in sorted(found, key=order)]


def end(job, kind):
    """As the Job controller notes it. @param kind: Complete or Failed"""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    before = {"Complete": "SuccessCriteriaMet", "Failed": "FailureTarget"}[kind]
    status = {
        "startTime": at,
        "conditions": [
            {"type": each, "status": "True", "lastTransitionTime": at, "lastProbeTime": at}
            for each in (before, kind)
        ],
        **({"completionTime": at, "succeeded": 1} if kind == "Complete" else {"failed": 1}),
    }
    patch(f"{JOBS}/{job}/status", {"status": status})


def outcome(name):
    """What the annotations say: "true", "false" or None, and when that was."""
    annotations = get(f"{WORKSPACES}/{name}")["metadata"].get("annotations", {})
    return tuple(annotations.get(f"{PREFIX}last-backup-{each}") for each in ("successful", "finished-at"))


def ticks(count):
    """Waits until so many more have ended."""
    last = lambda: get(CONFIG).get("status", {}).get("lastBackupTime")
    for _ in range(count):
        seen = last()
        until("a tick ends", lambda: last() != seen, 60)
