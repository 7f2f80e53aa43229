/* SPDX-License-Identifier: GPL-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>

#include "../../common/user/json.h"
#include "events.h"
#include "kernel.h"
#include "loss.h"
#include "namespaces.h"

static void name_place(char *buf, size_t size, const struct place *place)
{
	const struct netns *ns = namespaces__find(place->netns);
	const char *label = ns ? namespaces__label(ns) : "?";
	char name[IFNAMSIZ];

	if (*place->dev)
		snprintf(buf, size, "%s/%s", label, place->dev);
	else if (!place->ifindex)
		snprintf(buf, size, "%s/-", label);
	else if (strcmp(namespaces__dev_name(place->netns, place->ifindex,
					     name),
			"?"))
		snprintf(buf, size, "%s/%s", label, name);
	else
		snprintf(buf, size, "ifindex %u", place->ifindex);
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static bool try_key(struct loss *loss, const char *kind, const char *special)
{
	snprintf(loss->key, sizeof(loss->key), "%s:%s%s%s", kind, loss->code,
		 *special ? "/" : "", special);
	loss->cause = causes__find(loss->key);
	return loss->cause;
}

/* By what is special about it, if the table has that, or by the code alone. */
static void find_cause(struct loss *loss, const char *kind, const char *special)
{
	if (loss->has_packet && loss->packet.same_ends &&
	    try_key(loss, kind, "same-address"))
		return;
	if (!try_key(loss, kind, special))
		try_key(loss, kind, "");
}

/*
 * What the kernel gives up in the normal course of things: copies for
 * sockets that had one already, packets that no one here has asked for.
 */
static bool is_normal(const struct loss *loss)
{
	const struct packet *p = &loss->packet;
	const char *reason = loss->code;

	if (!loss->has_packet || is(reason, "SKB_CONSUMED") ||
	    is(reason, "SKB_NOT_DROPPED_YET"))
		return true;
	/* But not what waited for a neighbour's address that was taken away. */
	if (is(reason, "QUEUE_PURGE") && !starts_with(loss->function, "neigh_"))
		return true;
	if (is(reason, "SOCKET_CLOSE"))
		return true;
	/* TCP's own business: what was sent twice, a FIN that no one reads */
	if (is(p->protocol, "tcp") && !loss->cause &&
	    (starts_with(reason, "TCP_") ||
	     starts_with(loss->function, "tcp_") ||
	     is(loss->function, "sk_stream_kill_queues")))
		return true;
	if (packet__is_chatter(p))
		return true;
	if (p->is_multicast && is(loss->function, "ip6_mc_input"))
		return true;
	/*
	 * Before 6.3, which has this reason, messages end so after they were
	 * served. (Wrong checksums have another reason, and are counted.)
	 */
	if (is(reason, "NOT_SPECIFIED") && is(loss->function, "icmpv6_rcv") &&
	    !kernel__has_reason("SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS"))
		return true;
	return is(reason, "NO_SOCKET") && starts_with(p->protocol, "icmp");
}

bool loss__is_xdp_function(const char *name)
{
	return starts_with(name, "veth_xdp_rcv") ||
	       starts_with(name, "do_xdp_generic") ||
	       starts_with(name, "netif_receive_generic_xdp");
}

/* There the kernel gives no reason that would tell. */
static bool is_xdp_drop(const struct loss *loss)
{
	return is(loss->code, "XDP") || (is(loss->code, "NOT_SPECIFIED") &&
					 loss__is_xdp_function(loss->function));
}

static bool describe_skb(struct loss *loss, const struct event *e)
{
	bool by_xdp;

	snprintf(loss->function, sizeof(loss->function), "%s",
		 kernel__function(e->location));
	kernel__reason(e->reason, loss->code, sizeof(loss->code));
	by_xdp = is_xdp_drop(loss);
	if (by_xdp)
		strcpy(loss->code, "XDP_DROP");
	find_cause(loss, by_xdp ? "xdp" : "drop", loss->function);
	snprintf(loss->reason, sizeof(loss->reason), "%s", loss->code);
	return !is_normal(loss);
}

/* Where frames are not taken in, the other end of a veth pair is the reason. */
static const char *find_culprit(struct loss *loss, const struct event *e)
{
	char name[IFNAMSIZ];

	if (e->to.ifindex &&
	    strcmp(namespaces__dev_name(e->to.netns, e->to.ifindex, name), "?"))
		loss->mend_at = e->to;
	if (e->err != EOPNOTSUPP && e->err != ENXIO)
		return "";
	if (!namespaces__peer(&loss->mend_at))
		return "no-peer";
	return namespaces__is_down(&loss->mend_at) ? "down" : "";
}

static void describe_send(struct loss *loss, const struct event *e)
{
	bool is_tx = e->kind == EVENT_BULK_TX;
	char to[96] = "";

	if (e->to.ifindex)
		name_place(to, sizeof(to), &e->to);
	snprintf(loss->code, sizeof(loss->code), "%d", e->err);
	find_cause(loss, is_tx ? "tx" : "redirect", find_culprit(loss, e));
	snprintf(loss->reason, sizeof(loss->reason), "%s%s%s failed: %s",
		 is_tx ? "XDP_TX" : "XDP_REDIRECT", *to ? " to " : "", to,
		 e->err ? strerror(e->err) : "no room");
}

