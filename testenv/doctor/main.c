/* SPDX-License-Identifier: GPL-2.0 */
/* t doctor - what is wrong with the machine, the environments and labs */
#include <argp.h>
#include <stdlib.h>

#include "../../common/user/log.h"
#include "checks.h"
#include "report.h"

const char *testenv;

/* To add a check, add a line, and its functions to the file of its subject. */
static const struct check {
	const char *name;
	const char *fine; /* what is said where nothing is found; or fine() */
	void (*each_end)(const struct device *dev);
	void (*whole)(void);
} checks[] = {
	{ "kernel", .whole = check_kernel },
	{ "features", .whole = check_features },
	{ "native", .whole = check_native },
	{ "dispatcher", .whole = check_dispatcher },
	{ "tracepoints", .whole = check_tracepoints },
	{ "rights", .whole = check_rights },
	{ "bpffs", .whole = check_bpffs },
	{ "tools", .whole = check_tools },
	{ "ipv6", "there, and not disabled", .whole = check_ipv6 },
	{ "environments", .whole = check_environments },
	{ "devices", "all up", .each_end = check_up },
	{ "receivers", "every device to which XDP may send is ready for it",
	  .each_end = check_receiver },
	{ "programs", "on the devices that they are for",
	  .each_end = check_program_inside, .whole = check_foreign_devices },
	{ "mode", "native, or no program", .each_end = check_mode },
	{ "pins", "those of the programs that run", .each_end = check_pins_of,
	  .whole = check_stale_pins },
	{ "offloads", "nothing is left to the device where XDP would lose it",
	  .each_end = check_offloads },
	{ "vlans", "none on a device with a program", .each_end = check_vlans },
	{ "mtu", "the same at both ends, and small enough for native XDP",
	  .each_end = check_mtu },
	{ "forwarding", "on wherever a program routes",
	  .each_end = check_forwarding },
	{ "rp_filter", "not strict where a program runs",
	  .each_end = check_rp_filter },
	{ "firewall", "no rule drops or rejects packets",
	  .whole = check_firewall },
	{ "neighbours", "none that fails to answer",
	  .each_end = check_neighbours },
	{ "routes", "nothing that a program would not heed",
	  .each_end = check_routes },
};

static void run(const struct check *check)
{
	report__begin(check->name, check->fine);
	if (check->each_end)
		world__each_end(check->each_end);
	if (check->whole)
		check->whole();
	report__end();
}

static bool json;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'j':
		json = true;
		break;
	case ARGP_KEY_ARG:
		if (testenv)
			argp_usage(state);
		testenv = arg;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', NULL, 0, "a list of JSON objects", 0 },
		{},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "TESTENV",
		.doc = "Look for what is wrong with the machine, the "
		       "environments and labs. TESTENV is the folder of t.",
	};

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	liblog__capture();
	if (world__read())
		return EXIT_FAILURE;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		run(&checks[i]);
	report__print(json);
	return report__status();
}
