# Thin targets over CMakePresets.json and scripts/.
.DEFAULT_GOAL := help
.PHONY: run sim build test test-asan test-tsan bench fuzz crash sbom lint fmt clean help

export LISTEN DATA REGION AUTH SIM DEVICES SPEED SEED START COLD RULES
SECONDS ?= 600
ROUNDS ?= 1000

run: build ## Start with the demonstration region (REGION=full: with all open data at hand)
	@scripts/run.sh

sim: build ## Simulated devices for a running Tsunagu (DEVICES=500 SPEED=1 SEED=1 START=DATE)
	@scripts/sim.sh

build: ## Compile the programs: build/release/bin/tsunagu, tsunagu-sim
	@scripts/setup.sh build
	@scripts/build.sh release tsunagu tsunagu-sim

test: ## Every test: unit, contract, API, crash, fuzz corpus, browser
	@scripts/test.sh release

test-asan: ## Unit, contract and API tests with AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/test.sh asan

test-tsan: ## Unit, contract and API tests with ThreadSanitizer
	@scripts/test.sh tsan

bench: build ## Measure, print the table of docs/performance.md
	@scripts/setup.sh bench
	@scripts/build.sh release benchmarks
	@bench/run

fuzz: ## Fuzz each parser for SECONDS=600 seconds
	@scripts/setup.sh test
	@FUZZ_SECONDS=$(SECONDS) tests/fuzz/run

crash: build ## Kill and restart the program ROUNDS=1000 times
	@ROUNDS=$(ROUNDS) tests/fault/run

sbom: build ## Bill of materials of the program: build/sbom.json (CycloneDX)
	@scripts/dependencies.py sbom build/sbom.json && echo build/sbom.json

lint: ## Check includes, format and clang-tidy
	@scripts/lint.sh

fmt: ## Format the source
	@scripts/setup.sh lint
	@git ls-files '*.h' '*.cpp' '*.cc' | xargs clang-format -i

clean: ## Remove what was built; data in var/ stay
	@rm -rf build

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14
