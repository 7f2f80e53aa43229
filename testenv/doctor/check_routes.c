/* SPDX-License-Identifier: GPL-2.0 */
/* What routes and neighbours do to packets, and do not to those of XDP. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include "../../common/net/address.h"
#include "../../common/net/neighbour.h"
#include "../../common/net/route.h"
#include "../../common/net/sysctl.h"
#include "checks.h"
#include "report.h"

/* What stops a search: it has been found. */
#define FOUND (-EEXIST)

static int find_ipv4(const struct address *address, void *arg)
{
	const struct device *dev = arg;

	return address->family == AF_INET &&
			       address->ifindex == dev->link.ifindex ?
		       FOUND :
		       0;
}

static bool has_ipv4(const struct device *dev)
{
	return address__each(NETNS_HERE, find_ipv4, (void *)dev) == FOUND;
}

void check_forwarding(const struct device *dev)
{
	if (!dev->asks_routes)
		return;
	if (dev->link.ipv4_forwarding == 0 && has_ipv4(dev))
		problem(dev->where,
			mend("%ssysctl net.ipv4.conf.all.forwarding=1 "
			     "net.ipv4.conf.%s.forwarding=1",
			     dev->netns->at, dev->word),
			"%s routes, but IPv4 forwarding is off here, so it "
			"passes everything",
			dev->program);
	if (sysctl__read("ipv6/conf/all/forwarding") == 0)
		problem(dev->where,
			mend("%ssysctl net.ipv6.conf.all.forwarding=1",
			     dev->netns->at),
			"%s routes, but IPv6 forwarding is off (Linux wants "
			"that of all, too), so it passes everything",
			dev->program);
}

/* The larger of the two settings is what counts. */
void check_rp_filter(const struct device *dev)
{
	int all = sysctl__read("ipv4/conf/all/rp_filter");
	int own = dev->link.ipv4_rp_filter;

	if (!device__has_work(dev) || (all > own ? all : own) != 1)
		return;
	warning(dev->where,
		mend("%ssysctl net.ipv4.conf.all.rp_filter=0 "
		     "net.ipv4.conf.%s.rp_filter=0",
		     dev->netns->at, dev->word),
		"strict reverse path filter (rp_filter: %d, all: %d; the "
		"larger counts): packets whose answers would leave elsewhere "
		"are dropped",
		own, all);
}

static bool is_same(const struct neighbour *neighbour,
		    const struct address *address)
{
	if (neighbour->family != address->family)
		return false;
	if (neighbour->family == AF_INET)
		return neighbour->ipv4.s_addr == address->ipv4.s_addr;
	return !memcmp(&neighbour->ipv6, &address->ipv6, sizeof(address->ipv6));
}

struct search {
	const struct neighbour *neighbour;
	int ifindex;
};

static int find_same(const struct address *address, void *arg)
{
	const struct search *search = arg;

	return address->ifindex == search->ifindex &&
			       is_same(search->neighbour, address) ?
		       FOUND :
		       0;
}

/* Whether it is the other end of the pair, by its IP address. */
static bool is_other_end(const struct device *dev,
			 const struct neighbour *neighbour)
{
	struct search search = { neighbour, dev->link.other_ifindex };

	return dev->peer &&
	       address__each(dev->link.other_nsid, find_same, &search) == FOUND;
}

static void format_mac(char text[18], const uint8_t mac[ETH_ALEN])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
}

static void check_mac(const struct device *dev, const char *address,
		      const struct neighbour *neighbour)
{
	char entered[18], real[18];

	if (!neighbour->has_mac || !dev->peer ||
	    !memcmp(neighbour->mac, dev->peer->link.mac, ETH_ALEN) ||
	    !is_other_end(dev, neighbour))
		return;
	format_mac(entered, neighbour->mac);
	format_mac(real, dev->peer->link.mac);
	problem(dev->where,
		mend("%sip neigh flush dev %s nud all", dev->netns->at,
		     dev->word),
		"%s is entered with the MAC address %s, but the other end has "
		"%s: it drops the frames",
		address, entered, real);
}

static int check_neighbour(const struct neighbour *neighbour, void *arg)
{
	const struct device *dev = arg;
	char address[INET6_ADDRSTRLEN];

	if (neighbour->ifindex != dev->link.ifindex)
		return 0;
	inet_ntop(neighbour->family, &neighbour->ipv4, address,
		  sizeof(address));
	if (neighbour->state & (NUD_FAILED | NUD_INCOMPLETE))
		warning(dev->where,
			mend("%sip neigh flush dev %s; a program that "
			     "redirects or drops ARP and Neighbour Discovery "
			     "must pass them",
			     dev->netns->at, dev->word),
			"%s does not answer for its MAC address (%s)", address,
			neighbour->state & NUD_FAILED ? "FAILED" :
							"INCOMPLETE");
	else if (!(neighbour->state & NUD_NOARP))
		check_mac(dev, address, neighbour);
	return 0;
}

void check_neighbours(const struct device *dev)
{
	neighbour__each(check_neighbour, (void *)dev);
}

/* As `ip route` prints it. */
static void format_destination(char *text, size_t size,
			       const struct route *route)
{
	int bits = route->family == AF_INET ? 32 : 128;
	char address[INET6_ADDRSTRLEN];

	inet_ntop(route->family, &route->ipv4, address, sizeof(address));
	if (!route->dst_len)
		snprintf(text, size, "default");
	else if (route->dst_len == bits)
		snprintf(text, size, "%s", address);
	else
		snprintf(text, size, "%s/%u", address, route->dst_len);
}

static int check_route(const struct route *route, void *arg)
{
	char destination[INET6_ADDRSTRLEN + 4];
	const struct device *dev = arg;

	if (route->table != RT_TABLE_MAIN || !route->mtu)
		return 0;
	format_destination(destination, sizeof(destination), route);
	warning(dev->where,
		mend("t load -n %s, after each change of routes", dev->word),
		"the route to %s has an MTU of its own, %u: %s heeds it as it "
		"was when it was loaded",
		destination, route->mtu, dev->program);
	return 0;
}

static void check_hash_policy(const struct device *dev, const char *path)
{
	int policy = sysctl__read(path);

	if (policy > 1)
		warning(dev->where,
			mend("%ssysctl net.ipv4.fib_multipath_hash_policy=0 "
			     "net.ipv6.fib_multipath_hash_policy=0",
			     dev->netns->at),
			"fib_multipath_hash_policy is %d: Linux chooses among "
			"several paths by what %s is not told",
			policy, dev->program);
}

void check_routes(const struct device *dev)
{
	if (!dev->asks_routes)
		return;
	route__each(AF_INET, check_route, (void *)dev);
	route__each(AF_INET6, check_route, (void *)dev);
	check_hash_policy(dev, "ipv4/fib_multipath_hash_policy");
	check_hash_policy(dev, "ipv6/fib_multipath_hash_policy");
}
