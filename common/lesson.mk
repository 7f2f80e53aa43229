# SPDX-License-Identifier: GPL-2.0
#
# The build rules of every lesson. A lesson's Makefile is:
#
#	COMMON := ../common
#	include $(COMMON)/lesson.mk
#
# It builds xdp_prog_kern.o (for the kernel) and xdp_prog_user (its loader),
# and puts xdp_stats and xdp-loader beside them.

include $(COMMON)/flags.mk

all: xdp_prog_kern.o xdp_prog_user xdp_stats xdp-loader

xdp_prog_kern.o: xdp_prog_kern.c
	$(Q)$(BPF_CLANG) $(BPF_FLAGS) -MMD -MP -c $< -o $@

xdp_prog_user: xdp_prog_user.c $(COMMON)/user/libcommon.a
	$(Q)$(CC) $(USER_FLAGS) -MMD -MP $< -o $@ \
		$(COMMON)/user/libcommon.a $(USER_LIBS)

# Links, so that there is one of each to keep right.
xdp_stats: $(COMMON)/xdp_stats
	$(Q)ln -sf $< $@

xdp-loader: $(COMMON)/xdp-loader
	$(Q)ln -sf $< $@

# Everything that the lessons share is built in its own folder.
$(COMMON)/xdp_stats $(COMMON)/user/libcommon.a: common ;
common:
	$(Q)$(MAKE) -s -C $(COMMON)

clean:
	$(Q)rm -f *.o *.d xdp_prog_user xdp_stats xdp-loader

.PHONY: all clean common
-include *.d
