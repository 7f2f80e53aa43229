/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/if_addr.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../host.h"
#include "../net/address.h"
#include "device.h"
#include "host.h"
#include "log.h"
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
	if (addrs->count == HOST_ADDRS_MAX)
		return -E2BIG;
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

/* The addresses of a namespace, as a program on one device uses them. */
struct host_addrs {
	int ifindex;
	struct addrs ipv4, ipv6;
};

static bool is_loopback(in_addr_t addr)
{
	return ntohl(addr) >> 24 == IN_LOOPBACKNET;
}

/*
 * One that duplicate address detection has not cleared must not answer (RFC
 * 4862, 5.4).
 */
static int note_own(const struct address *address, void *arg)
{
	struct host_addrs *addrs = arg;

	if (address->family == AF_INET)
		return is_loopback(address->ipv4.s_addr) ?
			       0 :
			       addrs__add(&addrs->ipv4, &address->ipv4,
					  HOST_OWN);
	if (address->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED) ||
	    IN6_IS_ADDR_LOOPBACK(&address->ipv6) ||
	    (IN6_IS_ADDR_LINKLOCAL(&address->ipv6) &&
	     address->ifindex != addrs->ifindex))
		return 0;
	return addrs__add(&addrs->ipv6, &address->ipv6, HOST_OWN);
}

static int add_broadcast(struct addrs *addrs, in_addr_t addr)
{
	return addrs__has(addrs, &addr) ?
		       0 :
		       addrs__add(addrs, &addr, HOST_BROADCAST);
}

/* The one that was set, and the last address of the network in any case. */
static int note_broadcasts(const struct address *address, void *arg)
{
	struct addrs *addrs = &((struct host_addrs *)arg)->ipv4;
	in_addr_t last, set = address->broadcast.s_addr;

	/* RFC 3021: a /31 has none, nor has a /32 */
	if (address->family != AF_INET || address->prefix_len >= 31 ||
	    is_loopback(address->ipv4.s_addr))
		return 0;
	last = address->ipv4.s_addr | htonl(~0u >> address->prefix_len);
	return add_broadcast(addrs, last) ?:
		       set		  ? add_broadcast(addrs, set) :
					    0;
}

/* Own addresses go before broadcasts: one that is both is our own. */
static int read_addrs(struct host_addrs *addrs)
{
	return address__each(NETNS_HERE, note_own, addrs) ?:
		       address__each(NETNS_HERE, note_broadcasts, addrs);
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

static int set_record(int record_fd, const struct host_record *record)
{
	__u32 key = 0;

	return bpf_map_update_elem(record_fd, &key, record, BPF_ANY) ? -errno :
								       0;
}

/* While the maps change, each address is looked for there. */
static int clear_places(int record_fd)
{
	struct host_record record, old;
	__u32 key = 0;

	if (bpf_map_lookup_elem(record_fd, &key, &old))
		return -errno;
	record = (struct host_record){ .mac = old.mac };
	return set_record(record_fd, &record);
}

static int fill_failed(const struct device *dev, int err)
{
	if (err == -E2BIG)
		log_err("%s: this host has more than %d addresses of one "
			"family: raise HOST_ADDRS_MAX in common/host.h and "
			"build again",
			dev->name, HOST_ADDRS_MAX);
	else
		log_err("%s: cannot fill the maps of this host's addresses: %s",
			dev->name, strerror(-err));
	return err;
}

static int fill(int record_fd, int ipv4_fd, int ipv6_fd,
		const struct device *dev)
{
	static struct host_addrs addrs;
	struct host_record record = {};
	int err;

	err = device__mac(dev, (uint8_t *)&record.mac);
	if (err)
		return err;
	addrs = (struct host_addrs){ .ifindex = dev->ifindex,
				     .ipv4.size = sizeof(struct in_addr),
				     .ipv6.size = sizeof(struct in6_addr) };
	err = read_addrs(&addrs);
	if (!err)
		err = clear_places(record_fd);
	if (!err)
		err = sync_map(ipv4_fd, &addrs.ipv4);
	if (!err)
		err = sync_map(ipv6_fd, &addrs.ipv6);
	if (err)
		return fill_failed(dev, err);
	choose_ipv4(&record, &addrs.ipv4);
	choose_ipv6(&record, &addrs.ipv6);
	err = set_record(record_fd, &record);
	return err ? fill_failed(dev, err) : 0;
}

int host__fill(struct bpf_object *obj, const struct device *dev)
{
	int record_fd = bpf_map__fd(pins__find(obj, "this_host"));
	int ipv4_fd = bpf_object__find_map_fd_by_name(obj, "host_ipv4");
	int ipv6_fd = bpf_object__find_map_fd_by_name(obj, "host_ipv6");

	/* A program that does not ask who it is need not be told. */
	if (record_fd < 0 || ipv4_fd < 0 || ipv6_fd < 0)
		return 0;
	return fill(record_fd, ipv4_fd, ipv6_fd, dev);
}

int host__refresh(const struct device *dev)
{
	int record_fd, ipv4_fd, ipv6_fd, err;

	record_fd = pins__open(dev->name, "this_host");
	if (record_fd < 0)
		return record_fd;
	err = ipv4_fd = pins__open(dev->name, "host_ipv4");
	if (ipv4_fd < 0)
		goto close_record;
	err = ipv6_fd = pins__open(dev->name, "host_ipv6");
	if (ipv6_fd < 0)
		goto close_ipv4;
	err = fill(record_fd, ipv4_fd, ipv6_fd, dev);

	close(ipv6_fd);
close_ipv4:
	close(ipv4_fd);
close_record:
	close(record_fd);
	return err;
}
