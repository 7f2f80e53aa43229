/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/if_addr.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../host.h"
#include "hostmaps.h"
#include "log.h"
#include "netdev.h"
#include "pins.h"

/* The addresses of one family, in network byte order, one after another. */
struct addrs {
	size_t size; /* of one address, in bytes */
	unsigned int count;
	unsigned char bytes[HOST_ADDRS_MAX * sizeof(struct in6_addr)];
	__u8 use[HOST_ADDRS_MAX];
};

static int addrs__add(struct addrs *addrs, const void *addr, __u8 use)
{
	if (addrs->count == HOST_ADDRS_MAX) {
		log_err("this host has more than %d addresses of one family: "
			"raise HOST_ADDRS_MAX in common/host.h and build again",
			HOST_ADDRS_MAX);
		return -E2BIG;
	}
	memcpy(addrs->bytes + addrs->count * addrs->size, addr, addrs->size);
	addrs->use[addrs->count++] = use;
	return 0;
}

static bool addrs__has(const struct addrs *addrs, const void *addr)
{
	for (unsigned int i = 0; i < addrs->count; i++)
		if (!memcmp(addrs->bytes + i * addrs->size, addr, addrs->size))
			return true;
	return false;
}

static int add_broadcast(struct addrs *addrs, in_addr_t addr)
{
	return addrs__has(addrs, &addr) ?
		       0 :
		       addrs__add(addrs, &addr, HOST_BROADCAST);
}

/* The one that was set, and the last address of the network in any case. */
static int add_broadcasts(struct addrs *addrs, const struct ifaddrs *ifa)
{
	const struct sockaddr_in *addr = (void *)ifa->ifa_addr;
	const struct sockaddr_in *mask = (void *)ifa->ifa_netmask;
	const struct sockaddr_in *brd = (void *)ifa->ifa_broadaddr;
	int err;

	/* RFC 3021: a /31 has none, nor has a /32 */
	if (!mask || ntohl(~mask->sin_addr.s_addr) <= 1)
		return 0;
	err = add_broadcast(addrs,
			    addr->sin_addr.s_addr | ~mask->sin_addr.s_addr);
	if (!err && ifa->ifa_flags & IFF_BROADCAST && brd)
		err = add_broadcast(addrs, brd->sin_addr.s_addr);
	return err;
}

static bool is_ipv4(const struct ifaddrs *ifa)
{
	const struct sockaddr_in *sin = (void *)ifa->ifa_addr;

	return sin && sin->sin_family == AF_INET &&
	       ntohl(sin->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
}

static int read_ipv4(struct addrs *addrs)
{
	struct ifaddrs *list;
	int err = 0;

	if (getifaddrs(&list))
		return -errno;
	for (struct ifaddrs *ifa = list; ifa && !err; ifa = ifa->ifa_next)
		if (is_ipv4(ifa))
			err = addrs__add(addrs,
					 &((struct sockaddr_in *)ifa->ifa_addr)
						  ->sin_addr,
					 HOST_OWN);
	for (struct ifaddrs *ifa = list; ifa && !err; ifa = ifa->ifa_next)
		if (is_ipv4(ifa))
			err = add_broadcasts(addrs, ifa);
	freeifaddrs(list);
	return err;
}

/*
 * From /proc/net/if_inet6, because getifaddrs(3) does not give the flags: an
 * address that duplicate address detection has not cleared must not answer
 * (RFC 4862, 5.4).
 */
static int read_ipv6(struct addrs *addrs, unsigned int ifindex)
{
	FILE *file = fopen("/proc/net/if_inet6", "re");
	unsigned int index, flags;
	char line[256];
	int err = 0;

	if (!file) /* a kernel without IPv6 */
		return errno == ENOENT ? 0 : -errno;
	while (!err && fgets(line, sizeof(line), file)) {
		struct in6_addr addr;
		bool ok = true;

		for (int i = 0; i < 16 && ok; i++)
			ok = sscanf(line + 2 * i, "%2hhx", &addr.s6_addr[i]) ==
			     1;
		if (!ok ||
		    sscanf(line + 32, "%x %*x %*x %x", &index, &flags) != 2)
			continue;
		if (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED) ||
		    IN6_IS_ADDR_LOOPBACK(&addr) ||
		    (IN6_IS_ADDR_LINKLOCAL(&addr) && index != ifindex))
			continue;
		err = addrs__add(addrs, &addr, HOST_OWN);
	}
	fclose(file);
	return err;
}

