# `make` lists the targets.

GOLANGCI_LINT_VERSION := v2.15.0
ACTIONLINT_VERSION := v1.7.12
GREMLINS_VERSION := v0.6.0
APIDIFF_VERSION := v0.0.0-20261014143641-f0251eb4aa3e

FUZZTIME ?= 30s
BENCH ?= .

# The file name of a tool includes its version and Go's, so that changing either
# reinstalls it.
BIN := $(CURDIR)/.bin
GO_VERSION := $(shell go env GOVERSION)
GOLANGCI_LINT := $(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION)-$(GO_VERSION)
ACTIONLINT := $(BIN)/actionlint-$(ACTIONLINT_VERSION)-$(GO_VERSION)
APIDIFF := $(BIN)/apidiff-$(APIDIFF_VERSION)-$(GO_VERSION)
GREMLINS := $(BIN)/gremlins-$(GREMLINS_VERSION)-$(GO_VERSION)
SPECLINT := tools/speclint/node_modules/.package-lock.json
INTEROP := interop/node_modules/.package-lock.json
INTEROP_PHONE := interop/telephony/node_modules/.package-lock.json
PEERDIFF := tools/peerdiff/node_modules/.package-lock.json
SITE := site/node_modules/.package-lock.json
BENCH_NODE := bench/node/node_modules/.package-lock.json

# The nested modules, which go ./... of the root does not include.
MODULES := agent/mcptools bench cmd/realtime examples/browser/e2e fleet fleet/inproc fleet/trial interop/go openaigo \
	otelrealtime tools/peerdiff/gopeer view/e2e

# The generator's command lines are defined in generate.go.
EVENTGEN := sed -n 's|^//go:generate ||p' generate.go

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: generate
generate: ## Rebuild the packages of gen from the spec.
	go generate ./...

.PHONY: check-generate
check-generate: ## Fail if a package of gen differs from the generator's output.
	@$(EVENTGEN) | while read -r line; do echo "$$line -check"; $$line -check </dev/null || exit 1; done
	@left=$$(git status --porcelain -- gen | grep '^.[^ ]' || true); \
	if [ -n "$$left" ]; then \
		echo "generated files that are not in git; add them:"; echo "$$left"; exit 1; \
	fi

# Build the generator: go run would hide the exit status, which is the class of the
# change.
.PHONY: eventgen
eventgen:
	@go build -o $(BIN)/eventgen ./cmd/eventgen

# The vendor's document, a file or a URL, and the format of the report.
UPSTREAM ?=
FORMAT ?= text

.PHONY: spec-diff
spec-diff: eventgen ## Compare UPSTREAM (a file or a URL) with the spec on the wire.
	@$(BIN)/eventgen diff -overrides spec/upstream.yaml -lock spec/upstream.sha256 -format $(FORMAT) spec/asyncapi.yaml \
		$(or $(UPSTREAM),$(error set UPSTREAM to a file or a URL))

.PHONY: spec-import
spec-import: eventgen ## Add the new parts of UPSTREAM to the spec.
	@$(BIN)/eventgen import -overrides spec/upstream.yaml -lock spec/upstream.sha256 \
		$(or $(UPSTREAM),$(error set UPSTREAM to a file or a URL))

# PEER is npm, go or both. LATEST=1 compares with the newest versions, not the pinned ones,
# and leaves the pins as they are.
PEER ?= npm go
LATEST ?=
PEER_OUT := $(BIN)/peers

.PHONY: peer-diff
peer-diff: eventgen ## Compare the events of the vendor's npm and Go packages with the spec (LATEST=1: the newest).
	@status=0; for peer in $(PEER); do \
		$(MAKE) --no-print-directory peer-$$peer || exit 1; \
		$(BIN)/eventgen diff -overrides spec/upstream-$$peer.yaml -shared spec/upstream.yaml -format $(FORMAT) \
			spec/asyncapi.yaml $(PEER_OUT)/$$peer.json || status=$$?; \
	done; exit $$status

