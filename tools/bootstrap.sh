#!/bin/sh
# bootstrap.sh run|dev|bench: install what is missing for that use, and say so; where nothing is missing, do nothing and ask no network.
#
# Every part is asked for by what must work, never by a package's name, and every part may have been left half done by
# an earlier run that was interrupted: what does not work is made anew, what works is left alone. Each kind leaves a stamp
# in the environment, a hash of everything that decides what is in it; it is written last.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)
kind=${1:-}
case $kind in run | dev | bench) ;; *) echo "usage: sh tools/bootstrap.sh run|dev|bench" >&2; exit 2 ;; esac

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

# Two set-ups at once would fight over one environment: the second waits. The lock is this file itself, opened for reading.
exec 9<tools/bootstrap.sh
if command -v flock >/dev/null 2>&1; then flock -w 1800 9 || fail "another set-up has been running here for half an hour; end it and try again."; fi

# --- the stamp -------------------------------------------------------------------------------------------------------
locks="requirements/install.txt requirements/$kind.txt"
[ "$kind" != bench ] || [ ! -f bench/package-lock.json ] || locks="$locks bench/package-lock.json"
want=$({ cat tools/bootstrap.sh pyproject.toml; for lock in $locks; do cat "$lock"; done; echo "$here"; } | sha256sum | cut -c1-16)

# --- system packages -------------------------------------------------------------------------------------------------
# Sets `python` to an interpreter of version 3.11 that can make a virtual environment.
find_python() {
  for python in python3.11 python3 /usr/bin/python3.11 /usr/local/bin/python3.11; do
    "$python" -c 'import sys, ensurepip, venv, ssl; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && return 0
  done
  return 1
}

has_font() { find /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.fonts" -name '*.[ot]tf' 2>/dev/null | grep -q .; }

has_libatomic() {
  for file in /lib/*/libatomic.so.1 /usr/lib/*/libatomic.so.1 /lib64/libatomic.so.1; do [ ! -e "$file" ] || return 0; done
  return 1
}

# A server of our own, for as long as a test runs, needs its programs and not a service that is running.
has_postgresql() {
  command -v initdb >/dev/null 2>&1 || find /usr/lib/postgresql /usr/local/pgsql -path '*/bin/initdb' 2>/dev/null | grep -q .
}

# Prints the Debian packages for what does not work yet.
missing() {
  find_python || printf ' python3.11 python3.11-venv'
  if [ "$kind" = dev ]; then
    command -v chromium >/dev/null 2>&1 || printf ' chromium'
    has_font || printf ' fonts-dejavu-core'
    command -v pdftoppm >/dev/null 2>&1 || printf ' poppler-utils'
    has_postgresql || printf ' postgresql'
  fi
  # The Node.js inside two of the Python packages is linked against it, and a bare Debian has none.
  [ "$kind" = run ] || has_libatomic || printf ' libatomic1'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif [ -t 0 ]; then sudo "$@"
  else sudo -n "$@"
  fi
}

# Quiet unless it fails: what apt and dpkg print goes to a file, which is shown if they give up.
packaging() { as_root env DEBIAN_FRONTEND=noninteractive "$@" >>"$log" 2>&1 9<&-; }
apt() { packaging apt-get -qq -o Acquire::Retries=3 -o Acquire::http::Timeout=60 -o DPkg::Lock::Timeout=300 "$@"; }

install_packages() {
  command -v apt-get >/dev/null 2>&1 || fail "this system has no apt-get. Install what these Debian packages hold, then try again: $*"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1 || fail "not root, and no sudo here. As root: apt-get install $*"
  say "installing Debian packages: $*"
  log=$(mktemp)
  attempt=1
  # An earlier run may have been cut off in the middle of a package; `dpkg --configure -a` finishes that one first.
  until packaging dpkg --configure -a && apt update && apt install -y --no-install-recommends "$@"; do
    [ "$attempt" -lt 3 ] || { tail -n 30 "$log" >&2; fail "apt-get could not install: $* (its last words stand above)"; }
    attempt=$((attempt + 1)); say "that did not work; attempt $attempt of 3 in 5 seconds"; sleep 5
  done
  rm -f "$log"
}

# --- the environment -------------------------------------------------------------------------------------------------
# True if .venv works, is of version 3.11, was made in this place (its commands carry their path, so a copied one does
# not count), and no installation into it was cut off: a package half written can look like a whole one.
venv_works() {
  [ ! -e .venv/.unfinished ] && grep -qF "$here/.venv" .venv/bin/activate 2>/dev/null &&
    .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

make_venv() {
  if [ -e .venv ]; then say "replacing .venv, which is broken, unfinished or from another place"; rm -rf .venv; fi
  say "making a virtual environment in .venv with $("$python" --version)"
  "$python" -m venv .venv 9<&-
}

pip() { .venv/bin/python -m pip --disable-pip-version-check -q "$@" 9<&-; }
uv() { UV_HTTP_TIMEOUT=120 UV_PYTHON_DOWNLOADS=never .venv/bin/uv -q pip "$@" --python .venv/bin/python 9<&-; }

install_lock() {
  say "installing Python packages from $1, checked by hash"
  if [ -x .venv/bin/uv ] && uv install --compile-bytecode --require-hashes -r "$1"; then return 0; fi
  PIP_DEFAULT_TIMEOUT=${PIP_DEFAULT_TIMEOUT:-120} pip install --retries 5 --require-hashes -r "$1" ||
    fail "the packages of $1 could not be installed (pip's own words stand above). Is the network up? Then try again."
}

# The project itself, in place: changes in src/ count at once, and `effleurage` becomes a command. No network is needed for it.
install_project() {
  uv install --offline --no-deps --no-build-isolation -e . 2>/dev/null || pip install --no-index --no-deps --no-build-isolation -e . ||
    fail "the project itself could not be installed from $here"
}

install_node_packages() {
  [ -f bench/package-lock.json ] || return 0
  say "installing Node.js packages from bench/package-lock.json"
  (cd bench && PATH="$here/.venv/bin:$PATH" npm ci --silent --no-audit --no-fund 9<&-) || fail "npm could not install bench/package-lock.json"
}

# --- what happens ----------------------------------------------------------------------------------------------------
need=$(missing)
if [ -n "$need" ]; then
  # shellcheck disable=SC2086
  install_packages $need
  [ -z "$(missing)" ] || fail "still missing after installing:$(missing)"
fi
find_python

if venv_works && [ "$(cat ".venv/.stamp-$kind" 2>/dev/null)" = "$want" ]; then exit 0; fi
[ ! -d .venv ] || [ -w .venv ] || fail ".venv belongs to somebody else (an earlier run with sudo?). Use sudo again, or remove $here/.venv"
venv_works || make_venv
: >.venv/.unfinished
install_lock requirements/install.txt
install_lock "requirements/$kind.txt"
install_project
[ "$kind" != bench ] || install_node_packages
echo "$want" >".venv/.stamp-$kind"
rm .venv/.unfinished
say "ready"
