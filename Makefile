# Thin targets over CMakePresets.json and scripts/. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: build clean help

build: ## Compile the program: build/release/bin/tsunagu
	@cmake --preset release >/dev/null && cmake --build --preset release --target tsunagu

clean: ## Remove what was built
	@rm -rf build

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14
