/* SPDX-License-Identifier: GPL-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include "packet.h"

#define MLD2_LISTENER_REPORT 143 /* RFC 3810, 5.2 */

#define LEVELS_MAX 3
#define GUE_PORT   6080

/* What is left to be read. */
struct rest {
	const unsigned char *data;
	__u32 captured; /* bytes that are there */
	__u32 length;	/* bytes that were there */
};

/* Leaves bytes out; false where they are not all there. */
static bool skip(struct rest *r, __u32 bytes)
{
	if (r->captured < bytes)
		return false;
	r->data += bytes;
	r->captured -= bytes;
	r->length -= bytes;
	return true;
}

/* Takes a header off: a copy, since it may begin at any address. */
static bool take(struct rest *r, void *header, __u32 bytes)
{
	const unsigned char *data = r->data;

	if (!skip(r, bytes))
		return false;
	memcpy(header, data, bytes);
	return true;
}

__attribute__((format(printf, 3, 4))) static void
add(struct packet *p, const char *name, const char *fmt, ...)
{
	struct field *field = &p->fields[p->count];
	va_list ap;

	if (p->count == FIELDS_MAX)
		return;
	p->count++;
	field->level = p->level;
	snprintf(field->name, sizeof(field->name), "%s", name);
	va_start(ap, fmt);
	vsnprintf(field->value, sizeof(field->value), fmt, ap);
	va_end(ap);
}

static void add_mac(struct packet *p, const char *name, const __u8 *mac)
{
	add(p, name, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
	    mac[3], mac[4], mac[5]);
}

__attribute__((format(printf, 2, 3))) static void say(struct packet *p,
						      const char *fmt, ...)
{
	size_t used = strlen(p->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->text + used, sizeof(p->text) - used, fmt, ap);
	va_end(ap);
}

static void set_identity(struct packet *p, const char *protocol, __u64 a,
			 __u64 b)
{
	snprintf(p->protocol, sizeof(p->protocol), "%s", protocol);
	snprintf(p->identity, sizeof(p->identity), "%s %llx %llx", protocol, a,
		 b);
}

/* Of what is there, at most 64 bytes: enough to tell payloads apart. */
static __u64 hash(const struct rest *r)
{
	__u64 sum = 14695981039346656037ULL;

	for (__u32 i = 0; i < r->captured && i < 64; i++)
		sum = (sum ^ r->data[i]) * 1099511628211ULL;
	return sum;
}

static void parse_arp(struct packet *p, struct rest *r)
{
	unsigned char arp[28];
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];
	__u32 target;

	set_identity(p, "arp", 0, 0);
	if (!take(r, arp, sizeof(arp)))
		return;
	memcpy(&target, arp + 24, sizeof(target));
	inet_ntop(AF_INET, arp + 14, from, sizeof(from));
	inet_ntop(AF_INET, arp + 24, to, sizeof(to));
	add(p, "ip src", "%s", from);
	add(p, "ip dst", "%s", to);
	say(p, "%s > %s arp %s", from, to, arp[7] == 1 ? "request" : "reply");
	set_identity(p, "arp", arp[7], target);
}

static const char *icmp_name(__u8 type, __u8 code)
{
	switch (type) {
	case ICMP_ECHO:
		return "echo request";
	case ICMP_ECHOREPLY:
		return "echo reply";
	case ICMP_TIME_EXCEEDED:
		return "time exceeded";
	case ICMP_REDIRECT:
		return "redirect";
	case ICMP_DEST_UNREACH:
		switch (code) {
		case ICMP_FRAG_NEEDED:
			return "fragmentation needed";
		case ICMP_PORT_UNREACH:
			return "port unreachable";
		case ICMP_PKT_FILTERED:
			return "admin prohibited";
		}
		return "unreachable";
	}
	return "";
}

static const char *icmp6_name(__u8 type)
{
	switch (type) {
	case ICMP6_ECHO_REQUEST:
		return "echo request";
	case ICMP6_ECHO_REPLY:
		return "echo reply";
	case ICMP6_DST_UNREACH:
		return "unreachable";
	case ICMP6_PACKET_TOO_BIG:
		return "packet too big";
	case ICMP6_TIME_EXCEEDED:
		return "time exceeded";
	case ND_ROUTER_SOLICIT:
		return "router solicitation";
	case ND_ROUTER_ADVERT:
		return "router advertisement";
	case ND_NEIGHBOR_SOLICIT:
		return "neighbour solicitation";
	case ND_NEIGHBOR_ADVERT:
		return "neighbour advertisement";
	case MLD2_LISTENER_REPORT:
		return "multicast listener report";
	}
	return "";
}

