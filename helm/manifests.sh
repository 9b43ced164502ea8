#!/bin/sh
# Plain manifests for `kubectl apply` or `oc apply`, on standard output. Helm is needed here, and neither a cluster nor Helm there.
#   sh helm/manifests.sh -f values.yaml -n ops > ops-hub.yaml
# Every option of `helm template` may follow: --set, or -a route.openshift.io/v1 for an OpenShift without a Route of the hub.
set -eu
chart="$(cd "$(dirname "$0")" && pwd)/ops-hub"

if ! command -v helm >/dev/null; then
  echo "manifests: there is no helm in the PATH. Version 3 is one file: https://helm.sh/docs/intro/install/" >&2
  exit 127
fi
# The last of two options counts, so the namespace is ops-hub unless said otherwise.
helm template ops-hub "$chart" --namespace ops-hub --set withoutHelm=true "$@"
echo "manifests: made. Create the namespace, then: kubectl apply -f, or oc apply -f" >&2
