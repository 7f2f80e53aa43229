/* SPDX-License-Identifier: GPL-2.0 */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>

#include "frame.h"

#define PAD_BYTE 0xee
#define EXT_MAX	 (sizeof(((struct frame *)0)->ext) / sizeof(uint16_t))

static void put(struct bytes *b, const char *field, const void *from, size_t n)
{
	assert(b->len + n <= FRAME_MAX);
	if (n)
		memcpy(b->data + b->len, from, n);
	for (size_t i = 0; i < n; i++)
		b->field[b->len + i] = field;
	b->len += n;
}

static void put8(struct bytes *b, const char *field, uint8_t value)
{
	put(b, field, &value, sizeof(value));
}

static void put16(struct bytes *b, const char *field, uint16_t value)
{
	uint16_t wire = htons(value);

	put(b, field, &wire, sizeof(wire));
}

static void put32(struct bytes *b, const char *field, uint32_t value)
{
	uint32_t wire = htonl(value);

	put(b, field, &wire, sizeof(wire));
}

static void put_repeated(struct bytes *b, const char *field, uint8_t value,
			 size_t n)
{
	while (n--)
		put8(b, field, value);
}

static void set16(struct bytes *b, size_t at, uint16_t value)
{
	b->data[at] = value >> 8;
	b->data[at + 1] = value;
}

/* RFC 1071, 4.1, word by word in network byte order. */
static uint32_t add_words(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static uint16_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static uint16_t chosen(uint32_t exactly, uint16_t computed)
{
	return exactly ? exactly & 0xffff : computed;
}

void mac__bytes(const char *text, uint8_t mac[6])
{
	int end = 0;
	int n = sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0],
		       &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &end);

	assert(n == 6 && !text[end]);
}

static bool is_ipv6(const struct frame *f)
{
	return f->saddr && strchr(f->saddr, ':');
}

static void put_addr(struct bytes *b, const char *field, const char *text)
{
	bool ipv6 = strchr(text, ':');
	uint8_t addr[16];
	int ok = inet_pton(ipv6 ? AF_INET6 : AF_INET, text, addr);

	assert(ok == 1);
	put(b, field, addr, ipv6 ? 16 : 4);
}

static void put_ethernet(struct bytes *b, const struct frame *f)
{
	uint16_t proto = f->eth_proto;
	uint8_t mac[ETH_ALEN];

	mac__bytes(f->dmac, mac);
	put(b, "eth.destination", mac, sizeof(mac));
	mac__bytes(f->smac, mac);
	put(b, "eth.source", mac, sizeof(mac));
	for (int i = 0; i < 2 && f->tags[i]; i++) {
		put16(b, "vlan.tpid", f->tags[i]);
		put16(b, "vlan.tci", 5 + i);
	}
	if (!proto && f->arp_op)
		proto = ETH_P_ARP;
	else if (!proto && f->saddr)
		proto = is_ipv6(f) ? ETH_P_IPV6 : ETH_P_IP;
	put16(b, "eth.type", proto);
}

/* RFC 826, for Ethernet and IPv4 */
static void put_arp(struct bytes *b, const struct frame *f)
{
	uint8_t mac[ETH_ALEN] = {}, *start = b->data + b->len;

	put16(b, "arp.hardware_type", 1);
	put16(b, "arp.protocol_type", ETH_P_IP);
	put8(b, "arp.hardware_length", ETH_ALEN);
	put8(b, "arp.protocol_length", 4);
	put16(b, "arp.operation", f->arp_op);
	if (f->arp_smac)
		mac__bytes(f->arp_smac, mac);
	put(b, "arp.sender_mac", mac, sizeof(mac));
	put_addr(b, "arp.sender_ip", f->saddr);
	memset(mac, 0, sizeof(mac));
	if (f->arp_dmac)
		mac__bytes(f->arp_dmac, mac);
	put(b, "arp.target_mac", mac, sizeof(mac));
	put_addr(b, "arp.target_ip", f->daddr);
	for (int i = 0; i < 6; i++)
		start[i] ^= f->arp_flip >> (8 * i);
}

/* Length and checksum are filled in when the packet is complete. */
static void put_ipv4(struct bytes *b, const struct frame *f)
{
	put8(b, "ipv4.version_ihl", f->version << 4 | f->ihl);
	put8(b, "ipv4.tos", f->tos);
	put16(b, "ipv4.total_length", 0);
	put16(b, "ipv4.id", f->ip_id);
	put16(b, "ipv4.frag_off", f->frag_off);
	put8(b, "ipv4.ttl", f->ttl);
	put8(b, "ipv4.protocol", f->ip_proto);
	put16(b, "ipv4.checksum", 0);
	put_addr(b, "ipv4.source", f->saddr);
	put_addr(b, "ipv4.destination", f->daddr);
	if (f->option_bytes)
		put(b, "ipv4.options", f->option_bytes, f->options);
	else
		put_repeated(b, "ipv4.options", 1, f->options);
}

static void put_extension(struct bytes *b, const struct frame *f, uint8_t type,
			  uint8_t next)
{
	put8(b, "ipv6.extension.next_header", next);
	put8(b, "ipv6.extension.length", 0);
	if (type == 44) { /* fragment, RFC 8200, 4.5 */
		put16(b, "ipv6.fragment.offset", f->frag_off);
		put32(b, "ipv6.fragment.id", f->ip_id);
	} else { /* one PadN option of six bytes */
		put16(b, "ipv6.extension.padding", 0x0104);
		put32(b, "ipv6.extension.padding", 0);
	}
}

