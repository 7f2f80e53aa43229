/* SPDX-License-Identifier: GPL-2.0 */
/* What t has made: environments and labs, read from where layout.sh says. */
#ifndef ENVS_H
#define ENVS_H

#include <stdbool.h>

enum env_kind { ENV, LAB, LAB_NETNS, LAB_DEV };

struct env {
	enum env_kind kind;
	/*
	 * Of an environment, which is that of its namespace and its device,
	 * too; of the lesson; of the lab's namespace; of the lab's device.
	 */
	const char *name;
	int number;	  /* of an environment */
	bool is_complete; /* of an environment or a lab: it was made to its end
			   */
};

/*
 * envs__each - hand each to @visit: environments by their numbers, then labs,
 * then the labs' namespaces, then their devices
 */
void envs__each(void (*visit)(const struct env *env, void *arg), void *arg);

#endif