.PHONY: peer-npm
peer-npm: $(PEERDIFF)
	@mkdir -p $(PEER_OUT)
	@$(if $(LATEST),npm --prefix tools/peerdiff install --no-save --ignore-scripts --no-audit --no-fund openai@latest)
	@node tools/peerdiff/types.mjs >$(PEER_OUT)/npm.json

.PHONY: peer-go
peer-go:
	@mkdir -p $(PEER_OUT)
ifdef LATEST
	@cp tools/peerdiff/gopeer/go.mod $(PEER_OUT)/latest.mod && cp tools/peerdiff/gopeer/go.sum $(PEER_OUT)/latest.sum
	@go -C tools/peerdiff/gopeer get -modfile $(PEER_OUT)/latest.mod github.com/openai/openai-go/v3@latest
	@GOFLAGS=-modfile=$(PEER_OUT)/latest.mod go -C tools/peerdiff/gopeer run . >$(PEER_OUT)/go.json
else
	@go -C tools/peerdiff/gopeer run . >$(PEER_OUT)/go.json
endif

.PHONY: apidiff
apidiff: $(APIDIFF) ## Fail on breaks of the Go API that the changelog does not declare.
	go run ./tools/apidiff -tool $(APIDIFF)

.PHONY: release
release: ## Tag VERSION (v0.4.0) of all modules here, without pushing.
	go run ./tools/release -version $(or $(VERSION),$(error set VERSION, such as v0.4.0))

.PHONY: release-check
release-check: ## Make a release of the last commit, install it as users do, and remove it (builds every module).
	go run ./tools/release -check

.PHONY: install
install: ## Install the command realtime.
	go -C cmd/realtime install .

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the Go code (gofumpt, goimports).
	$(GOLANGCI_LINT) fmt

.PHONY: fmt-check
fmt-check: $(GOLANGCI_LINT) ## Fail if the Go code is not formatted.
	$(GOLANGCI_LINT) fmt --diff

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Lint the Go code, of nested modules too.
	$(GOLANGCI_LINT) config verify
	$(GOLANGCI_LINT) run
	@printf '%s\n' $(MODULES) | xargs -P 2 -I{} sh -c 'cd {} && out=$$($(GOLANGCI_LINT) run --allow-parallel-runners 2>&1) || \
		{ echo "in {}:"; echo "$$out"; exit 1; }'

.PHONY: lint-spec
lint-spec: $(SPECLINT) ## Lint spec/ (kin-openapi, redocly, spectral, AsyncAPI parser; npm).
	go test ./spec
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npm --prefix tools/speclint run --silent lint

.PHONY: lint-workflows
lint-workflows: $(ACTIONLINT) ## Lint the GitHub workflows.
	$(ACTIONLINT)

.PHONY: test
test: ## Run the tests, without those that take long (a minute).
	go test -short ./...

.PHONY: test-all
test-all: ## Run all tests, those that build programs or play for long included.
	go test ./...

.PHONY: race
race: ## Run the tests under the race detector.
	go test -race -timeout 20m ./...

.PHONY: soak
soak: ## Run the test server for a simulated day and check that its heap stays flat.
	SOAK_HOURS=24 go test -count=1 -run=TestSoak ./realtimetest

# How often make caller-runs runs all.
RUNS ?= 1000

.PHONY: caller-runs
caller-runs: ## Run the hundred scenarios of package caller RUNS times (1000: half an hour).
	go test ./caller -count=1 -run HundredScenarios -runs $(RUNS) -timeout 0

# The packages with assembly and those that depend on them.
CODEC := ./wire ./internal/base64 ./internal/apitest ./gen/... ./realtime

.PHONY: test-purego
test-purego: ## Run the codec's and session's tests without assembly.
	go test -tags purego . $(CODEC)

# Emulation is about twenty times as slow, so long tests are skipped.
QEMU := $(or $(shell command -v qemu-aarch64-static),$(shell command -v qemu-aarch64))

