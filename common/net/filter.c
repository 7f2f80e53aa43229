/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "filter.h"
#include "netlink.h"

struct visitor {
	int (*visit)(const struct filter *filter, void *arg);
	void *arg;
};

static int visit_filter(const struct nlmsghdr *msg, void *arg)
{
	struct netlink_attrs attrs, options;
	const struct visitor *v = arg;
	struct filter filter;

	if (msg->nlmsg_type != RTM_NEWTFILTER ||
	    !netlink__parse(msg, sizeof(struct tcmsg), &attrs))
		return 0;
	attr__nested(attrs.at[TCA_OPTIONS], &options);
	snprintf(filter.kind, sizeof(filter.kind), "%s",
		 attr__text(attrs.at[TCA_KIND]));
	/* Of other kinds, attributes with that number mean other things. */
	filter.prog_id = strcmp(filter.kind, "bpf") ?
				 0 :
				 attr__u32(options.at[TCA_BPF_ID], 0);
	return v->visit(&filter, v->arg);
}

int filter__each(int ifindex,
		 int (*visit)(const struct filter *filter, void *arg),
		 void *arg)
{
	static const uint32_t hooks[] = {
		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
	};
	struct visitor v = { visit, arg };
	int err = 0;

	for (int i = 0; i < 2 && !err; i++) {
		struct netlink_request r;
		struct tcmsg *tcm;

		tcm = netlink__begin(&r, RTM_GETTFILTER, NLM_F_DUMP,
				     sizeof(*tcm));
		tcm->tcm_ifindex = ifindex;
		tcm->tcm_parent = hooks[i];
		err = netlink__send(&r, NETLINK_ROUTE, visit_filter, &v);
	}
	return err;
}
