#!/usr/bin/env bash
# What a reviewer should not have to say: formatting, vet, staticcheck, fresh
# generated files, known vulnerabilities. Runs all of it, then fails once.
set -u
cd "$(dirname "$0")/.." || exit 1
export GOFLAGS=${GOFLAGS:--buildvcs=false}
status=0
mkdir -p bin
result() { printf '%-24s %s\n' "$1" "$2"; }

unformatted=$(find . -name '*.go' -not -path './bin/*' -not -path './.*' -print0 | xargs -0 -r gofmt -l)
if [ -n "$unformatted" ]; then
  echo "$unformatted"
  result gofmt "FAIL: run gofmt -w on these files"
  status=1
else
  result gofmt ok
fi

# The generated pages are committed, so that a fresh clone needs Go alone.
sums() { find . -name '*_templ.go' -not -path './bin/*' -print0 | sort -z | xargs -0 -r cksum; }
before=$(sums)
if ! go tool templ generate >bin/templ.log 2>&1; then
  cat bin/templ.log
  result "generated pages" "FAIL"
  status=1
elif [ "$before" != "$(sums)" ]; then
  diff <(echo "$before") <(sums) | sed -n 's/^[<>] [0-9]* [0-9]* //p' | sort -u
  result "generated pages" "FAIL: these were stale and have been made anew; commit them"
  status=1
else
  result "generated pages" ok
fi

if go vet ./...; then result "go vet" ok; else result "go vet" FAIL; status=1; fi
if go tool staticcheck ./...; then result staticcheck ok; else result staticcheck FAIL; status=1; fi

# The vulnerability database is on the network. A finding fails; a network
# that cannot be reached is said, and is no finding.
out=$(timeout 300 go tool govulncheck ./... 2>&1)
case $? in
  0) result govulncheck ok ;;
  3)
    echo "$out"
    result govulncheck "FAIL: a known vulnerability is reachable"
    status=1
    ;;
  124) result govulncheck "did not run: no answer from its database within five minutes" ;;
  *)
    if grep -qiE 'vuln\.go\.dev|dial tcp|no such host|i/o timeout|proxyconnect|TLS handshake|connection refused|HTTP GET' <<<"$out"; then
      result govulncheck "did not run: its database cannot be reached"
    else
      echo "$out"
      result govulncheck FAIL
      status=1
    fi
    ;;
esac
exit $status
