/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>

#include <jansson.h>

#include "../common/user/mac.h"
#include "api.h"
#include "datapath.h"
#include "service.h"
#include "tables.h"

/* A request, and what becomes of its answer. */
struct exchange {
	json_t *request, *answer;
	enum api_code code;
	char detail[256];
};

static const char *message(enum api_code code)
{
	switch (code) {
	case API_DONE:
		return NULL;
	case API_UNAUTHORIZED:
		return "unauthorized";
	case API_FORBIDDEN:
		return "forbidden";
	case API_TOO_LARGE:
		return "request too large";
	case API_UNHEALTHY:
		return "unhealthy";
	case API_READ_ERROR:
		return "read request body error";
	case API_JSON_ERROR:
		return "json format error";
	case API_ACTION_ERROR:
		return "not support action error";
	case API_UPDATE_ERROR:
		return "update error";
	case API_QUERY_ERROR:
		return "query error";
	}
	return NULL;
}

/* Ends an exchange: with what code, and what exactly was wrong. */
__attribute__((format(printf, 3, 4))) static void
refuse(struct exchange *x, enum api_code code, const char *fmt, ...)
{
	va_list ap;

	x->code = code;
	va_start(ap, fmt);
	vsnprintf(x->detail, sizeof(x->detail), fmt, ap);
	va_end(ap);
}

/* A field of the request that must be a string; NULL after refusing. */
static const char *get_string(struct exchange *x, const char *field)
{
	const json_t *value = json_object_get(x->request, field);

	if (json_is_string(value))
		return json_string_value(value);
	refuse(x, API_JSON_ERROR, "%s: %s", field,
	       value ? "it must be a string" : "it is missing");
	return NULL;
}

/* Whether packets to an address can be forwarded: see common/bpf/parse.h */
static bool is_forwardable(const struct dest *dest)
{
	uint32_t ipv4 = ntohl(dest->ipv4.s_addr);
	const uint32_t *ipv6 = dest->ipv6.s6_addr32;

	if (dest->family == AF_INET)
		return ipv4 >> 24 && ipv4 >> 24 != IN_LOOPBACKNET &&
		       !IN_MULTICAST(ipv4) && ipv4 != INADDR_BROADCAST;
	return !IN6_IS_ADDR_MULTICAST(&dest->ipv6) &&
	       !IN6_IS_ADDR_LINKLOCAL(&dest->ipv6) &&
	       (ipv6[0] || ipv6[1] || ntohl(ipv6[2]) >> 16);
}

static bool get_dest(struct exchange *x, struct dest *dest)
{
	const char *text = get_string(x, "ip");

	if (!text)
		return false;
	dest->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(dest->family, text, dest->addr) != 1) {
		refuse(x, API_JSON_ERROR, "ip: '%.64s' is no IP address", text);
		return false;
	}
	if (!is_forwardable(dest)) {
		refuse(x, API_JSON_ERROR,
		       "ip: %s is no address that packets are forwarded to",
		       text);
		return false;
	}
	return true;
}

static bool get_mac(struct exchange *x, const char *field, __u8 mac[6])
{
	const char *text = get_string(x, field);
	const char *wrong = text ? mac__parse(text, mac) : NULL;

	if (wrong)
		refuse(x, API_JSON_ERROR, "%s: '%.64s' is %s", field, text,
		       wrong);
	return text && !wrong;
}

static bool get_iface(struct exchange *x, __u32 *ifindex)
{
	const json_t *value = json_object_get(x->request, "iface");
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 1 || number > INT32_MAX) {
		refuse(x, API_JSON_ERROR, "iface: %s",
		       value ? "it must be the number of a device (ip link)" :
			       "it is missing");
		return false;
	}
	*ifindex = number;
	return true;
}

/* The tables that a request is about: both, unless it says which. */
static bool get_table(struct exchange *x, enum table *table)
{
	const char *text;

	*table = BOTH;
	if (!json_object_get(x->request, "table"))
		return true;
	text = get_string(x, "table");
	if (!text)
		return false;
	if (!strcmp(text, "static"))
		*table = STATIC;
	else if (!strcmp(text, "learned"))
		*table = LEARNED;
	else
		refuse(x, API_JSON_ERROR,
		       "table: '%.64s' is neither static nor learned", text);
	return x->code == API_DONE;
}

static void format_mac(char text[18], const __u8 mac[6])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
}

static int add_entry(const struct dest *dest, enum table table,
		     const struct fwd_entry *entry, void *list)
{
	char ip[INET6_ADDRSTRLEN], smac[18], dmac[18];

	(void)table;
	inet_ntop(dest->family, dest->addr, ip, sizeof(ip));
	format_mac(smac, entry->smac);
	format_mac(dmac, entry->dmac);
	return json_array_append_new(
		       list, json_pack("{s:s, s:I, s:s, s:s}", "Ip", ip,
				       "Iface", (json_int_t)entry->ifindex,
				       "SrcMac", smac, "DstMac", dmac)) ?
		       -ENOMEM :
		       0;
}

static void query(struct exchange *x)
{
	json_t *list = json_array();
	enum table table;
	int err;

	json_object_set_new(x->answer, "Tables", list);
	if (!get_table(x, &table))
		return;
	err = tables__each(table, add_entry, list);
	if (err)
		refuse(x, API_QUERY_ERROR, "%s", strerror(-err));
}

