// Command devworkspace-operator runs the controllers of the DevWorkspace Operator as its own program
// does, but listens on given loopback addresses only and serves no webhooks: there is no pod that could.
// Whoever creates a DevWorkspace gives it the label controller.devfile.io/creator, as the webhook would.
// Source: devfile/devworkspace-operator v0.42.0, main.go.
package main

import (
	"context"
	"flag"
	"log"

	dwv1 "github.com/devfile/api/v2/pkg/apis/workspaces/v1alpha1"
	dwv2 "github.com/devfile/api/v2/pkg/apis/workspaces/v1alpha2"
	controllerv1alpha1 "github.com/devfile/devworkspace-operator/apis/controller/v1alpha1"
	backupcronjob "github.com/devfile/devworkspace-operator/controllers/backupcronjob"
	cleanupcronjob "github.com/devfile/devworkspace-operator/controllers/cleanupcronjob"
	"github.com/devfile/devworkspace-operator/controllers/controller/devworkspacerouting"
	"github.com/devfile/devworkspace-operator/controllers/controller/devworkspacerouting/solvers"
	workspace "github.com/devfile/devworkspace-operator/controllers/workspace"
	"github.com/devfile/devworkspace-operator/pkg/cache"
	"github.com/devfile/devworkspace-operator/pkg/config"
	"github.com/devfile/devworkspace-operator/pkg/infrastructure"
	kubesync "github.com/devfile/devworkspace-operator/pkg/library/kubernetes"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	// Beside --kubeconfig, which controller-runtime declares.
	metrics := flag.String("metrics-addr", "", "address of /metrics, without TLS")
	health := flag.String("health-addr", "", "address of /healthz and /readyz")
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseDevMode(config.GetDevModeEnabled())))

	manager, direct := newManager(*metrics, *health)
	must(config.MigrateConfigFromConfigMap(direct))
	must(config.SetupControllerConfig(direct))
	must(manager.GetFieldIndexer().IndexField(context.Background(), &corev1.Event{}, "involvedObject.name", involvedName))
	addControllers(manager, direct)
	must(manager.AddHealthzCheck("healthz", healthz.Ping))
	must(manager.AddReadyzCheck("readyz", healthz.Ping))
	must(manager.Start(ctrl.SetupSignalHandler()))
}

// The manager, and a client that reads past its cache.
func newManager(metrics, health string) (ctrl.Manager, client.Client) {
	// Says that this is no OpenShift.
	must(infrastructure.Initialize())
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, controllerv1alpha1.AddToScheme, dwv1.AddToScheme, dwv2.AddToScheme,
	} {
		must(add(scheme))
	}
	must(kubesync.InitializeDeserializer(scheme))
	newCache, err := cache.GetCacheFunc()
	must(err)
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Scheme:                 scheme,
		Metrics:                metricsserver.Options{BindAddress: metrics},
		HealthProbeBindAddress: health,
		NewCache:               newCache,
	})
	must(err)
	direct, err := client.New(manager.GetConfig(), client.Options{Scheme: scheme})
	must(err)
	return manager, direct
}

func addControllers(manager ctrl.Manager, direct client.Client) {
	log := ctrl.Log.WithName("controllers")
	cached, scheme := manager.GetClient(), manager.GetScheme()
	must((&devworkspacerouting.DevWorkspaceRoutingReconciler{
		Client:       cached,
		Log:          log.WithName("DevWorkspaceRouting"),
		Scheme:       scheme,
		SolverGetter: &solvers.SolverGetter{},
		DebugLogging: config.ExperimentalFeaturesEnabled(),
	}).SetupWithManager(manager))
	must((&workspace.DevWorkspaceReconciler{
		Client:           cached,
		NonCachingClient: direct,
		Log:              log.WithName("DevWorkspace"),
		Scheme:           scheme,
	}).SetupWithManager(manager))
	must((&cleanupcronjob.CleanupCronJobReconciler{
		Client: cached,
		Log:    log.WithName("CleanupCronJob"),
		Scheme: scheme,
	}).SetupWithManager(manager))
	must((&backupcronjob.BackupCronJobReconciler{
		Client:           cached,
		NonCachingClient: direct,
		Log:              log.WithName("BackupCronJob"),
		Scheme:           scheme,
	}).SetupWithManager(manager))
}

// An index by which the operator finds the events of a workspace's pods.
func involvedName(object client.Object) []string {
	return []string{object.(*corev1.Event).InvolvedObject.Name}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