static void parse_icmp(struct packet *p, struct rest *r, bool is_v6)
{
	struct icmphdr icmp;
	const char *name, *protocol = is_v6 ? "icmp6" : "icmp";
	bool echo;

	set_identity(p, protocol, 0, 0);
	say(p, " %s", protocol);
	if (!take(r, &icmp, sizeof(icmp)))
		return;
	echo = is_v6 ? icmp.type == ICMP6_ECHO_REQUEST ||
			       icmp.type == ICMP6_ECHO_REPLY :
		       icmp.type == ICMP_ECHO || icmp.type == ICMP_ECHOREPLY;
	name = is_v6 ? icmp6_name(icmp.type) : icmp_name(icmp.type, icmp.code);
	add(p, "icmp type", "%u", icmp.type);
	add(p, "icmp code", "%u", icmp.code);
	add(p, "icmp checksum", "0x%04x", ntohs(icmp.checksum));
	if (*name)
		say(p, " %s", name);
	else
		say(p, " type %u code %u", icmp.type, icmp.code);
	if (echo)
		say(p, " seq %u", ntohs(icmp.un.echo.sequence));
	if (echo)
		set_identity(p, protocol, icmp.un.gateway, 0);
	else
		set_identity(p, protocol, icmp.type, hash(r));
}

static void parse_tcp(struct packet *p, struct rest *r)
{
	struct tcphdr tcp;

	set_identity(p, "tcp", 0, 0);
	say(p, " tcp");
	if (!take(r, &tcp, sizeof(tcp)))
		return;
	add(p, "src port", "%u", ntohs(tcp.source));
	add(p, "dst port", "%u", ntohs(tcp.dest));
	add(p, "tcp checksum", "0x%04x", ntohs(tcp.check));
	say(p, " port %u > %u%s%s%s%s seq %u", ntohs(tcp.source),
	    ntohs(tcp.dest), tcp.syn ? " syn" : "", tcp.fin ? " fin" : "",
	    tcp.rst ? " rst" : "", tcp.ack ? " ack" : "", ntohl(tcp.seq));
	set_identity(p, "tcp", (__u64)tcp.seq << 32 | tcp.ack_seq,
		     (__u32)tcp.source << 16 | tcp.dest);
}

static void parse_ip(struct packet *p, struct rest *r);

static void parse_udp(struct packet *p, struct rest *r)
{
	struct udphdr udp;
	unsigned char gue[4];

	set_identity(p, "udp", 0, 0);
	if (!take(r, &udp, sizeof(udp))) {
		say(p, " udp");
		return;
	}
	add(p, "src port", "%u", ntohs(udp.source));
	add(p, "dst port", "%u", ntohs(udp.dest));
	add(p, "udp length", "%u", ntohs(udp.len));
	add(p, "udp checksum", "0x%04x", ntohs(udp.check));
	/* Generic UDP Encapsulation, variant 0: length in words, protocol */
	if (udp.dest == htons(GUE_PORT) && r->captured > 4 &&
	    !(r->data[0] & 0xe0) &&
	    (r->data[1] == IPPROTO_IPIP || r->data[1] == IPPROTO_IPV6)) {
		say(p, " gue [");
		if (take(r, gue, sizeof(gue)) && skip(r, (gue[0] & 0x1f) * 4)) {
			p->level++;
			parse_ip(p, r);
		}
		say(p, "]");
		return;
	}
	say(p, " udp port %u > %u", ntohs(udp.source), ntohs(udp.dest));
	set_identity(p, "udp", (__u32)udp.source << 16 | udp.dest, hash(r));
}

static void parse_payload(struct packet *p, struct rest *r, __u8 protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		parse_icmp(p, r, protocol == IPPROTO_ICMPV6);
		break;
	case IPPROTO_TCP:
		parse_tcp(p, r);
		break;
	case IPPROTO_UDP:
		parse_udp(p, r);
		break;
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		say(p, " ipip [");
		if (p->level < LEVELS_MAX) {
			p->level++;
			parse_ip(p, r);
		}
		say(p, "]");
		break;
	default:
		say(p, " protocol %u", protocol);
		set_identity(p, "ip", protocol, hash(r));
	}
}

static void note_ends(struct packet *p, const char *src, const char *dst,
		      int excess)
{
	add(p, "ip src", "%s", src);
	add(p, "ip dst", "%s", dst);
	say(p, "%s > %s", src, dst);
	if (p->level)
		return;
	p->same_ends = !strcmp(src, dst);
	p->ip_excess = excess;
}