static void update(struct exchange *x)
{
	struct fwd_entry entry = {};
	struct dest dest = {};
	int err;

	if (!get_dest(x, &dest) || !get_iface(x, &entry.ifindex) ||
	    !get_mac(x, "srcMac", entry.smac) ||
	    !get_mac(x, "dstMac", entry.dmac))
		return;
	if (!datapath__runs_on(entry.ifindex)) {
		refuse(x, API_UPDATE_ERROR,
		       "iface: %u is not a device that fwd runs on",
		       entry.ifindex);
		return;
	}
	err = tables__set(&dest, &entry);
	if (err == -E2BIG)
		refuse(x, API_UPDATE_ERROR,
		       "the table of static entries is "
		       "full: delete some, or start fwd "
		       "with larger --static-entries");
	else if (err)
		refuse(x, API_UPDATE_ERROR, "%s", strerror(-err));
}

static void delete_entry(struct exchange *x)
{
	struct dest dest = {};
	int err;

	if (!get_dest(x, &dest))
		return;
	err = tables__delete(&dest);
	if (err == -ENOENT)
		refuse(x, API_UPDATE_ERROR, "ip: there is no entry for it");
	else if (err)
		refuse(x, API_UPDATE_ERROR, "%s", strerror(-err));
}

static void flush(struct exchange *x)
{
	enum table table;
	int err;

	if (!get_table(x, &table))
		return;
	err = tables__flush(table);
	if (err)
		refuse(x, API_UPDATE_ERROR, "%s", strerror(-err));
}

static const struct {
	const char *name;
	void (*act)(struct exchange *x);
} actions[] = {
	{ "QueryForward", query },
	{ "UpdateForward", update },
	{ "DeleteForward", delete_entry },
	{ "FlushForward", flush },
};

static void act(struct exchange *x)
{
	const char *name = get_string(x, "action");

	if (!name)
		return;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(name, actions[i].name)) {
			actions[i].act(x);
			return;
		}
	refuse(x, API_ACTION_ERROR,
	       "action: '%.64s' is none of QueryForward, UpdateForward, "
	       "DeleteForward, FlushForward",
	       name);
}

/* Reads the request and its traceId, which is "" where there is none. */
static void read_request(struct exchange *x, const char *body, size_t len,
			 const char **trace)
{
	const json_t *id;
	json_error_t error;

	x->request = json_loadb(body, len, JSON_REJECT_DUPLICATES, &error);
	if (!x->request) {
		refuse(x, API_JSON_ERROR, "line %d, column %d: %s", error.line,
		       error.column, error.text);
		return;
	}
	if (!json_is_object(x->request)) {
		refuse(x, API_JSON_ERROR, "it must be an object: {...}");
		return;
	}
	id = json_object_get(x->request, "traceId");
	if (id && !json_is_string(id))
		refuse(x, API_JSON_ERROR, "traceId: it must be a string");
	else if (id)
		*trace = json_string_value(id);
}

/*
 * What was wrong, as JSON can tell it: of a request that is no UTF-8, or where
 * the end is cut off within a character, only what is ASCII.
 */
static json_t *detail_of(struct exchange *x)
{
	json_t *detail = json_string(x->detail);

	for (char *c = x->detail; !detail && *c; c++)
		if (*c & 0x80)
			*c = '?';
	return detail ?: json_string(x->detail);
}

/* Code, message and traceId come first, the way people read it. */
static char *finish(struct exchange *x, const char *trace)
{
	json_t *head = json_pack("{s:i}", "code", x->code);
	char *text = NULL;

	if (head && x->answer) {
		if (x->code != API_DONE) {
			json_object_clear(x->answer);
			json_object_set_new(head, "message",
					    json_string(message(x->code)));
		}
		json_object_set_new(head, "traceId", json_string(trace));
		if (*x->detail)
			json_object_set_new(head, "detail", detail_of(x));
		json_object_update(head, x->answer);
		text = json_dumps(head, JSON_COMPACT);
	}
	json_decref(head);
	json_decref(x->answer);
	json_decref(x->request);
	return text;
}

char *api__answer(const char *body, size_t len)
{
	struct exchange x = { .answer = json_object(), .code = API_DONE };
	const char *trace = "";

	if (body)
		read_request(&x, body, len, &trace);
	else
		refuse(&x, API_READ_ERROR,
		       "there is no body: send the JSON with POST");
	if (x.code == API_DONE)
		act(&x);
	return finish(&x, trace);
}

char *api__refuse(enum api_code code, const char *detail)
{
	struct exchange x = { .answer = json_object() };

	refuse(&x, code, "%s", detail);
	return finish(&x, "");
}

enum api_code api__health(char **answer)
{
	const char *dev = datapath__paused();
	struct exchange x = { .answer = json_object(), .code = API_DONE };

	if (dev)
		refuse(&x, API_UNHEALTHY,
		       "%s: the program cannot be told what has changed, so it "
		       "forwards nothing: fwd has logged why",
		       dev);
	*answer = finish(&x, "");
	return x.code;
}
