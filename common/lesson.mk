# SPDX-License-Identifier: GPL-2.0
#
# The build rules of every lesson. A lesson's Makefile is:
#
#	COMMON := ../common
#	include $(COMMON)/lesson.mk
#
# What it builds is what is in the folder: of each *_kern.c an object for the
# kernel, of each *_user.c a program that loads them. xdp_stats and xdp-loader
# are put beside them; where a program loads into tc, tc_*_user.c, that is
# tc_stats. Where a loader is more than one file, USER_OBJECTS names the others,
# before the include.

include $(COMMON)/flags.mk

KERN := $(patsubst %.c,%.o,$(wildcard *_kern.c))
STALE := $(filter-out $(KERN),$(wildcard *_kern.o))
USER := $(patsubst %.c,%,$(wildcard *_user.c))
TOOLS := $(if $(filter tc_%,$(USER)),tc_stats,xdp_stats xdp-loader)

all: kern $(USER) $(TOOLS)
# A loader looks into the folder: an object without a source must go.
kern: $(KERN)
	$(if $(STALE),$(Q)rm -f $(STALE))

$(KERN): %.o: %.c
	$(QUIET_CLANG)$(BPF_CLANG) $(BPF_FLAGS) -MMD -MP -c $< -o $@

$(USER): %: %.c $(USER_OBJECTS) $(COMMON)/user/libcommon.a
	$(QUIET_CC)$(CC) $(USER_FLAGS) -MMD -MP $< -o $@ $(USER_OBJECTS) \
		$(COMMON)/user/libcommon.a $(USER_LIBS)

$(USER_OBJECTS): %.o: %.c
	$(QUIET_CC)$(CC) $(USER_FLAGS) -MMD -MP -c $< -o $@

# Links, so that there is one of each to keep right.
xdp_stats tc_stats: $(COMMON)/xdp_stats
	$(Q)ln -sf $< $@

xdp-loader: $(COMMON)/xdp-loader
	$(Q)ln -sf $< $@

# Everything that the lessons share is built in its own folder.
$(COMMON)/xdp_stats $(COMMON)/user/libcommon.a: common ;
common:
	$(Q)$(MAKE) -C $(COMMON)

clean:
	$(Q)rm -f *.o *.d $(USER) $(TOOLS)

.PHONY: all kern clean common
-include *.d