static void parse_ipv4(struct packet *p, struct rest *r)
{
	char src[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];
	int there = r->length;
	struct iphdr ip;

	if (!take(r, &ip, sizeof(ip)))
		return;
	inet_ntop(AF_INET, &ip.saddr, src, sizeof(src));
	inet_ntop(AF_INET, &ip.daddr, dst, sizeof(dst));
	p->is_multicast |=
		IN_MULTICAST(ntohl(ip.daddr)) || ip.daddr == INADDR_BROADCAST;
	add(p, "ttl", "%u", ip.ttl);
	add(p, "ip length", "%u", ntohs(ip.tot_len));
	add(p, "ip id", "%u", ntohs(ip.id));
	add(p, "ip checksum", "0x%04x", ntohs(ip.check));
	note_ends(p, src, dst, ntohs(ip.tot_len) - there);
	if (ip.ihl > 5 && !skip(r, (ip.ihl - 5) * 4))
		return;
	if (ip.frag_off & htons(0x1fff)) {
		say(p, " fragment");
		set_identity(p, "ip", ip.id, ip.frag_off);
		return;
	}
	parse_payload(p, r, ip.protocol);
}

static void parse_ipv6(struct packet *p, struct rest *r)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	struct ip6_hdr ip;
	int there;
	__u8 next;

	if (!take(r, &ip, sizeof(ip)))
		return;
	there = r->length;
	inet_ntop(AF_INET6, &ip.ip6_src, src, sizeof(src));
	inet_ntop(AF_INET6, &ip.ip6_dst, dst, sizeof(dst));
	p->is_multicast |= ip.ip6_dst.s6_addr[0] == 0xff;
	add(p, "hop limit", "%u", ip.ip6_hlim);
	add(p, "ip length", "%u", ntohs(ip.ip6_plen));
	note_ends(p, src, dst, ntohs(ip.ip6_plen) - there);
	next = ip.ip6_nxt;
	if (next == IPPROTO_HOPOPTS) {
		__u8 options[8];

		if (!take(r, options, sizeof(options)) ||
		    !skip(r, options[1] * 8))
			return;
		next = options[0];
	}
	parse_payload(p, r, next);
}

static int captured_version(const struct rest *r)
{
	return r->captured ? r->data[0] >> 4 : 0;
}

static void parse_ip(struct packet *p, struct rest *r)
{
	if (captured_version(r) == 4)
		parse_ipv4(p, r);
	else if (captured_version(r) == 6)
		parse_ipv6(p, r);
}

static void parse_eth(struct packet *p, struct rest *r, __u16 *protocol)
{
	struct ethhdr eth;
	__u16 vlan[2];

	if (!take(r, &eth, sizeof(eth)))
		return;
	add_mac(p, "dst mac", eth.h_dest);
	add_mac(p, "src mac", eth.h_source);
	p->is_multicast = eth.h_dest[0] & 1;
	*protocol = eth.h_proto;
	if (*protocol != htons(ETH_P_8021Q))
		return;
	if (!take(r, vlan, sizeof(vlan)))
		return;
	add(p, "vlan", "%u", ntohs(vlan[0]) & 0xfff);
	say(p, "vlan %u ", ntohs(vlan[0]) & 0xfff);
	*protocol = vlan[1];
}

void packet__parse(struct packet *p, const void *data, __u32 captured,
		   __u32 length, bool has_eth, __u16 protocol)
{
	struct rest r = { data, captured, length };

	memset(p, 0, sizeof(*p));
	if (has_eth)
		parse_eth(p, &r, &protocol);
	switch (ntohs(protocol)) {
	case ETH_P_IP:
		if (captured_version(&r) == 4)
			parse_ipv4(p, &r);
		else
			say(p, "IPv4 without its header");
		break;
	case ETH_P_IPV6:
		if (captured_version(&r) == 6)
			parse_ipv6(p, &r);
		else
			say(p, "IPv6 without its header");
		break;
	case ETH_P_ARP:
		parse_arp(p, &r);
		break;
	default:
		say(p, "EtherType 0x%04x", ntohs(protocol));
	}
}

const char *packet__get(const struct packet *p, const char *name)
{
	for (int i = p->count - 1; i >= 0; i--)
		if (!strcmp(p->fields[i].name, name))
			return p->fields[i].value;
	return "";
}

bool packet__is_chatter(const struct packet *p)
{
	return strstr(p->text, "multicast listener report") ||
	       strstr(p->text, "router solicitation") ||
	       !strcmp(packet__get(p, "ip dst"), "224.0.0.22"); /* IGMP */
}

bool packet__has_address(const struct packet *p, const char *address)
{
	for (int i = 0; i < p->count; i++)
		if (!strncmp(p->fields[i].name, "ip ", 3) &&
		    !strcmp(p->fields[i].value, address))
			return true;
	return false;
}
