# `make` lists the targets.

GOLANGCI_LINT_VERSION := v2.15.0
ACTIONLINT_VERSION := v1.7.12
APIDIFF_VERSION := v0.0.0-20261014143641-f0251eb4aa3e

FUZZTIME ?= 30s
BENCH ?= .

# A tool's file name carries its version and Go's, so that a new pin or a new Go
# installs it anew.
BIN := $(CURDIR)/.bin
GO_VERSION := $(shell go env GOVERSION)
GOLANGCI_LINT := $(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION)-$(GO_VERSION)
ACTIONLINT := $(BIN)/actionlint-$(ACTIONLINT_VERSION)-$(GO_VERSION)
APIDIFF := $(BIN)/apidiff-$(APIDIFF_VERSION)-$(GO_VERSION)
SPECLINT := tools/speclint/node_modules/.package-lock.json
INTEROP := interop/node_modules/.package-lock.json
BENCH_NODE := bench/node/node_modules/.package-lock.json

# The generator's command line stands in generate.go alone.
EVENTGEN := $(shell sed -n 's|^//go:generate ||p' generate.go)

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: generate
generate: ## Rebuild gen/api from the spec.
	go generate ./...

.PHONY: check-generate
check-generate: ## Fail if gen/api is not what the spec and the generator give.
	$(EVENTGEN) -check
	@left=$$(git status --porcelain -- gen | grep '^.[^ ]' || true); \
	if [ -n "$$left" ]; then \
		echo "generated files that git does not hold; add them:"; echo "$$left"; exit 1; \
	fi

# go run hides the exit status that says what kind of change there is, so the
# generator is built.
.PHONY: eventgen
eventgen:
	@go build -o $(BIN)/eventgen ./cmd/eventgen

# The vendor's document, a file or a URL, and how to report.
UPSTREAM ?=
FORMAT ?= text

.PHONY: spec-diff
spec-diff: eventgen ## Say how UPSTREAM (a file or a URL) differs from the spec on the wire.
	@$(BIN)/eventgen diff -overrides spec/upstream.yaml -lock spec/upstream.sha256 -format $(FORMAT) spec/openapi.yaml \
		$(or $(UPSTREAM),$(error set UPSTREAM to a file or a URL))

.PHONY: spec-import
spec-import: eventgen ## Bring what is new in UPSTREAM into the spec.
	@$(BIN)/eventgen import -overrides spec/upstream.yaml -lock spec/upstream.sha256 \
		$(or $(UPSTREAM),$(error set UPSTREAM to a file or a URL))

.PHONY: apidiff
apidiff: $(APIDIFF) ## Fail if the Go API broke since the last release and the changelog is silent.
	go run ./tools/apidiff -tool $(APIDIFF)

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the Go code (gofumpt, goimports).
	$(GOLANGCI_LINT) fmt

.PHONY: fmt-check
fmt-check: $(GOLANGCI_LINT) ## Fail if the Go code is not formatted.
	$(GOLANGCI_LINT) fmt --diff

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Lint the Go code.
	$(GOLANGCI_LINT) config verify
	$(GOLANGCI_LINT) run

.PHONY: lint-spec
lint-spec: $(SPECLINT) ## Lint spec/ (kin-openapi, redocly, spectral, AsyncAPI parser).
	go test ./spec
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npm --prefix tools/speclint run --silent lint

.PHONY: lint-workflows
lint-workflows: $(ACTIONLINT) ## Lint the GitHub workflows.
	$(ACTIONLINT)

.PHONY: test
test: ## Run the tests.
	go test ./...

.PHONY: race
race: ## Run the tests under the race detector.
	go test -race ./...

# What the codec does in assembly, and all that stands on it.
CODEC := ./wire ./internal/base64 ./internal/apitest ./gen/... ./realtime

.PHONY: test-purego
test-purego: ## Run the codec's and session's tests without assembly.
	go test -tags purego . $(CODEC)

# Emulated, a processor is some twenty times as slow: the long tests are left out.
QEMU := $(or $(shell command -v qemu-aarch64-static),$(shell command -v qemu-aarch64))

.PHONY: test-arm64
test-arm64: ## Run them for arm64, emulated where need be; skips that where QEMU is missing.
ifeq ($(shell go env GOHOSTARCH),arm64)
	go test $(CODEC)
