/* SPDX-License-Identifier: GPL-2.0 */
/* Devices and routes to test with, in a network namespace of our own. */
#ifndef NET_H
#define NET_H

/* net__isolate - leave the host's network for a new one, until exit */
void net__isolate(void);

/* net__ip - run the lines of @batch through `ip -batch -`; dies on an error */
void net__ip(const char *batch);
void net__ip6(const char *batch); /* with -6 */
void net__tc(const char *batch);  /* `tc -batch -` */

/* net__sysctl - write one, by its path behind /proc/sys/net/ */
void net__sysctl(const char *path, const char *value);

int net__ifindex(const char *dev);

/* net__attach - put a program on a device, which gives it XDP queues */
void net__attach(const char *dev, int prog_fd);

/* net__listen - a socket that gets each frame received by a device */
int net__listen(const char *dev);

/* net__expect_frame - fail the running test unless it arrives within 2 s */
struct frame;
void net__expect_frame(int sock, const struct frame *want);

#endif
