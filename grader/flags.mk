# SPDX-License-Identifier: GPL-2.0
#
# How to build what describes frames and tries programs with them, in a folder
# beside this one.

include ../common/flags.mk

# The grader, and what it needs.
LIBGRADER := ../build/grader/libgrader.a
LIBCOMMON := ../common/user/libcommon.a
# A case is a sound frame with a field set once more: that is the idea.
OVERRIDE := $(if $(findstring clang,$(CC)),-Wno-initializer-overrides,\
	-Wno-override-init)
GRADER_FLAGS = $(USER_FLAGS) $(OVERRIDE) -I../grader