/* Not lost so far: only t trace asks for these. */
static void describe_sent(struct loss *loss, const struct event *e)
{
	char to[96] = "", name[64];

	if (e->action == XDP_TX) {
		snprintf(loss->reason, sizeof(loss->reason), "sends by XDP_TX");
		return;
	}
	if (e->to.ifindex)
		name_place(to, sizeof(to), &e->to);
	snprintf(loss->reason, sizeof(loss->reason),
		 "sends by XDP_REDIRECT to %s (%s)", to,
		 kernel__program(e->prog_id, name, sizeof(name)));
}

static void describe_action(struct loss *loss, const struct event *e)
{
	const char *action = kernel__action(e->action);
	char name[64];

	snprintf(loss->code, sizeof(loss->code), "%s", action ?: "XDP_UNKNOWN");
	find_cause(loss, "xdp", "");
	kernel__program(e->prog_id, name, sizeof(name));
	if (action)
		snprintf(loss->reason, sizeof(loss->reason), "%s by %s", action,
			 name);
	else
		snprintf(loss->reason, sizeof(loss->reason), "verdict %u by %s",
			 e->action, name);
}

/* A name in the table stands for itself only as a whole word. */
static const char *next_word(const char *text, const char *word)
{
	const char *at = text;

	while ((at = strstr(at, word))) {
		unsigned char before = at == text ? ' ' : at[-1];
		unsigned char after = at[strlen(word)];

		if (!isalnum(before) &&
		    (!isalnum(after) || word[strlen(word) - 1] == ' '))
			return at;
		at++;
	}
	return NULL;
}

static void replace(char *text, size_t size, const char *word, const char *by)
{
	const char *at = next_word(text, word);
	char rest[512];

	while (at) {
		size_t used = at - text;

		snprintf(rest, sizeof(rest), "%s", at + strlen(word));
		snprintf(text + used, size - used, "%s%s", by, rest);
		at = next_word(text + used + strlen(by), word);
	}
}

/* Text of the table, with the names of where it is to be done. */
static void fill_in(const struct loss *loss, const char *text, char *buf,
		    size_t size)
{
	const struct netns *ns = namespaces__find(loss->mend_at.netns);
	char name[IFNAMSIZ];
	const char *dev = loss->mend_at.dev;

	snprintf(buf, size, "%s", text);
	if (!*dev && loss->mend_at.ifindex)
		dev = namespaces__dev_name(loss->mend_at.netns,
					   loss->mend_at.ifindex, name);
	if (ns && !*ns->name)
		replace(buf, size, "t exec -n NS -- ", "");
	else if (ns)
		replace(buf, size, "NS", ns->name);
	if (*dev)
		replace(buf, size, "DEV", dev);
}

void loss__explain(struct loss *loss)
{
	if (!loss->cause)
		return;
	fill_in(loss, loss->cause->text, loss->cause_text,
		sizeof(loss->cause_text));
	fill_in(loss, loss->cause->mend, loss->mend, sizeof(loss->mend));
}

bool loss__describe(struct loss *loss, const struct event *e)
{
	bool matters = true;

	memset(loss, 0, sizeof(*loss));
	loss->time = e->time;
	loss->count = e->count;
	loss->mend_at = e->at;
	name_place(loss->where, sizeof(loss->where), &e->at);
	if (e->captured) {
		loss->has_packet = true;
		loss->length = e->length;
		packet__parse(&loss->packet, e->data, e->captured, e->length,
			      e->has_eth, e->protocol);
	}
	if (e->kind == EVENT_SKB)
		matters = describe_skb(loss, e);
	else if (e->kind == EVENT_SENT)
		describe_sent(loss, e);
	else if (e->kind == EVENT_ACTION)
		describe_action(loss, e);
	else
		describe_send(loss, e);
	loss__explain(loss);
	return matters;
}

/* null where there is nothing to say */
static json_t *text_or_null(const char *text)
{
	return *text ? json__text(text) : json_null();
}

static void print_json(const struct loss *loss)
{
	const struct packet *p = &loss->packet;

	json__print(json_pack(
		"{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, "
		"s:o}",
		"count", (json_int_t)loss->count, "time",
		text_or_null(loss->time ? events__stamp(loss->time) : ""),
		"where", text_or_null(loss->where), "function",
		text_or_null(loss->function), "packet", text_or_null(p->text),
		"protocol", text_or_null(p->protocol), "source",
		text_or_null(packet__get(p, "ip src")), "destination",
		text_or_null(packet__get(p, "ip dst")), "length",
		(json_int_t)loss->length, "reason", text_or_null(loss->reason),
		"key", text_or_null(loss->key), "cause",
		text_or_null(loss->cause_text), "mend",
		text_or_null(loss->mend)));
}

void loss__print(const struct loss *loss, bool json)
{
	if (json) {
		print_json(loss);
		return;
	}
	if (loss->time)
		printf("%s ", events__stamp(loss->time));
	if (loss->count > 1 || !loss->time)
		printf("%llu x ", loss->count);
	printf("%s", loss->where);
	if (*loss->function)
		printf(" %s", loss->function);
	printf(": ");
	if (*loss->packet.text)
		printf("%s, %u bytes: ", loss->packet.text, loss->length);
	printf("%s", loss->reason);
	if (*loss->cause_text)
		printf(": %s", loss->cause_text);
	if (*loss->mend)
		printf(" -- %s", loss->mend);
	putchar('\n');
}
