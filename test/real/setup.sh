#!/usr/bin/env bash
# Brings the real servers and clients of `npm run test:real` onto a Debian machine: Prometheus, Chromium, the Python MCP clients.
# Run it as often as you like: it installs only what is missing, and fails with the name of what could not be installed.
# Debian's package may start a Prometheus of its own where systemd runs; the tests never use it, they start theirs on free ports.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
venv="$root/.cache/venv"
requirements="$here/requirements.txt"
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

# The stamp is the requirements file that was installed last, so a changed pin reinstalls and an unchanged one costs nothing.
install_python_clients() {
  local stamp="$venv/requirements.installed"
  if "$venv/bin/python" -c 'import fastmcp, mcp' 2>/dev/null && cmp -s "$requirements" "$stamp"; then return; fi
  echo "setup: installing the Python clients of test/real/requirements.txt into .cache/venv"
  rm -rf "$venv"
  mkdir -p "$root/.cache"
  python3 -m venv "$venv" || fail "the Python virtual environment"
  local pin
  while read -r pin; do
    case "$pin" in "" | "#"*) continue ;; esac
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input "$pin" || fail "Python client $pin"
  done <"$requirements"
  # One resolution of all pins together, so that a later pin cannot quietly have moved an earlier one.
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input -r "$requirements" || fail "the Python clients together"
  "$venv/bin/python" -c 'import fastmcp, mcp' || fail "the Python clients (they are there, but cannot be imported)"
  cp "$requirements" "$stamp"
}

show() {
  local name="$1" version
  shift
  version="$("$@" 2>/dev/null)" || fail "$name ('$*' fails)"
  printf '%-12s %s\n' "$name" "${version%%$'\n'*}"
}

need Prometheus prometheus prometheus --version
need promtool prometheus promtool --version
need Chromium chromium chromium --version
need openssl openssl openssl version
need python3 python3 python3 --version
need python3-venv python3-venv python_can_make_venv
install_python_clients

show Prometheus prometheus --version
show promtool promtool --version
show Chromium chromium --version
show openssl openssl version
show python "$venv/bin/python" --version
for client in fastmcp mcp; do
  show "$client" "$venv/bin/python" -c "import $client, importlib.metadata as m; print(m.version('$client'))"
done