.PHONY: test-arm64
test-arm64: ## Run the same tests for arm64, under QEMU if needed; skip if it is missing.
ifeq ($(shell go env GOHOSTARCH),arm64)
	go test $(CODEC)
else ifneq ($(QEMU),)
	CGO_ENABLED=0 GOARCH=arm64 go test -short -exec $(QEMU) $(CODEC)
else ifneq ($(QEMU_REQUIRED),)
	@echo "qemu-aarch64 is missing (Debian's package is qemu-user-static)"; exit 1
else
	@echo "qemu-aarch64 is missing: skipping make test-arm64"
endif

.PHONY: fuzz
fuzz: ## Run every fuzz target, each for FUZZTIME (30s).
	@grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | xargs -n 1 dirname | sort -u | \
	while read -r dir; do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go | cut -c 6- | sort -u); do \
			echo "$$dir $$target"; \
			go test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=10x "$$dir" </dev/null || exit 1; \
		done || exit 1; \
	done

.PHONY: schedules
schedules: ## Play thousands of random schedules of sessions, of requests, of the agent's state machines, of the bridge, of telephone lines and of the fleet.
	go test ./internal/schedule -schedules 10000 -timeout 30m
	go test ./realtime -run RandomSchedules -schedules 10000 -timeout 30m
	go test ./agent/internal/arbiter -run RandomSchedules -schedules 10000
	go test ./agent -run InRandomSchedules -schedules 10000 -timeout 30m
	go test ./voice -run RandomSchedules -schedules 3000
	go test ./telephony/internal/line -run RandomSchedules -schedules 3000
	go test ./telephony/internal/trial -run RandomCalls -schedules 1000 -timeout 30m
	go -C fleet test . -run InRandomSchedules -schedules 1000

.PHONY: fleet-schedules
fleet-schedules: ## Play 10,000 random schedules of leases and fences against a model of NATS (6 minutes).
	go -C fleet test . -run InRandomSchedules -schedules 10000 -timeout 30m

ATTACK ?= 2h
SEED ?= 0

.PHONY: attack
attack: ## Attack the sessions through a hostile proxy for ATTACK (2h), from SEED (0).
	go test -race ./internal/attack -run Attack -v -attack $(ATTACK) -seed $(SEED) -timeout 0

.PHONY: bench
bench: bench-node ## Compare with other clients and write bench/RESULTS.md (20 minutes).
	cd bench && go run .

.PHONY: bench-quick
bench-quick: bench-node ## Run make bench in eight minutes, with less precision.
	cd bench && go run . -quick

.PHONY: bench-regress
bench-regress: ## Compare a quick run with bench/ratios.json, and warn of what got slower (4 minutes).
	cd bench && go run . -regress

# Without npm the vendor's package is left out, and the results state that.
.PHONY: bench-node
bench-node:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(BENCH_NODE); else echo "npm is missing: the vendor's package is left out"; fi

.PHONY: bench-check
bench-check: ## Vet and test the module bench.
	go -C bench vet ./...
	go -C tools/peerdiff/gopeer vet ./...
	go -C bench test ./...

.PHONY: bench-go
bench-go: ## Run the benchmarks whose name matches BENCH (all).
	go test -run='^$$' -bench='$(BENCH)' -benchmem ./...

.PHONY: demo
demo: ## Run a spoken conversation with the in-process server (LIVE=1: with the API).
	@echo "building ..."
	@go run ./examples/demo

.PHONY: demo-picture
demo-picture: ## Draw docs/demo.svg, the conversation of make demo.
	go test ./examples/demo -run Picture -update

.PHONY: demo-phone
demo-phone: ## Run an agent on a simulated Twilio number, with both sides in a WAV and a page (LIVE=1: on a number of yours).
	@go run ./examples/twilio

