# onevisit: every command works in a fresh clone with Go alone.
#
#   make run     a county ready to look at, on http://127.0.0.1:8080
#   make test    every test, with PostgreSQL and Chromium where they can be had

SHELL := /bin/bash
export GOFLAGS ?= -buildvcs=false
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
PLATFORMS := linux/amd64 linux/arm64 linux/loong64 windows/amd64

.PHONY: run build test quick check generate corpus shapes pictures bench load province cross fuzz crash-long setup-test clean help

## run: build the program and start the demonstration county
run: build
	bin/onevisit demo $(ARGS)

## build: the program, as bin/onevisit
build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/onevisit ./cmd/onevisit

## test: everything; installs PostgreSQL, Chromium and a Chinese font where it may
test:
	scripts/test.sh

## quick: the tests that need nothing but Go
quick:
	$(GO) test -timeout 5m ./...

## check: formatting, vet, staticcheck, fresh generated files, known vulnerabilities
check:
	scripts/check.sh

## generate: pages from their templates (*.templ → *_templ.go), docs/reform/rules.md from the rules
generate:
	$(GO) tool templ generate
	$(GO) generate ./cmd/onevisit

## corpus: the rules over the published corpus, with precision and recall
corpus:
	$(GO) test -count 1 -v -run TestCorpus ./internal/corpustest

## shapes: the linked data of everything that the demonstration publishes against the shapes of CPSV-AP (needs Node.js)
shapes:
	cd scripts/cpsv-ap && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	ONEVISIT_TEST_REQUIRE_ALL=1 $(GO) test -count 1 -v -run '^TestOpenData$$/^shapes$$' ./cmd/onevisit

## pictures: those of the README, taken anew from the demonstration in Chromium
pictures:
	scripts/pictures.sh

## bench: benchmarks with memory; compared with BASE=file when given
bench:
	scripts/bench.sh

## load: requests a second of the public pages, as shares of an empty handler's
load:
	$(GO) test -count 1 -run '^$$' -bench '^BenchmarkPages$$' -benchtime 1x ./cmd/onevisit

## province: the server over 300,000 published items: start, memory, releases, pages (minutes; ONEVISIT_PROVINCE_DATA=dir keeps the database)
province:
	ONEVISIT_PROVINCE_ITEMS=$${ONEVISIT_PROVINCE_ITEMS:-300000} $(GO) test -timeout 1h -count 1 -v -run '^$$' -bench '^BenchmarkProvince$$' -benchtime 1x ./cmd/onevisit

## cross: the program for every platform that is claimed, in bin/cross
cross:
	@set -e; for p in $(PLATFORMS); do \
	  os=$${p%/*}; arch=$${p#*/}; ext=; [ $$os = windows ] && ext=.exe; \
	  start=$$SECONDS; \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/cross/onevisit-$$os-$$arch$$ext ./cmd/onevisit; \
	  echo "built $$p in $$((SECONDS - start)) s"; \
	done

## fuzz: every fuzz target in turn, FUZZTIME each (default 1m)
fuzz:
	@set -e; for pkg in $$($(GO) list $${PACKAGES:-./...}); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $${FUZZTIME:-1m} $$pkg; \
	  done; \
	done

## crash-long: the durability tests, for hours instead of seconds (ONEVISIT_TEST_LONG=duration)
crash-long:
	ONEVISIT_TEST_LONG=$${ONEVISIT_TEST_LONG:-2h} $(GO) test -timeout 0 -count 1 -v -run 'Crash|Durab' ./internal/infra/store/... ./cmd/...

## setup-test: only install what the tests want
setup-test:
	scripts/setup-test.sh

clean:
	rm -rf bin

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)