/* Adds what is new before it removes what is gone. */
static int sync_map(int fd, const struct addrs *want)
{
	unsigned char gone[HOST_ADDRS_MAX][sizeof(struct in6_addr)];
	unsigned char key[sizeof(struct in6_addr)];
	unsigned int count = 0;

	for (unsigned int i = 0; i < want->count; i++)
		if (bpf_map_update_elem(fd, want->bytes + i * want->size,
					&want->use[i], BPF_ANY))
			return -errno;
	for (void *at = NULL; !bpf_map_get_next_key(fd, at, key); at = key)
		if (!addrs__has(want, key) && count < HOST_ADDRS_MAX)
			memcpy(gone[count++], key, want->size);
	while (count--)
		if (bpf_map_delete_elem(fd, gone[count]) && errno != ENOENT)
			return -errno;
	return 0;
}

/* In each place the address that is alone there, or none that belongs there. */
static void choose_ipv4(struct host_record *record, const struct addrs *addrs)
{
	unsigned int count[HOST_PLACES] = {};

	for (unsigned int i = 0; i < HOST_PLACES; i++)
		record->ipv4[i] = host_place(1) == i ? 2 : 1;
	for (unsigned int i = 0; i < addrs->count; i++) {
		__be32 addr = ((const __be32 *)addrs->bytes)[i];
		__u32 place = host_place(addr);

		record->ipv4[place] =
			!count[place]++ && addrs->use[i] == HOST_OWN ? addr : 0;
	}
}

static void choose_ipv6(struct host_record *record, const struct addrs *addrs)
{
	const struct in6_addr *addr = (const void *)addrs->bytes;
	unsigned int count[HOST_PLACES] = {};

	for (unsigned int i = 0; i < HOST_PLACES; i++)
		record->ipv6[i].s6_addr32[3] = host_place(1) == i ? 2 : 1;
	for (unsigned int i = 0; i < addrs->count; i++) {
		__u32 place = host_place_ipv6(addr[i].s6_addr32);

		record->ipv6[place] =
			count[place]++ ? (struct in6_addr){} : addr[i];
	}
}

static int set_record(int mac_fd, const struct host_record *record)
{
	__u32 key = 0;

	return bpf_map_update_elem(mac_fd, &key, record, BPF_ANY) ? -errno : 0;
}

/* While the maps change, each address is looked for there. */
static int clear_places(int mac_fd)
{
	struct host_record record, old;
	__u32 key = 0;

	if (bpf_map_lookup_elem(mac_fd, &key, &old))
		return -errno;
	record = (struct host_record){ .mac = old.mac };
	return set_record(mac_fd, &record);
}

static int fill(int mac_fd, int ipv4_fd, int ipv6_fd, const char *dev)
{
	static struct addrs ipv4 = { .size = sizeof(struct in_addr) };
	static struct addrs ipv6 = { .size = sizeof(struct in6_addr) };
	struct host_record record = {};
	int ifindex, err;

	ifindex = netdev__index(dev, (uint8_t *)&record.mac);
	if (ifindex < 0)
		return ifindex;
	ipv4.count = 0;
	ipv6.count = 0;
	err = read_ipv4(&ipv4);
	if (!err)
		err = read_ipv6(&ipv6, ifindex);
	if (!err)
		err = clear_places(mac_fd);
	if (!err)
		err = sync_map(ipv4_fd, &ipv4);
	if (!err)
		err = sync_map(ipv6_fd, &ipv6);
	if (!err) {
		choose_ipv4(&record, &ipv4);
		choose_ipv6(&record, &ipv6);
		err = set_record(mac_fd, &record);
	}
	if (err)
		log_err("%s: cannot fill the maps of this host's addresses: %s",
			dev, strerror(-err));
	return err;
}

int hostmaps__fill(struct bpf_object *obj, const char *dev)
{
	int mac_fd = bpf_map__fd(pins__find(obj, "host_mac"));
	int ipv4_fd = bpf_object__find_map_fd_by_name(obj, "host_ipv4");
	int ipv6_fd = bpf_object__find_map_fd_by_name(obj, "host_ipv6");

	/* A program that does not ask who it is need not be told. */
	if (mac_fd < 0 || ipv4_fd < 0 || ipv6_fd < 0)
		return 0;
	return fill(mac_fd, ipv4_fd, ipv6_fd, dev);
}

int hostmaps__refresh(const char *dev)
{
	int mac_fd, ipv4_fd, ipv6_fd, err;

	mac_fd = pins__open(dev, "host_mac");
	if (mac_fd < 0)
		return mac_fd;
	err = ipv4_fd = pins__open(dev, "host_ipv4");
	if (ipv4_fd < 0)
		goto close_mac;
	err = ipv6_fd = pins__open(dev, "host_ipv6");
	if (ipv6_fd < 0)
		goto close_ipv4;
	err = fill(mac_fd, ipv4_fd, ipv6_fd, dev);

	close(ipv6_fd);
close_ipv4:
	close(ipv4_fd);
close_mac:
	close(mac_fd);
	return err;
}
