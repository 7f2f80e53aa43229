# SPDX-License-Identifier: GPL-2.0
#
#	make		build everything; -j4: four commands at a time
#	make demo	as root: install what is missing, build, show the lessons
#	make test	as root: the same, then run every test
#	make conformance  as root: do the programs as Linux does? FRAMES=N SEED=S
#	make bench	as root: packets per second, side by side, and what each
#			program costs. ROUNDS=N TIME=SECONDS
#	make bench-tcp	as root: TCP through the router, in native and generic mode
#	make bench-scale  as root: more environments, routes, entries of maps
#	make package	as root: fwd and fwdctl as .deb and .rpm, into build/package
#	make check	formatting, and what ShellCheck and clang-tidy say
#	make compile_commands.json  how each file is compiled, for editors
#	make test-vm	as root: the tests on the cloud kernels that this release of
#			Debian has; VM_KERNELS="6.1 6.12"
#	make test-bare	as root: make demo and make test in bare roots of releases of
#			Debian; RELEASES="trixie sid"
#	make test-badhost  as root: tests on a host with other settings; SETTINGS
#	make test-compilers  as root: the rows of all lessons, by each clang, here
#			and on those kernels; CLANGS, KERNELS
#	make test-asan	as root: every test, of programs that watch their own memory
#	make kills	as root: kill -9 of every tool, at 50 moments each; KILLS=N SEED=S
#	make fuzz	as root: any input to what reads text; TIME=SECONDS for each
#	make mutants	as root: break the programs one by one; the tests must notice
#	make mistakes	as root: make typical mistakes; t check must name each
#	make mutants-conformance  as root: break the router; the comparison with
#			Linux must notice, and says after how many frames
#	make deps	as root: only install what is missing
#	make clean	remove what was built

# The folders that are built by the lessons' rules.
LESSONS := $(patsubst %/Makefile,%,$(sort $(shell \
	grep -l '^include .*/lesson\.mk' */Makefile)))

Q := $(if $(V),,@)
MAKEFLAGS += $(if $(V),,--no-print-directory)
# What is built under sudo shall belong to the user all the same.
AS_USER := $(if $(SUDO_USER),sudo -u $(SUDO_USER))
# Two calls side by side build one after the other. (+: with -j, in parallel)
BUILD = +$(Q)$(AS_USER) flock $(CURDIR) $(MAKE)

all: $(LESSONS) testenv

$(LESSONS) testenv grader: common
common testenv grader $(LESSONS):
	$(Q)$(MAKE) -C $@

tests: all grader
	$(Q)$(MAKE) -C tests
	$(Q)$(MAKE) -C bench

demo:
	$(Q)testenv/deps.sh run
	$(BUILD) -s all
	$(Q)testenv/demo.sh $(LESSONS)

test:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)tests/run

# Where programs take several times as long to start, these would take longer
# than the ten minutes that a kernel is given, for all the programs that they
# start: with them it is half an hour or more (tests/vms VERSION). What is built,
# packaged or listed, and what CI runs, does not depend on the kernel.
VM_WITHOUT = $(patsubst %,tests/%.bats,assignments bench build ci doctor \
	kills standalone tables testenv) \
	$(LESSONS:%=%/assignments) \
	$(patsubst %,packet05-fwd/tests/%.bats,live load package) \
	packet06-director/tests/live.bats
test-vm:
	$(Q)testenv/deps.sh vm
	$(BUILD) tests
	$(Q)kernels="$(or $(VM_KERNELS),$$(tests/vm --versions))" || exit; \
	failed=; for kernel in $$kernels; do \
		WITHOUT="$(VM_WITHOUT)" tests/vms $$kernel || failed=1; \
	done; test ! "$$failed"

# The two commands of README.md, where nothing else is installed.
RELEASES ?= bookworm trixie sid
test-bare:
	$(Q)testenv/deps.sh bare
	$(Q)failed=; for release in $(RELEASES); do \
		tests/bare $$release || failed=1; \
	done; test ! "$$failed"

# What depends most on how the machine is set up.
SETTINGS ?=
test-badhost:
	$(Q)testenv/deps.sh vm
	$(BUILD) tests
	$(Q)tests/badhost $(SETTINGS) tests/path.bats tests/lab.bats \
		$(wildcard tc*/tests/live.bats)

# By each clang that is to be had, on each kernel.
test-compilers:
	$(Q)testenv/deps.sh compilers
	$(BUILD) tests
	$(Q)CLANGS="$(CLANGS)" tests/compilers.sh $(KERNELS)

