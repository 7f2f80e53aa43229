/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What xdp_director_func encapsulates, with every byte of it, and to which
 * backend; what it refuses as too long; what xdp_backend_func takes out
 * again; and what both leave alone.
 */
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>

#include "gue_cases.h"

bool is_ipv6(const char *addr)
{
	return strchr(addr, ':');
}

struct in6_addr addr_of(const char *text)
{
	char mapped[INET6_ADDRSTRLEN + 8];
	struct in6_addr addr;

	snprintf(mapped, sizeof(mapped), "%s%s",
		 is_ipv6(text) ? "" : "::ffff:", text);
	if (inet_pton(AF_INET6, mapped, &addr) != 1)
		die("'%s' is no address", text);
	return addr;
}

void expect_empty_maps_pass(const struct suite *suite)
{
	struct subject s;

	subject__open(&s, suite__object(suite));
	subject__load(&s, suite->program);
	suite__expect_all_pass(suite, &s);
	subject__close(&s);
}

int main(void)
{
	return suites__run((const struct suite *const[]){
		&director_suite, &flow_suite, &error_suite, &director6_suite,
		&backend_suite, &both_suite, &rendezvous_suite, NULL });
}
