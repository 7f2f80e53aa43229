# SPDX-License-Identifier: GPL-2.0
#
#	make		build everything
#	make demo	as root: install what is missing, build, show the lessons
#	make test	as root: the same, then run every test
#	make conformance  as root: is the router what Linux is? FRAMES=N SEED=S
#	make check	formatting, and what ShellCheck says
#	make test-vm	as root: what depends on the kernel, on Debian's 6.1 and 6.12
#	make mutants	as root: break the programs one by one; the tests must notice
#	make deps	as root: only install what is missing
#	make clean	remove what was built

LESSONS := $(sort $(patsubst %/,%,$(dir $(wildcard packet*/Makefile))))

Q := $(if $(V),,@)
# What is built under sudo shall belong to the user all the same.
AS_USER := $(if $(SUDO_USER),sudo -u $(SUDO_USER))
# Two calls side by side build one after the other.
BUILD = $(Q)$(AS_USER) flock $(CURDIR) $(MAKE) --no-print-directory

all: $(LESSONS) testenv

$(LESSONS): common
common testenv $(LESSONS):
	$(Q)$(MAKE) --no-print-directory -C $@

tests: all
	$(Q)$(MAKE) --no-print-directory -C tests

demo:
	$(Q)testenv/deps.sh run
	$(BUILD) all
	$(Q)testenv/demo.sh $(LESSONS)

test:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)tests/run

# Tests in C, and those that need libxdp's dispatcher, which these kernels have.
VM_TESTS = $(wildcard build/tests/*-cases) build/tests/conformance \
	tests/dispatcher.bats
test-vm:
	$(Q)testenv/deps.sh vm
	$(BUILD) tests
	$(Q)for kernel in 6.1 6.12; do echo "Linux $$kernel:"; \
		tests/vm $$kernel env FRAMES=5000 \
		tests/run $(VM_TESTS) || exit; done

mutants:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)tests/run tests/mutants.sh

# A fresh seed unless one is given; frames as many as take half a minute.
FRAMES ?= 500000
conformance:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)FRAMES=$(FRAMES) SEED=$(SEED) tests/sandbox build/tests/conformance

check:
	$(Q)git ls-files '*.[ch]' | xargs clang-format --dry-run -Werror
	$(Q)git grep -lE '^#!/bin/bash' | \
		xargs shellcheck -x testenv/completion.bash

deps:
	$(Q)testenv/deps.sh run

clean:
	$(Q)for dir in common testenv tests $(LESSONS); do \
		$(MAKE) --no-print-directory -C $$dir clean; done
	$(Q)rm -rf build

.PHONY: all demo test test-vm mutants conformance check deps clean common testenv tests $(LESSONS)
