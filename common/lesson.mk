# SPDX-License-Identifier: GPL-2.0
#
# The build rules of every lesson. A lesson's Makefile is:
#
#	COMMON := ../common
#	include $(COMMON)/lesson.mk
#
# It builds xdp_prog_kern.o (for the kernel) and xdp_prog_user (its loader),
# and puts xdp_stats and xdp-loader beside them. The files of a lesson on tc
# are named tc_prog_*, and tc_stats is put beside them. Where the loader is more
# than one file, USER_OBJECTS names the others, before the include.

include $(COMMON)/flags.mk

HOOK := $(if $(wildcard tc_prog_kern.c),tc,xdp)
TOOLS := $(if $(filter tc,$(HOOK)),tc_stats,xdp_stats xdp-loader)

all: $(HOOK)_prog_kern.o $(HOOK)_prog_user $(TOOLS)

%_prog_kern.o: %_prog_kern.c
	$(Q)$(BPF_CLANG) $(BPF_FLAGS) -MMD -MP -c $< -o $@

%_prog_user: %_prog_user.c $(USER_OBJECTS) $(COMMON)/user/libcommon.a
	$(Q)$(CC) $(USER_FLAGS) -MMD -MP $< -o $@ $(USER_OBJECTS) \
		$(COMMON)/user/libcommon.a $(USER_LIBS)

$(USER_OBJECTS): %.o: %.c
	$(Q)$(CC) $(USER_FLAGS) -MMD -MP -c $< -o $@

# Links, so that there is one of each to keep right.
xdp_stats tc_stats: $(COMMON)/xdp_stats
	$(Q)ln -sf $< $@

xdp-loader: $(COMMON)/xdp-loader
	$(Q)ln -sf $< $@

# Everything that the lessons share is built in its own folder.
$(COMMON)/xdp_stats $(COMMON)/user/libcommon.a: common ;
common:
	$(Q)$(MAKE) -s -C $(COMMON)

clean:
	$(Q)rm -f *.o *.d $(HOOK)_prog_user $(TOOLS)

.PHONY: all clean common
-include *.d
