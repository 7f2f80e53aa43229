/* SPDX-License-Identifier: GPL-2.0 */
/* t drops - one line for each packet that the kernel gives up */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>

#include "../../common/user/log.h"
#include "counters.h"
#include "events.h"
#include "kernel.h"
#include "loss.h"
#include "namespaces.h"
#include "until.h"
#include "watch.h"

#define HOLD_NS	  50000000   /* an event and its sequel are closer than this */
#define KINDS_MAX 256	     /* different lines of a summary */
#define CHECK_NS  1000000000 /* counters are read so often */

static struct {
	const char *causes, *address, *protocol;
	char **command; /* to watch while it runs; NULL: until a signal */
	bool summary, json;
} opt;

static const struct argp_option options[] = {
	{ "netns", 'n', "NAME", 0, "this namespace, too", 0 },
	{ "dev", 'd', "DEV", 0, "of the devices here only this one", 0 },
	{ "envs", 'e', NULL, 0, "all environments and labs", 0 },
	{ "causes", 'c', "FILE", 0, "the table of causes", 0 },
	{ "address", 'a', "ADDRESS", 0, "only packets from or to it", 0 },
	{ "protocol", 'p', "NAME", 0,
	  "only icmp, icmp6, tcp, udp or arp packets", 0 },
	{ "summary", 's', NULL, 0, "at the end, one line for each kind", 0 },
	{ "json", 'j', NULL, 0, "one JSON object in a line", 0 },
	{},
};

static bool is_address(const char *text)
{
	struct in6_addr addr;

	return inet_pton(AF_INET, text, &addr) == 1 ||
	       inet_pton(AF_INET6, text, &addr) == 1;
}

static bool is_protocol(const char *text)
{
	static const char *const known[] = { "icmp", "icmp6", "tcp", "udp",
					     "arp" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(text, known[i]))
			return true;
	return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'n':
		return namespaces__add(arg);
	case 'd':
		namespaces__add_dev(arg);
		break;
	case 'e':
		namespaces__watch_envs();
		break;
	case 'c':
		opt.causes = arg;
		break;
	case 'a':
		if (!is_address(arg))
			argp_error(state,
				   "'%s' is no address: 192.0.2.1 or "
				   "2001:db8::1, as tcpdump prints it",
				   arg);
		opt.address = arg;
		break;
	case 'p':
		if (!is_protocol(arg))
			argp_error(state,
				   "'%s' is no protocol that is known here: "
				   "icmp, icmp6, tcp, udp or arp",
				   arg);
		opt.protocol = arg;
		break;
	case 's':
		opt.summary = true;
		break;
	case 'j':
		opt.json = true;
		break;
	case ARGP_KEY_ARGS:
		opt.command = state->argv + state->next;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool is_wanted_place(const struct loss *loss)
{
	const char *dev = strchr(loss->where, '/');

	/* "here" alone: of the namespace as a whole */
	return strncmp(loss->where, "here", 4) ||
	       namespaces__has_dev(dev ? dev + 1 : "");
}

static bool is_wanted(const struct loss *loss)
{
	if (!is_wanted_place(loss))
		return false;
	if (opt.protocol && strcmp(loss->packet.protocol, opt.protocol))
		return false;
	return !opt.address || packet__has_address(&loss->packet, opt.address);
}

static struct loss kinds[KINDS_MAX];
static int kind_count;

static void count(const struct loss *loss)
{
	for (int i = 0; i < kind_count; i++) {
		if (!strcmp(kinds[i].where, loss->where) &&
		    !strcmp(kinds[i].function, loss->function) &&
		    !strcmp(kinds[i].reason, loss->reason)) {
			kinds[i].count += loss->count;
			return;
		}
	}
	if (kind_count == KINDS_MAX)
		return;
	kinds[kind_count] = *loss;
	kinds[kind_count++].time = 0;
}

static void show(const struct loss *loss)
{
	if (!is_wanted(loss))
		return;
	if (opt.summary)
		count(loss);
	else
		loss__print(loss, opt.json);
}

static void show_event(const struct event *e)
{
	static struct loss loss;
	bool matters = loss__describe(&loss, e);

	counters__explain(&loss);
	if (matters)
		show(&loss);
}

/*
 * An XDP program's failure is told before the sk_buff is given up, if the
 * packet still has one: that is one loss, not two.
 */
static struct event held;
static bool holding;

static void release(void)
{
	if (holding)
		show_event(&held);
	holding = false;
}

static bool is_sequel(const struct event *e)
{
	return holding && e->kind == EVENT_SKB && e->cpu == held.cpu &&
	       e->at.netns == held.at.netns &&
	       e->at.ifindex == held.at.ifindex &&
	       e->time - held.time < HOLD_NS &&
	       loss__is_xdp_function(kernel__function(e->location));
}

static unsigned long event_count;

static void on_event(const struct event *e)
{
	event_count++;
	if (is_sequel(e)) {
		held.location = e->location;
		held.length = e->length;
		held.captured = e->captured;
		held.has_eth = e->has_eth;
		held.protocol = e->protocol;
		memcpy(held.data, e->data, sizeof(held.data));
		release();
		return;
	}
	release();
	if (e->kind == EVENT_SKB) {
		show_event(e);
		return;
	}
	held = *e;
	holding = true;
}

static int by_count(const void *a, const void *b)
{
	const struct loss *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static void print_summary(void)
{
	qsort(kinds, kind_count, sizeof(*kinds), by_count);
	for (int i = 0; i < kind_count; i++)
		loss__print(&kinds[i], opt.json);
	if (!kind_count && !opt.json)
		printf("Nothing was lost.\n");
}

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void check_counters(void)
{
	counters__read();
	events__poll(0);
	release();
	counters__check(show);
}

static bool collect(int ms)
{
	static __u64 checked;
	unsigned long before = event_count;

	events__poll(ms);
	if (holding && now() - held.time > HOLD_NS)
		release();
	if (now() - checked >= CHECK_NS) {
		if (namespaces__scan())
			events__watch_namespaces();
		check_counters();
		checked = now();
	}
	return event_count > before;
}

static int follow(void)
{
	int status = EXIT_SUCCESS;

	if (opt.command)
		status = until__command_ends(opt.command, collect);
	else
		namespaces__greet();
	while (!opt.command && !until__is_done())
		collect(100);
	check_counters();
	return status;
}

static int run(void)
{
	int status;

	namespaces__scan();
	if (causes__read(opt.causes) ||
	    events__open(EVENTS_DROPS, on_event, NULL))
		return EXIT_FAILURE;
	kernel__init();
	counters__read();
	counters__check(NULL);
	until__signal();
	status = follow();
	if (events__missed())
		log_warn("%llu more came too fast to be shown",
			 events__missed());
	if (opt.summary)
		print_summary();
	events__close();
	return status;
}

int watch_drops(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[COMMAND]",
		.doc = "Show where and why the kernel gives packets up.",
	};

	if (namespaces__init() ||
	    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, NULL))
		return EXIT_FAILURE;
	return run();
}