# In a copy, so that no object of one kind gets among those of the other. Its
# flags are in its files: t check and some tests compile, too. (Of gcc's two
# run-time libraries the second ignores where tests/run wants the reports.)
ASAN := build/asan
ASAN_FLAGS := -O1 -g -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
test-asan:
	$(Q)testenv/deps.sh test
	$(Q)rm -rf $(ASAN)
	$(Q)$(AS_USER) mkdir -p $(ASAN)
	$(Q)tar -c --exclude=./build --exclude=./work --exclude=./.git . | \
		$(AS_USER) tar -x -C $(ASAN)
	$(Q)printf 'override %s\n' 'CC = clang' 'CFLAGS = $(ASAN_FLAGS)' | \
		$(AS_USER) tee -a $(ASAN)/common/flags.mk >/dev/null
	$(Q)$(AS_USER) $(MAKE) -C $(ASAN) clean
	$(Q)$(AS_USER) $(MAKE) -C $(ASAN) tests
	$(Q)$(ASAN)/tests/run

KILLS ?= 50
kills:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)KILLS=$(KILLS) TIMEOUT=7200 tests/run tests/kills.bats tests/faults.bats

FUZZERS = $(patsubst tests/fuzz/%.c,build/fuzz/%,$(filter-out \
	%/commandline.c,$(wildcard tests/fuzz/*.c))) \
	$(LESSONS:%=build/fuzz/commandline-%) \
	$(addprefix build/fuzz/commandline-,xdp_stats fwd fwdctl)
fuzz: TIME ?= 10
fuzz:
	$(Q)testenv/deps.sh test
	$(BUILD) -s all
	$(BUILD) -s -C tests/fuzz
	$(Q)TIME=$(TIME) TIMEOUT=$$(($(TIME) + 60)) tests/run $(FUZZERS)

mutants:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)tests/run tests/mutants.sh

mistakes:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)tests/run tests/wrong.sh

mutants-conformance:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)tests/mutants.sh --conformance

# A fresh seed unless one is given; frames as many as take a minute.
FRAMES ?= 500000
conformance:
	$(Q)testenv/deps.sh test
	$(BUILD) tests
	$(Q)FRAMES=$(FRAMES) SEED=$(SEED) testenv/sandbox build/tests/conformance

bench bench-tcp bench-scale:
	$(Q)testenv/deps.sh bench
	$(BUILD) all
	$(BUILD) -C bench
	$(Q)bench/$(@:bench-%=%).sh

package:
	$(Q)testenv/deps.sh package
	$(BUILD) -s all
	$(BUILD) -s -C packet05-fwd fwd-packaged
	$(Q)$(AS_USER) packet05-fwd/package.sh build/package

# For scripts.
lessons:
	@echo $(LESSONS)

# How each source is compiled, read from what make would do. For editors and
# clang-tidy, which know clang's options.
compile_commands.json: tests
	$(Q)MAKEFLAGS= $(MAKE) -Bnw V=1 CC=clang tests | awk -F "'" ' \
		/: Entering directory / { folder[++depth] = $$2 } \
		/: Leaving directory / { depth-- } \
		/^clang / { \
			words = split($$0, word, " "); \
			gsub(/["\\]/, "\\\\&"); \
			for (i = 1; i <= words; i++) \
				if (word[i] ~ /\.c$$/) \
					printf "{\"directory\": \"%s\", \"file\": \"%s\", \"command\": \"%s\"}\n", \
						folder[depth], word[i], $$0 \
		}' | jq -s unique >$@

check: compile_commands.json
	$(Q)git ls-files '*.[ch]' | xargs clang-format --dry-run -Werror
	$(Q)git grep -lE '^#!/bin/bash' | \
		xargs -n 8 -P $$(nproc) shellcheck -x testenv/completion.bash
	$(Q)jq -r '.[] | .directory + "/" + .file' $< | \
		xargs -n 1 -P $$(nproc) clang-tidy --quiet -p .

deps:
	$(Q)testenv/deps.sh build

clean:
	$(Q)for dir in common testenv $(LESSONS); do \
		$(MAKE) -C $$dir clean; done
	$(Q)rm -rf build

.PHONY: all demo test test-vm test-bare test-badhost test-compilers test-asan kills fuzz mutants mistakes mutants-conformance conformance bench bench-tcp bench-scale package lessons compile_commands.json check deps clean common testenv grader tests $(LESSONS)
