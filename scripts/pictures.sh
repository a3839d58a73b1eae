#!/usr/bin/env bash
# Takes the pictures of the README anew (docs/pictures), from a demonstration
# county of its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
. "$here/lib.sh"
export GOFLAGS=${GOFLAGS:--buildvcs=false}
"$here/setup-test.sh"
ONEVISIT_TEST_CHROMIUM=${ONEVISIT_TEST_CHROMIUM:-$(find_chromium)} || { echo "no Chromium to take pictures with" >&2; exit 1; }
export ONEVISIT_TEST_CHROMIUM ONEVISIT_PICTURES=$PWD/docs/pictures
mkdir -p "$ONEVISIT_PICTURES"
go test -count 1 -run '^TestPictures$' ./cmd/onevisit
