/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "ethtool.h"

/* One question to the driver; @data begins with an ETHTOOL_ command. */
static int ask(const char *dev, void *data)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_data = data };
	int err;

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	err = ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
	close(fd);
	return err;
}

int ethtool__offloads(const char *dev, struct offloads *offloads)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_GGRO };
	struct ethtool_value checksum = { .cmd = ETHTOOL_GTXCSUM };
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	int err;

	err = ask(dev, &gro) ?: ask(dev, &checksum) ?: ask(dev, &flags);
	if (err)
		return err;
	*offloads = (struct offloads){
		.gro = gro.data,
		.tx_checksum = checksum.data,
		.rx_vlan = flags.data & ETH_FLAG_RXVLAN,
		.tx_vlan = flags.data & ETH_FLAG_TXVLAN,
	};
	return 0;
}

/* How many counters there are, or a negative errno. */
static int count_counters(const char *dev)
{
	/* One number follows the answer, for the one set asked for. */
	__u64 room[sizeof(struct ethtool_sset_info) / sizeof(__u64) + 1] = {};
	struct ethtool_sset_info *info = (void *)room;
	int err;

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1 << ETH_SS_STATS;
	err = ask(dev, info);
	if (err)
		return err;
	return info->sset_mask ? (int)info->data[0] : -EOPNOTSUPP;
}

int ethtool__each_counter(const char *dev,
			  void (*visit)(const char *name,
					unsigned long long value, void *arg),
			  void *arg)
{
	int count = count_counters(dev), err = -ENOMEM;
	struct ethtool_gstrings *names;
	struct ethtool_stats *stats;

	if (count < 0)
		return count;
	names = calloc(1, sizeof(*names) + count * ETH_GSTRING_LEN);
	stats = calloc(1, sizeof(*stats) + count * sizeof(__u64));
	if (!names || !stats)
		goto out;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = count;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = count;
	err = ask(dev, names) ?: ask(dev, stats);
	for (int i = 0; i < count && !err; i++) {
		char name[ETH_GSTRING_LEN + 1];

		snprintf(name, sizeof(name), "%.*s", ETH_GSTRING_LEN,
			 (const char *)names->data + i * ETH_GSTRING_LEN);
		visit(name, stats->data[i], arg);
	}
out:
	free(names);
	free(stats);
	return err;
}
