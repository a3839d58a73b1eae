#!/usr/bin/env bash
# Benchmarks with memory, into bin/bench.txt. BASE=file compares with an
# earlier result, COUNT=n repeats, PACKAGES=./internal/... narrows.
set -eu -o pipefail
cd "$(dirname "$0")/.."
export GOFLAGS=${GOFLAGS:--buildvcs=false}
mkdir -p bin
go test -run '^$' -bench "${BENCH:-.}" -benchmem -count "${COUNT:-1}" -timeout 60m ${PACKAGES:-./...} | tee bin/bench.txt
if [ -n "${BASE:-}" ]; then
  go tool benchstat "$BASE" bin/bench.txt
else
  go tool benchstat bin/bench.txt
fi
