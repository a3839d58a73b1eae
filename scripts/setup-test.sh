#!/usr/bin/env bash
# Installs what the full test run wants and Go does not bring: PostgreSQL,
# Chromium, a Chinese font, LibreOffice, pdftotext and Node.js, from Debian packages, where
# that is allowed (root or passwordless sudo, apt-get present), and the modules of
# scripts/cpsv-ap and the old browser of scripts/old-chromium, as their lock files
# name them. Never fails for a missing
# right: the tests that need the thing then say that they did not run.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

if [ -z "${ONEVISIT_TEST_AXE:-}" ] && ! find_axe >/dev/null; then
  if ! command -v npm >/dev/null; then
    echo "setup-test: axe-core missing, and there is no npm to get it" >&2
  elif ! get_axe; then
    echo "setup-test: axe-core could not be got from npm" >&2
  fi
fi

want=()
[ -n "${ONEVISIT_TEST_POSTGRES:-}" ] || find_postgres >/dev/null || want+=(postgresql)
if [ -z "${ONEVISIT_TEST_CHROMIUM:-}" ]; then
  find_chromium >/dev/null || want+=(chromium)
  has_chinese_font || want+=(fonts-noto-cjk)
fi
command -v soffice >/dev/null || want+=(libreoffice-writer-nogui)
command -v pdftotext >/dev/null || want+=(poppler-utils)
command -v openssl >/dev/null || want+=(openssl)
command -v npm >/dev/null || want+=(nodejs npm)

# Modules are fetched anew when their lock file is newer than they are.
modules() {
  local at=$here/$1
  command -v npm >/dev/null || return 1
  [ "$at/node_modules/.package-lock.json" -nt "$at/package-lock.json" ] && return 0
  echo "setup-test: installing the modules of scripts/$1"
  (cd "$at" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error) || { echo "setup-test: they could not be installed" >&2; return 1; }
}
node_modules() {
  modules cpsv-ap
  if [ -z "${ONEVISIT_TEST_OLD_CHROMIUM:-}" ] && [ ! -x "$old_chromium_file" ] && modules old-chromium; then
    node "$here/old-chromium/unpack.mjs" "$old_chromium_file" || echo "setup-test: Chromium 69 could not be unpacked" >&2
  fi
}
if [ ${#want[@]} -eq 0 ]; then
  node_modules
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "setup-test: ${want[*]} missing, and there is no apt-get to install them" >&2
  node_modules
  exit 0
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo=(sudo -n)
  else
    echo "setup-test: ${want[*]} missing, and neither root nor passwordless sudo to install them" >&2
    node_modules
    exit 0
  fi
fi
echo "setup-test: installing ${want[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
get() {
  "${sudo[@]}" apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" >>"$log" 2>&1
}
get -q update || echo "setup-test: apt-get update did not succeed; trying with the lists at hand" >&2
for package in "${want[@]}"; do
  if ! get -q install -y --no-install-recommends "$package"; then
    echo "setup-test: $package could not be installed:" >&2
    tail -n 5 "$log" >&2
  fi
done
node_modules
exit 0