.PHONY: demo-fleet
demo-fleet: ## Run a hundred simulated callers on three workers, of which one is killed and one deployed (half a minute).
	@echo "building ..."
	@go -C fleet/trial run . -demo

.PHONY: demo-browser
demo-browser: ## Serve a page for the conversation in a browser (LIVE=1: with the API).
	@go run ./examples/browser

.PHONY: browser-picture
browser-picture: ## Take docs/browser.png, the page of make demo-browser (Chromium).
	CHROMIUM_REQUIRED=1 PICTURE=$(CURDIR)/docs/browser.png go -C examples/browser/e2e test -count=1 -run TestBargeIn .

.PHONY: browser-shots
browser-shots: ## Take pictures of every state of that page into browser-out, wide and narrow, light and dark (Chromium).
	CHROMIUM_REQUIRED=1 SCREENSHOTS=$(CURDIR)/browser-out go -C examples/browser/e2e test -timeout 30m -count=1 .

.PHONY: view-picture
view-picture: ## Take docs/view.png, a recorded call as a page (Chromium).
	CHROMIUM_REQUIRED=1 PICTURE=$(CURDIR)/docs/view.png go -C view/e2e test -count=1 -run TestPicture .

.PHONY: site
site: $(SITE) ## Build the documentation as a site into site-out; fail on dead links (npm).
	npm --prefix site run --silent build

.PHONY: site-serve
site-serve: $(SITE) ## Serve the documentation as a site, and follow changes (npm).
	npm --prefix site run dev

.PHONY: wasm
wasm: ## Vet for browsers, with the tests, build the browser program and print its size.
	GOOS=js GOARCH=wasm go vet ./gen/api ./internal/link ./realtime ./wire
	go run ./examples/browser -build wasm-out

.PHONY: platforms
platforms: ## Build for other systems and for 32 bits.
	GOOS=windows go build ./...
	GOOS=darwin go build ./...
	GOARCH=386 go build ./...

.PHONY: test-browser
test-browser: ## Run the browser tests in Chromium; skip if it is missing.
	go -C examples/browser/e2e vet ./...
	go -C examples/browser/e2e test -timeout 30m -v ./...
	go -C view/e2e vet ./...
	go -C view/e2e test -v ./...

# Rows to try, such as ROW=S054,S061, and how many at a time.
ROW ?=
J ?= 1

.PHONY: mission
mission: ## Break each requirement of docs/mission.md once and see its test fail (15 minutes; ROW=S054,S061).
	go run ./tools/missionfaults -row '$(ROW)' -j $(J)

# Folders to mutate, how many mutants of each to try (0: all), the seed of that choice, and
# a pattern of their places, such as ONLY='close.go:4[0-9]:'.
PKG ?= wire internal/link calls agent realtime
SAMPLE ?= 0
MUTATION_SEED ?= 1
ONLY ?=

.PHONY: mutation
mutation: $(GREMLINS) ## Make small faults in PKG and count those that tests detect (an hour for all; SAMPLE=300: fewer).
	go run ./tools/mutation -gremlins $(GREMLINS) -sample $(SAMPLE) -seed $(MUTATION_SEED) -only '$(ONLY)' $(PKG)

.PHONY: interop
interop: $(INTEROP) $(INTEROP_PHONE) ## Test with others' clients and servers (npm).
	npm --prefix interop run --silent test
	go test -count=1 ./interop/telephony

.PHONY: openaigo
openaigo: ## Test the bridge to the vendor's Go SDK.
	go -C openaigo vet ./...
	go -C openaigo test -race ./...

# Without npm the MCP project's own server is left out.
.PHONY: mcptools
mcptools: ## Test the tools of MCP servers, the MCP project's own included (npm).
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(INTEROP); else echo "npm is missing: a server in Go alone is tested"; fi
	go -C agent/mcptools vet ./...
	go -C agent/mcptools test -race ./...

.PHONY: otel
otel: ## Test the traces and metrics of OpenTelemetry.
	go -C otelrealtime vet ./...
	go -C otelrealtime test -race ./...

