# Shared by the scripts beside it; sourced, not run.

# find_postgres prints the directory of initdb and pg_ctl, newest version first.
find_postgres() {
  local dir
  for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) /usr/pgsql-*/bin; do
    if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
      echo "$dir"
      return 0
    fi
  done
  if command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
    dirname "$(command -v initdb)"
    return 0
  fi
  return 1
}

# find_chromium prints the path of a browser of the Chromium family that starts
# (on some systems the name is only a hint to install a snap).
find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable headless-shell; do
    if command -v "$name" >/dev/null && timeout 30 "$name" --version >/dev/null 2>&1; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

# axe-core, the accessibility checker of the browser tests: this version, which
# the test holds against its SHA-256, kept outside of the project (MPL-2.0).
axe_version=4.10.3
axe_file="${XDG_CACHE_HOME:-$HOME/.cache}/onevisit/axe-core-$axe_version/package/axe.min.js"

# find_axe prints the path of the checker, if it is there.
find_axe() {
  [ -s "$axe_file" ] && echo "$axe_file"
}

# get_axe brings it from npm.
get_axe() {
  local dir
  dir=$(dirname "$(dirname "$axe_file")")
  mkdir -p "$dir" && (cd "$dir" && npm pack --silent "axe-core@$axe_version" >/dev/null && tar -xzf "axe-core-$axe_version.tgz" && rm -f "axe-core-$axe_version.tgz")
}

# The oldest Chromium that the portal serves, out of scripts/old-chromium.
old_chromium_file="${XDG_CACHE_HOME:-$HOME/.cache}/onevisit/chromium-69.0.3494.0/chromium"

# find_old_chromium prints its path, if it is there and starts.
find_old_chromium() {
  [ -x "$old_chromium_file" ] && timeout 60 "$old_chromium_file" --headless --no-sandbox --disable-gpu --single-process --no-zygote --dump-dom about:blank >/dev/null 2>&1 && echo "$old_chromium_file"
}

# has_chinese_font: without one, pictures of pages show empty boxes.
has_chinese_font() {
  if command -v fc-list >/dev/null; then
    [ -n "$(fc-list :lang=zh-cn family 2>/dev/null | head -n 1)" ]
  else
    [ -n "$(find -L /usr/share/fonts /usr/local/share/fonts \( -iname '*cjk*' -o -iname 'wqy-*' -o -iname 'lxgw*' \) -print -quit 2>/dev/null)" ]
  fi
}

# start_postgres starts a cluster of its own in a temporary directory and sets
# ONEVISIT_TEST_POSTGRES; stop_postgres stops and removes it. PostgreSQL
# refuses to run as root, so root hands the work to another user.
start_postgres() {
  local bin port try
  bin=$(find_postgres) || return 1
  pg_dir=$(mktemp -d -t onevisit-pg.XXXXXX) || return 1
  pg_as=()
  if [ "$(id -u)" -eq 0 ]; then
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$pg_dir"
    pg_as=(runuser -u "$user" --)
  fi
  pg_ctl="$bin/pg_ctl"
  # Run from a directory that the other user may enter.
  (
    cd "$pg_dir" || exit 1
    "${pg_as[@]}" "$bin/initdb" -D "$pg_dir/data" -U onevisit -A trust -E UTF8 --no-locale --no-sync >"$pg_dir/initdb.log" 2>&1
  ) || { tail -n 5 "$pg_dir/initdb.log" >&2; rm -rf "$pg_dir"; pg_dir=; return 1; }
  for try in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    # fsync stays on for the crash tests that ask for it; a thrown-away cluster
    # that only answers questions may do without.
    if (
      cd "$pg_dir" || exit 1
      "${pg_as[@]}" "$pg_ctl" -D "$pg_dir/data" -l "$pg_dir/data/log.txt" -w -t 60 start \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB"
    ) >/dev/null 2>&1; then
      export ONEVISIT_TEST_POSTGRES="postgres://onevisit@127.0.0.1:$port/postgres?sslmode=disable"
      return 0
    fi
  done
  tail -n 5 "$pg_dir/data/log.txt" >&2
  stop_postgres
  return 1
}

stop_postgres() {
  [ -n "${pg_dir:-}" ] || return 0
  (cd "$pg_dir" && "${pg_as[@]}" "$pg_ctl" -D "$pg_dir/data" -m immediate -w stop) >/dev/null 2>&1
  rm -rf "$pg_dir"
  pg_dir=
}
