/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/net/ethtool.h"
#include "../../common/net/link.h"
#include "counters.h"
#include "namespaces.h"

#define COUNTERS_MAX 16384

/*
 * The counters that are read, and the reasons that the tracepoint gives for
 * what they count, on the kernels where it does.
 */
static const struct known {
	const char *name, *reasons;
} known[] = {
	{ "snmp:IpInHdrErrors", "IP_CSUM IP_INHDR PKT_TOO_SMALL" },
	{ "snmp:IpExtInCsumErrors", "IP_CSUM" },
	{ "snmp:IpExtInTruncatedPkts", "PKT_TOO_SMALL" },
	{ "snmp:IcmpInCsumErrors", "ICMP_CSUM" },
	{ "snmp:TcpInCsumErrors", "TCP_CSUM" },
	{ "snmp:UdpInCsumErrors", "UDP_CSUM" },
	{ "snmp:Ip6InHdrErrors", "IP_INHDR PKT_TOO_SMALL" },
	{ "snmp:Ip6InTruncatedPkts", "PKT_TOO_SMALL" },
	{ "snmp:Icmp6InCsumErrors", "ICMP_CSUM" },
	{ "snmp:Udp6InCsumErrors", "UDP_CSUM" },
	{ "link:rx_otherhost_dropped", "OTHERHOST" },
	{ "ethtool:xdp_drops", "XDP_DROP XDP_ABORTED XDP_UNKNOWN" },
};

#define KNOWN_COUNT (int)(sizeof(known) / sizeof(*known))

struct counter {
	int ns; /* in namespaces[] */
	int known;
	__u32 ifindex; /* 0: of the namespace */
	char dev[IFNAMSIZ];
	unsigned long long told, value; /* up to the last check, and now */
	/* since the last check, and what was left over then */
	unsigned long long explained, carried;
};

static struct counter counters[COUNTERS_MAX];
static int counter_count;
static int current_ns; /* in which the process is while it reads */

static int find_known(const char *name)
{
	for (int i = 0; i < KNOWN_COUNT; i++)
		if (!strcmp(known[i].name, name))
			return i;
	return -1;
}

static void tell(const struct counter *c, unsigned long long growth,
		 void (*callback)(const struct loss *loss))
{
	static struct loss loss;

	memset(&loss, 0, sizeof(loss));
	loss.count = growth;
	loss.mend_at.netns = namespaces[c->ns].inum;
	loss.mend_at.ifindex = c->ifindex;
	memcpy(loss.mend_at.dev, c->dev, sizeof(loss.mend_at.dev));
	snprintf(loss.where, sizeof(loss.where), "%s%s%s",
		 namespaces__label(&namespaces[c->ns]), c->ifindex ? "/" : "",
		 c->dev);
	snprintf(loss.reason, sizeof(loss.reason), "%s has grown",
		 strchr(known[c->known].name, ':') + 1);
	snprintf(loss.key, sizeof(loss.key), "%s", known[c->known].name);
	loss.cause = causes__find(loss.key);
	loss__explain(&loss);
	callback(&loss);
}

/* A counter that is new, such as one of a new device, begins at 0. */
static struct counter *get_counter(int known_as, __u32 ifindex)
{
	struct counter *c;

	for (int i = 0; i < counter_count; i++) {
		c = &counters[i];
		if (c->ns == current_ns && c->known == known_as &&
		    c->ifindex == ifindex)
			return c;
	}
	if (counter_count == COUNTERS_MAX)
		return NULL;
	c = &counters[counter_count++];
	c->ns = current_ns;
	c->known = known_as;
	c->ifindex = ifindex;
	return c;
}

static void note(const char *name, const char *dev, __u32 ifindex,
		 unsigned long long value)
{
	int known_as = find_known(name);
	struct counter *c;

	if (known_as < 0 || !(c = get_counter(known_as, ifindex)))
		return;
	snprintf(c->dev, sizeof(c->dev), "%s", dev);
	if (value < c->value) /* another device with the same number */
		c->told = c->explained = c->carried = 0;
	c->value = value;
}

/* /proc/net/snmp: a line of names, a line of values, for each protocol */
static void read_pairs(const char *path)
{
	char names[4096], values[4096], key[128];
	FILE *file = fopen(path, "re");

	while (file && fgets(names, sizeof(names), file) &&
	       fgets(values, sizeof(values), file)) {
		char *n = names, *v = values;
		char *group = strsep(&n, ":");

		strsep(&v, ":");
		while (n && v) {
			char *name = strsep(&n, " \n");
			char *value = strsep(&v, " \n");

			snprintf(key, sizeof(key), "snmp:%s%s", group, name);
			note(key, "", 0, strtoull(value, NULL, 10));
		}
	}
	if (file)
		fclose(file);
}

/* /proc/net/snmp6: one name and value in each line */
static void read_lines(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long value;
	char name[64], key[128];

	while (file && fscanf(file, "%63s %llu", name, &value) == 2) {
		snprintf(key, sizeof(key), "snmp:%s", name);
		note(key, "", 0, value);
	}
	if (file)
		fclose(file);
}

/* Of counters like rx_queue_0_xdp_drops, over the queues. */
struct sum {
	const char *wanted; /* how their names end */
	unsigned long long value;
	bool seen;
};

static void add_up(const char *name, unsigned long long value, void *arg)
{
	struct sum *sum = arg;

	if (strncmp(name, "rx_queue_", 9) || !strstr(name, sum->wanted))
		return;
	sum->value += value;
	sum->seen = true;
}

static int note_link(const struct link *link, void *arg)
{
	struct sum sum = { .wanted = "xdp_drops" };

	(void)arg;
	note("link:rx_otherhost_dropped", link->name, link->ifindex,
	     link->stats.rx_otherhost_dropped);
	ethtool__each_counter(link->name, add_up, &sum);
	if (sum.seen)
		note("ethtool:xdp_drops", link->name, link->ifindex, sum.value);
	return 0;
}

void counters__read(void)
{
	for (current_ns = 0; current_ns < namespace_count; current_ns++) {
		if (namespaces__enter(&namespaces[current_ns]))
			continue;
		/* that of the thread: /proc/net is that of the process */
		read_pairs("/proc/thread-self/net/snmp");
		read_pairs("/proc/thread-self/net/netstat");
		read_lines("/proc/thread-self/net/snmp6");
		link__each(NETNS_HERE, note_link, NULL);
		namespaces__leave();
	}
}

static bool has_word(const char *list, const char *word)
{
	const char *at = strstr(list, word);
	size_t len = strlen(word);

	return at && (at == list || at[-1] == ' ') &&
	       (at[len] == ' ' || !at[len]);
}

void counters__explain(const struct loss *loss)
{
	for (int i = 0; i < counter_count; i++) {
		struct counter *c = &counters[i];

		if (namespaces[c->ns].inum == loss->mend_at.netns &&
		    (!c->ifindex || c->ifindex == loss->mend_at.ifindex) &&
		    has_word(known[c->known].reasons, loss->code))
			c->explained += loss->count;
	}
}

/* An event may be seen one reading earlier than what it counts as. */
static void check(struct counter *c, void (*callback)(const struct loss *loss))
{
	unsigned long long growth = c->value - c->told;
	unsigned long long known_of = c->explained + c->carried;

	if (callback && growth > known_of)
		tell(c, growth - known_of, callback);
	c->carried = c->explained > growth ? c->explained - growth : 0;
	c->explained = 0;
	c->told = c->value;
}

void counters__check(void (*callback)(const struct loss *loss))
{
	for (int i = 0; i < counter_count; i++)
		check(&counters[i], callback);
}