else ifneq ($(QEMU),)
	CGO_ENABLED=0 GOARCH=arm64 go test -short -exec $(QEMU) $(CODEC)
else ifneq ($(QEMU_REQUIRED),)
	@echo "qemu-aarch64 is missing (Debian's package is qemu-user-static)"; exit 1
else
	@echo "qemu-aarch64 is missing: make test-arm64 was skipped"
endif

.PHONY: fuzz
fuzz: ## Run every fuzz target, each for FUZZTIME (30s).
	@grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | xargs -n 1 dirname | sort -u | \
	while read -r dir; do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go | cut -c 6- | sort -u); do \
			echo "$$dir $$target"; \
			go test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(FUZZTIME) "$$dir" </dev/null || exit 1; \
		done || exit 1; \
	done

.PHONY: bench
bench: bench-node ## Compare with other clients and write bench/RESULTS.md (15 minutes).
	cd bench && go run .

.PHONY: bench-quick
bench-quick: bench-node ## The same in two minutes, and less sharp.
	cd bench && go run . -quick

# Without npm the vendor's package is a peer less, and the results say so.
.PHONY: bench-node
bench-node:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(BENCH_NODE); else echo "npm is missing: one peer less"; fi

.PHONY: bench-check
bench-check: ## Vet and test the comparison itself.
	go -C bench vet ./...
	go -C bench test ./...

.PHONY: bench-go
bench-go: ## Run the benchmarks whose name matches BENCH (all).
	go test -run='^$$' -bench='$(BENCH)' -benchmem ./...

.PHONY: demo
demo: ## Hold a spoken conversation with the server in process (LIVE=1: with the API).
	@echo "building ..."
	@go run ./examples/demo

.PHONY: demo-browser
demo-browser: ## Serve a page that holds the conversation in a browser (LIVE=1: with the API).
	@go run ./examples/browser

.PHONY: wasm
wasm: ## Build the page's program for browsers, and tell its size.
	go run ./examples/browser -build wasm-out

.PHONY: test-browser
test-browser: ## Run the browser's tests in Chromium; skips them where it is missing.
	go -C examples/browser/e2e vet ./...
	go -C examples/browser/e2e test -v ./...

# Rows to try, such as ROW=S054,S061, and how many at a time.
ROW ?=
J ?= 1

.PHONY: mission
mission: ## Break each requirement of docs/mission.md once and see its test fail (15 minutes; ROW=S054,S061).
	go run ./tools/missionfaults -row '$(ROW)' -j $(J)

.PHONY: interop
interop: $(INTEROP) ## Let the vendor's JavaScript clients talk to the test server.
	npm --prefix interop run --silent test

.PHONY: tidy-check
tidy-check: ## Fail if go.mod or go.sum is not tidy.
	go mod tidy -diff
	go -C examples/browser/e2e mod tidy -diff
	go -C bench mod tidy -diff

.PHONY: check
check: tidy-check fmt-check lint lint-workflows ## Run all that CI runs; skips what npm or QEMU is missing for.
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory lint-spec interop; \
	else echo "npm is missing: make lint-spec interop was skipped"; fi
	@$(MAKE) --no-print-directory check-generate bench-check
	@$(MAKE) --no-print-directory test-purego
	@$(MAKE) --no-print-directory test-arm64
	@$(MAKE) --no-print-directory race

.PHONY: clean
clean: ## Remove the tools and what the targets wrote.
	rm -rf .bin demo-out wasm-out tools/speclint/node_modules interop/node_modules bench/node/node_modules

# install builds a Go tool at a version and gives it the target's name.
define install
@mkdir -p $(BIN)
@rm -f $(BIN)/$(1)-*
GOBIN=$(BIN) go install $(2)
@mv $(BIN)/$(1) $@
endef

$(GOLANGCI_LINT):
	$(call install,golangci-lint,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION))

$(ACTIONLINT):
	$(call install,actionlint,github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION))

$(APIDIFF):
	$(call install,apidiff,golang.org/x/exp/cmd/apidiff@$(APIDIFF_VERSION))

# Install scripts stay off: no linter needs one.
$(SPECLINT): tools/speclint/package-lock.json
	npm --prefix tools/speclint ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(INTEROP): interop/package-lock.json
	npm --prefix interop ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(BENCH_NODE): bench/node/package-lock.json
	npm --prefix bench/node ci --ignore-scripts --no-audit --no-fund
	@touch $@
