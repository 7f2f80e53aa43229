/* SPDX-License-Identifier: GPL-2.0 */
/* Firewalls, which may drop what a program passes, and do not see the rest. */
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>

#include <jansson.h>
#include <nftables/libnftables.h>

#include "../../common/net/sysctl.h"
#include "checks.h"
#include "report.h"

/* What `nft -j list ruleset` prints, in the namespace that we are in, or NULL.
 */
static json_t *read_ruleset(void)
{
	struct nft_ctx *nft = NULL;
	json_t *root = NULL;

	/* Without that it complains, wherever its errors are to go. */
	if (has_right(CAP_NET_ADMIN))
		nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft)
		return NULL;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_JSON);
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	if (!nft_run_cmd_from_buffer(nft, "list ruleset"))
		root = json_loads(nft_ctx_get_output_buffer(nft), 0, NULL);
	nft_ctx_free(nft);
	return root;
}

static const char *field(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name)) ?: "";
}

static bool is_same(const json_t *a, const char *a_field, const json_t *b,
		    const char *b_field)
{
	return !strcmp(field(a, a_field), field(b, b_field));
}

/* By itself, or in a chain that it jumps to. */
static bool may_drop(const json_t *rule)
{
	const json_t *statement;
	size_t i;

	json_array_foreach(
		json_object_get(rule, "expr"), i,
		statement) if (json_object_get(statement, "drop") ||
			       json_object_get(statement, "reject") ||
			       json_object_get(statement, "jump")) return true;
	return false;
}

static bool chain_may_drop(const json_t *objects, const json_t *chain)
{
	const json_t *object;
	size_t i;

	if (!strcmp(field(chain, "policy"), "drop"))
		return true;
	json_array_foreach(objects, i, object)
	{
		const json_t *rule = json_object_get(object, "rule");

		if (rule && is_same(rule, "family", chain, "family") &&
		    is_same(rule, "table", chain, "table") &&
		    is_same(rule, "chain", chain, "name") && may_drop(rule))
			return true;
	}
	return false;
}

/* Where a lab has a firewall, that is part of the lesson. */
static void check_ruleset(const struct netns *netns)
{
	json_t *root = netns->is_lab ? NULL : read_ruleset();
	const json_t *objects = json_object_get(root, "nftables"), *object;
	size_t i;

	json_array_foreach(objects, i, object)
	{
		const json_t *chain = json_object_get(object, "chain");
		const char *hook = field(chain, "hook");

		if (!*hook || !chain_may_drop(objects, chain))
			continue;
		warning(netns->name,
			mend("%snft list ruleset; allow the environments' "
			     "packets there",
			     netns->at),
			"a firewall may drop packets: chain %s %s %s (%s%s)",
			field(chain, "family"), field(chain, "table"),
			field(chain, "name"), hook,
			!strcmp(hook, "forward") ?
				"; an XDP router goes past it" :
				"");
	}
	json_decref(root);
}

/* Whether one of the tables of iptables here filters. */
static bool has_filter(const char *path)
{
	FILE *file = fopen(path, "re");
	bool found = false;
	char line[64];

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, "filter");
	if (file)
		fclose(file);
	return found;
}

static bool has_bridge(void)
{
	const struct device *dev = NULL;

	while ((dev = world__next_device(dev)))
		if (world__is_here(dev->netns) &&
		    !strcmp(dev->link.kind, "bridge"))
			return true;
	return false;
}

void check_firewall(void)
{
	world__each_netns(check_ruleset);
	if (has_filter("/proc/net/ip_tables_names") ||
	    has_filter("/proc/net/ip6_tables_names"))
		warning(NULL,
			"iptables -nvL; ip6tables -nvL; allow the "
			"environments' packets there",
			"iptables rules may drop packets");
	if (sysctl__read("bridge/bridge-nf-call-iptables") == 1 && has_bridge())
		warning(NULL, "sysctl net.bridge.bridge-nf-call-iptables=0",
			"frames on bridges go through the firewall, too");
}
