# Sourced by the findings about backups of the DevWorkspace Operator, after lib/control_plane.sh: has its
# backup controller, and starts it. Everything else of the operator stays away, so that workspaces are as
# the finding says, and so do the controllers of Kubernetes, so that Jobs end as it says.

operator=github.com/devfile/devworkspace-operator

build_backup_controller() { # v0.42.0, behind a main program of its own
  [ ! -x "$cache/backup-controller" ] || return 0
  echo "building backup-controller" >&2
  mkdir "$dir/build-backup-controller"
  (
    cd "$dir/build-backup-controller"
    cat >main.go <<'GO'
package main

import (
	"log"

	dwv2 "github.com/devfile/api/v2/pkg/apis/workspaces/v1alpha2"
	controllerv1alpha1 "github.com/devfile/devworkspace-operator/apis/controller/v1alpha1"
	backupcronjob "github.com/devfile/devworkspace-operator/controllers/backupcronjob"
	"github.com/devfile/devworkspace-operator/pkg/infrastructure"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	ctrl.SetLogger(zap.New())
	must(infrastructure.Initialize())
	scheme := runtime.NewScheme()
	must(clientgoscheme.AddToScheme(scheme))
	must(controllerv1alpha1.AddToScheme(scheme))
	must(dwv2.AddToScheme(scheme))
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"},
	})
	must(err)
	client := manager.GetClient()
	must((&backupcronjob.BackupCronJobReconciler{
		Client: client, NonCachingClient: client, Log: ctrl.Log, Scheme: scheme,
	}).SetupWithManager(manager))
	must(manager.Start(ctrl.SetupSignalHandler()))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
GO
    printf 'module findings\ngo 1.26.0\n' >go.mod
    go mod edit -require "$operator@v0.42.0"
    go mod tidy
    go build -trimpath -p 2 -o "$cache/backup-controller" .
  ) >"$dir/build.log" 2>&1 || { tail -n 12 "$dir/build.log" >&2; return 1; }
}

start_backup_controller() {
  build_backup_controller
  local objects
  objects="$(sources $operator@v0.42.0)/deploy/deployment/kubernetes/objects"
  define "$objects"/devworkspace{s.workspace,operatorconfigs.controller}.devfile.io.CustomResourceDefinition.yaml
  kube -c 'import devworkspace; devworkspace.prepare()'
  KUBECONFIG=$dir/kubeconfig WATCH_NAMESPACE=operator RELATED_IMAGE_project_backup=backup.example/it:1 \
    run backup-controller "$cache/backup-controller"
}