.PHONY: fleet
fleet: ## Test calls that outlive their process, with real NATS servers.
	go -C fleet/inproc vet ./...
	go -C fleet vet ./...
	go -C fleet/inproc test -race ./...
	go -C fleet test -race ./...
	go -C fleet/trial vet ./...
	go -C fleet/trial test ./...

# TRIAL are further flags, such as TRIAL='-seed 7 -nodes 3 -kill-node'; see go -C fleet/trial run . -help.
TRIAL ?=

.PHONY: fleet-trial
fleet-trial: ## Kill, freeze and deploy worker processes under 1,000 calls, and count what is lost (3 minutes).
	go -C fleet/trial run . $(TRIAL)

.PHONY: fleet-bench
fleet-bench: ## Measure a fleet: calls and states stored a second, and what a thousand calls cost (2 minutes).
	go -C fleet/trial test -run '^$$' -bench . -benchtime 20000x .
	go -C fleet/trial run . -short 0 -kills 0 -deploys 0 -freeze=false -capacity 1500 -arrive 10s -hold 20s -think 20s $(TRIAL)
	go -C fleet/trial run . -short 0 -kills 0 -deploys 0 -freeze=false -capacity 1500 -arrive 10s -hold 20s -think 2s $(TRIAL)

# With TMUX_REQUIRED and PULSE_REQUIRED, tests fail instead of being skipped.
.PHONY: cmd-realtime
cmd-realtime: ## Test the command realtime, in a terminal (tmux) and with a sound device (PulseAudio) if they are there.
	go -C cmd/realtime vet ./...
	go -C cmd/realtime test ./...

.PHONY: interop-go
interop-go: ## Test the test server with the vendor's Go SDK.
	go -C interop/go vet ./...
	go -C interop/go test -race ./...

.PHONY: tidy-check
tidy-check: ## Fail if go.mod or go.sum is not tidy.
	go mod tidy -diff
	@for module in $(MODULES); do echo "go -C $$module mod tidy -diff"; go -C $$module mod tidy -diff || exit 1; done

.PHONY: check
check: tidy-check fmt-check lint lint-workflows ## Run all checks of CI; skip those that need a missing npm or QEMU.
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory lint-spec interop site; \
	else echo "npm is missing: skipping make lint-spec interop site"; fi
	@$(MAKE) --no-print-directory check-generate bench-check interop-go openaigo mcptools otel fleet cmd-realtime schedules
	@$(MAKE) --no-print-directory test-all
	@$(MAKE) --no-print-directory test-purego
	@$(MAKE) --no-print-directory test-arm64 platforms
	@$(MAKE) --no-print-directory race soak

.PHONY: clean
clean: ## Remove the installed tools and the outputs of targets.
	rm -rf .bin demo-out wasm-out browser-out site-out site/node_modules site/.vitepress/cache tools/speclint/node_modules tools/peerdiff/node_modules interop/node_modules interop/telephony/node_modules bench/node/node_modules

# install builds a Go tool at a version and renames it to the target.
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

$(GREMLINS):
	$(call install,gremlins,github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS_VERSION))

$(APIDIFF):
	$(call install,apidiff,golang.org/x/exp/cmd/apidiff@$(APIDIFF_VERSION))

# Install scripts are disabled: no linter needs one.
$(SPECLINT): tools/speclint/package-lock.json
	npm --prefix tools/speclint ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(INTEROP): interop/package-lock.json
	npm --prefix interop ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(INTEROP_PHONE): interop/telephony/package-lock.json
	npm --prefix interop/telephony ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(PEERDIFF): tools/peerdiff/package-lock.json
	npm --prefix tools/peerdiff ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(SITE): site/package-lock.json
	npm --prefix site ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(BENCH_NODE): bench/node/package-lock.json
	npm --prefix bench/node ci --ignore-scripts --no-audit --no-fund
	@touch $@
