/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A numbered load: UDP datagrams that say which one they are, and whose length
 * and contents follow from that.
 *
 *	load send ADDRESS PORT COUNT RATE	RATE: datagrams per second
 *	load receive PORT COUNT
 *
 * The receiver ends when all have come, or on SIGTERM. Both print one JSON
 * object: how many were sent and refused; how many came, how many of them
 * twice, and how many with a wrong byte or length.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define COUNT_MAX  1000000
#define LENGTH_MIN sizeof(uint32_t)
#define LENGTH_MAX 1400

static volatile sig_atomic_t done;

static void stop(int sig)
{
	(void)sig;
	done = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* The datagram with that number, the same each time. */
static size_t make(uint32_t number, uint8_t *bytes)
{
	uint32_t x = number * 2654435761u + 1;
	size_t len = LENGTH_MIN + x % (LENGTH_MAX - LENGTH_MIN);

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = x >> 24;
	}
	memcpy(bytes, &number, sizeof(number));
	return len;
}

static void wait_until(const struct timespec *start, double seconds)
{
	struct timespec at = *start;

	at.tv_sec += (long)seconds;
	at.tv_nsec += (seconds - (long)seconds) * 1e9;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static int send_all(const char *addr, int port, unsigned int count, double rate)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned int sent = 0, refused = 0, number;
	uint8_t bytes[LENGTH_MAX];
	struct timespec start;

	if (fd < 0 || inet_pton(AF_INET, addr, &to.sin_addr) != 1)
		die(addr);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (number = 0; number < count && !done; number++) {
		size_t len = make(number, bytes);

		if (number % 16 == 0)
			wait_until(&start, number / rate);
		/* It waits where the kernel holds too many: then this ends it.
		 */
		if (sendto(fd, bytes, len, 0, (void *)&to, sizeof(to)) >= 0)
			sent++;
		else if (errno != EINTR)
			refused++;
	}
	printf("{\"sent\":%u,\"refused\":%u}\n", sent, refused);
	return 0;
}

static int receive_all(int port, unsigned int count)
{
	static uint8_t seen[COUNT_MAX], bytes[65536], expected[LENGTH_MAX];
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_port = htons(port) };
	unsigned int received = 0, twice = 0, wrong = 0;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 64 << 20;

	if (fd < 0 || bind(fd, (void *)&here, sizeof(here)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		die("cannot listen");
	while (received < count) {
		ssize_t len =
			recv(fd, bytes, sizeof(bytes), done ? MSG_DONTWAIT : 0);
		uint32_t number;

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			break;
		memcpy(&number, bytes, sizeof(number));
		if (len < (ssize_t)LENGTH_MIN || number >= count ||
		    (size_t)len != make(number, expected) ||
		    memcmp(bytes, expected, len))
			wrong++;
		else if (seen[number]++)
			twice++;
		else
			received++;
	}
	printf("{\"received\":%u,\"twice\":%u,\"wrong\":%u}\n", received, twice,
	       wrong);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	unsigned int count =
		argc > 3 ? strtoul(argv[argc == 4 ? 3 : 4], NULL, 10) : 0;

	sigaction(SIGTERM, &action, NULL);
	if (count > 0 && count <= COUNT_MAX) {
		if (argc == 6 && !strcmp(argv[1], "send"))
			return send_all(argv[2], atoi(argv[3]), count,
					atof(argv[5]));
		if (argc == 4 && !strcmp(argv[1], "receive"))
			return receive_all(atoi(argv[2]), count);
	}
	fprintf(stderr, "usage: load send ADDRESS PORT COUNT RATE | "
			"load receive PORT COUNT\n");
	return EXIT_FAILURE;
}
