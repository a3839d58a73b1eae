#!/usr/bin/env bash
# Every test of the project, once. Starts a PostgreSQL of its own, names the
# browser, and ends with a summary that also says what did not run.
# ONEVISIT_TEST_REQUIRE_ALL=1 turns everything that did not run into a failure.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.." || exit 1
. "$here/lib.sh"
export GOFLAGS=${GOFLAGS:--buildvcs=false}
start=$SECONDS

"$here/setup-test.sh"

absent=()
pg_dir=
trap stop_postgres EXIT
trap 'exit 130' INT TERM
if [ -z "${ONEVISIT_TEST_POSTGRES:-}" ] && ! start_postgres; then
  absent+=("PostgreSQL: the database suites ran on SQLite alone")
fi
if [ -z "${ONEVISIT_TEST_CHROMIUM:-}" ]; then
  if browser=$(find_chromium); then
    export ONEVISIT_TEST_CHROMIUM=$browser
  else
    absent+=("Chromium: the journeys in a real browser did not run")
  fi
fi

if [ -z "${ONEVISIT_TEST_OLD_CHROMIUM:-}" ]; then
  if browser=$(find_old_chromium); then
    export ONEVISIT_TEST_OLD_CHROMIUM=$browser
  else
    absent+=("Chromium 69: the pages were not opened in an old browser")
  fi
fi

if [ -z "${ONEVISIT_TEST_AXE:-}" ]; then
  if axe=$(find_axe); then
    export ONEVISIT_TEST_AXE=$axe
  else
    absent+=("axe-core: the accessibility of the public pages was not checked")
  fi
fi

command -v openssl >/dev/null || absent+=("openssl: keys and signatures were not held against another program")
command -v pdftotext >/dev/null || absent+=("pdftotext: what PDF files say was not read")
command -v soffice >/dev/null || absent+=("LibreOffice: the Word files were not opened in an office program")
[ -d scripts/cpsv-ap/node_modules ] && command -v node >/dev/null || absent+=("Node.js: the linked data were not held against the shapes of CPSV-AP")

mkdir -p bin
status=0
echo "== go test ./..."
go test -p 2 -timeout 25m -json ./... | go run ./scripts/testsum -summary bin/test-summary.txt
codes=("${PIPESTATUS[@]}")
[ "${codes[0]}" -eq 0 ] && [ "${codes[1]}" -eq 0 ] || status=1
echo "== rule corpus"
go test -count 1 -v -run TestCorpus ./internal/corpustest | grep -E '^ +(rule|[A-Z][0-9]{2}|all) ' | tee bin/corpus.txt
echo "== go vet ./..."
go vet ./... || { status=1; echo "go vet: FAIL" >>bin/test-summary.txt; }

{
  for line in "${absent[@]}"; do echo "did not run: $line"; done
  if [ ${#absent[@]} -gt 0 ] && [ -n "${ONEVISIT_TEST_REQUIRE_ALL:-}" ]; then
    echo "FAIL: ONEVISIT_TEST_REQUIRE_ALL is set, and something was absent"
  fi
  echo "took $((SECONDS - start)) s"
} | tee -a bin/test-summary.txt
[ ${#absent[@]} -gt 0 ] && [ -n "${ONEVISIT_TEST_REQUIRE_ALL:-}" ] && status=1
exit $status
