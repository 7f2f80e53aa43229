/* SPDX-License-Identifier: GPL-2.0 */
/* The network settings of this namespace (ip-sysctl). */
#ifndef NET_SYSCTL_H
#define NET_SYSCTL_H

/*
 * sysctl__read - the number that a setting has
 * @path: below /proc/sys/net, such as ipv4/conf/all/forwarding
 *
 * -1 where there is no such setting. (A device's own: see link.h, which finds
 * it whatever its name is now.)
 */
int sysctl__read(const char *path);

#endif