static void put_ipv6(struct bytes *b, const struct frame *f)
{
	put32(b, "ipv6.version_class_flow",
	      (uint32_t)f->version << 28 | f->tos << 20 | f->flow);
	put16(b, "ipv6.payload_length", 0);
	put8(b, "ipv6.next_header", f->ext[0] ? f->ext[0] : f->ip_proto);
	put8(b, "ipv6.hop_limit", f->ttl);
	put_addr(b, "ipv6.source", f->saddr);
	put_addr(b, "ipv6.destination", f->daddr);
	for (size_t i = 0; i < EXT_MAX && f->ext[i]; i++)
		put_extension(b, f, f->ext[i],
			      i + 1 < EXT_MAX && f->ext[i + 1] ? f->ext[i + 1] :
								 f->ip_proto);
}

static const char *const icmp_fields[] = { "icmp.type", "icmp.code",
					   "icmp.checksum", "icmp.id",
					   "icmp.sequence" };
static const char *const icmpv6_fields[] = { "icmpv6.type", "icmpv6.code",
					     "icmpv6.checksum", "icmpv6.id",
					     "icmpv6.sequence" };

static void put_icmp(struct bytes *b, const struct frame *f,
		     const char *const *fields)
{
	put8(b, fields[0], f->icmp_type);
	put8(b, fields[1], f->icmp_code);
	put16(b, fields[2], 0);
	put16(b, fields[3], f->icmp_id);
	put16(b, fields[4], f->icmp_seq);
}

/* Returns where the checksum is, or 0 for none. */
static size_t put_transport(struct bytes *b, const struct frame *f)
{
	size_t start = b->len;

	switch (f->l4) {
	case L4_ICMP:
		put_icmp(b, f, icmp_fields);
		return start + 2;
	case L4_ICMPV6:
		put_icmp(b, f, icmpv6_fields);
		return start + 2;
	case L4_UDP:
		put16(b, "udp.source", f->sport);
		put16(b, "udp.destination", f->dport);
		put16(b, "udp.length",
		      chosen(f->udp_len, 8 + f->head_len + f->payload_len));
		put16(b, "udp.checksum", 0);
		return start + 6;
	case L4_TCP:
		put16(b, "tcp.source", f->sport);
		put16(b, "tcp.destination", f->dport);
		put32(b, "tcp.sequence", 0x01020304);
		put32(b, "tcp.acknowledgement", 0x05060708);
		put16(b, "tcp.offset_flags",
		      0x5000 | (f->tcp_flags ? f->tcp_flags : 0x10));
		put16(b, "tcp.window", 0x2000);
		put16(b, "tcp.checksum", 0);
		put16(b, "tcp.urgent", 0);
		return start + 16;
	default:
		return 0;
	}
}

static void put_quoted(struct bytes *b, const struct frame *f)
{
	struct bytes *quoted = malloc(sizeof(*quoted));
	size_t left;

	assert(quoted);
	frame__build(f->quoted, quoted);
	left = quoted->len - ETH_HLEN;
	put(b, "payload", quoted->data + ETH_HLEN,
	    left < f->payload_len ? left : f->payload_len);
	free(quoted);
}

static void put_payload(struct bytes *b, const struct frame *f)
{
	if (f->quoted) {
		put_quoted(b, f);
		return;
	}
	for (size_t i = 0; i < f->payload_len; i++)
		put8(b, "payload",
		     f->fill == FILL_COUNT ? i + 1 :
		     f->fill == FILL_ONES  ? 0xff :
					     0);
}

static uint32_t pseudo_header(const struct bytes *b, const struct frame *f,
			      size_t ip, size_t l4)
{
	uint8_t proto = f->l4 == L4_ICMPV6 ? IPPROTO_ICMPV6 : f->ip_proto;
	uint32_t sum = proto + b->len - l4;

	if (is_ipv6(f))
		return add_words(sum, b->data + ip + 8, 32);
	return add_words(sum, b->data + ip + 12, 8);
}

static void fill_transport_checksum(struct bytes *b, const struct frame *f,
				    size_t ip, size_t l4, size_t at)
{
	uint32_t sum = 0;
	uint16_t check;

	if (!at || at + 2 > b->len)
		return;
	if (f->l4 != L4_ICMP)
		sum = pseudo_header(b, f, ip, l4);
	check = checksum(add_words(sum, b->data + l4, b->len - l4));
	if (f->l4 == L4_UDP && !check) /* 0 means none, RFC 768 */
		check = 0xffff;
	set16(b, at, chosen(f->l4_check, check) ^ f->l4_check_flip);
}

static void fill_ip(struct bytes *b, const struct frame *f, size_t ip)
{
	uint16_t check;

	if (is_ipv6(f)) {
		set16(b, ip + 4, chosen(f->ip_len, b->len - ip - 40));
		return;
	}
	set16(b, ip + 2, chosen(f->ip_len, b->len - ip));
	check = checksum(add_words(0, b->data + ip, 20 + f->options));
	set16(b, ip + 10, chosen(f->ip_check, check) ^ f->ip_check_flip);
}

void frame__build(const struct frame *f, struct bytes *b)
{
	size_t ip, l4, check;

	b->len = 0;
	put_ethernet(b, f);
	ip = b->len;
	if (f->arp_op)
		put_arp(b, f);
	else if (is_ipv6(f))
		put_ipv6(b, f);
	else if (f->saddr)
		put_ipv4(b, f);
	l4 = b->len;
	check = put_transport(b, f);
	assert(b->len - l4 >= f->l4_cut);
	b->len -= f->l4_cut;
	put(b, "head", f->head, f->head_len);
	put_payload(b, f);
	fill_transport_checksum(b, f, ip, l4, check);
	if (f->saddr && !f->arp_op)
		fill_ip(b, f, ip);
	put_repeated(b, "padding", PAD_BYTE, f->pad);
	if (f->cut_to) {
		assert(f->cut_to <= b->len);
		b->len = f->cut_to;
	}
}
