# SPDX-License-Identifier: GPL-2.0
#
# Compilers and flags, each odd one with its reason; and what make says.

# In a line what is made, as the kernel's own tools do. `make V=1` shows the
# commands instead, `make -s` nothing.
TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
SILENT := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
Q := $(if $(V),,@)
say = $(Q)$(if $(V)$(SILENT),,$(info $()  $(1) $(patsubst $(TOP)/%,%,$(abspath $@))))
QUIET_CC = $(call say,CC     )
QUIET_CLANG = $(call say,CLANG  )
QUIET_LD = $(call say,LD     )
QUIET_AR = $(call say,AR     )
QUIET_GEN = $(call say,GEN    )
# (to read a command one must know in which folder it is given)
MAKEFLAGS += $(if $(V),,--no-print-directory)

.DELETE_ON_ERROR:
# (with a recipe, so that nothing is said where nothing is to be done)
all: ; @:

PKG_CONFIG ?= pkg-config
PKGS := libxdp libbpf libelf zlib libmnl jansson

# What `make` alone says on a machine where something is missing.
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
ifeq ($(filter clean,$(MAKECMDGOALS)),)
ifneq ($(.SHELLSTATUS),0)
$(error Libraries are missing ($(PKGS)). As root: make deps)
endif
endif

WARNINGS := -Wall -Wextra -Werror

# The program for the kernel. Only clang has this target on all distributions.
BPF_CLANG ?= clang
# -O2	the verifier wants what only an optimizing compiler writes
# -g	for BTF: map types, and source lines in the verifier's messages
BPF_FLAGS = -target bpf -mcpu=v3 -O2 -g -std=gnu11 $(WARNINGS) \
	$(MACHINE_FLAGS) $(PKG_CFLAGS)
# -target bpf knows neither the folder in which the distribution keeps the
# machine's own headers (asm/types.h) nor which machine that is. The compiler of
# user space does. (uname tells the kernel's machine, which may be another.) It is
# asked once, and only where a program for the kernel is compiled.
ask_compiler = $(shell $(CC) -dM -E -x c /dev/null | sed -nE 's/^.define \
	(__(x86_64__|i386__|aarch64__|arm__|powerpc64__|s390x__|riscv|riscv_xlen)) \
	(.*)/-D\1=\3/p') $(addprefix -idirafter ,\
	$(wildcard /usr/include/$(shell $(CC) -print-multiarch)))
MACHINE_FLAGS = $(eval MACHINE_FLAGS := $$(ask_compiler))$(MACHINE_FLAGS)

# The programs that run on this side.
# Hardened, as distributions build: what writes behind an object ends there,
# code is at no known address, and what the linker fills in is read-only.
# (-U	some compilers define it by themselves, with another value)
CFLAGS ?= -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
	-fstack-protector-strong -fPIE
LDFLAGS ?= -pie -Wl,-z,relro,-z,now
USER_FLAGS = $(CFLAGS) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) $(PKG_CFLAGS)
# --as-needed	a program needs the libraries that it uses, and no others, on the
#		machine where its package is installed
USER_LIBS = $(LDFLAGS) -Wl,--as-needed $(shell $(PKG_CONFIG) --libs $(PKGS))
