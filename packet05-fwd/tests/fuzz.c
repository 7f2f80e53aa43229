/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that no client should send, from one seed always the same:
 *
 *	fuzz PORT N SEED
 *
 * Bodies and heads with bytes changed, lengths that are wrong, chunks that are
 * none, many requests at once, one in many pieces, connections that end half
 * way. After each hundred a sound request must be answered. Prints how many
 * answers of each HTTP status there were.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define TEXT_MAX 200000

static const char *const bodies[] = {
	"{\"action\":\"QueryForward\",\"traceId\":\"e3e98256\"}",
	"{\"action\":\"UpdateForward\",\"traceId\":\"ad231a4f\","
	"\"ip\":\"10.10.3.10\",\"iface\":3,\"srcMac\":\"08:00:27:13:df:b6\","
	"\"dstMac\":\"08:00:27:f2:cb:f9\"}",
	"{\"action\":\"UpdateForward\",\"traceId\":\"\",\"ip\":\"2001:db8::1\","
	"\"iface\":2,\"srcMac\":\"08:00:27:13:df:b6\","
	"\"dstMac\":\"08:00:27:f2:cb:f9\"}",
	("{\"action\":\"DeleteForward\",\"traceId\":\"1\","
	 "\"ip\":\"10.10.3.10\"}"),
	"{\"action\":\"FlushForward\",\"traceId\":\"2\",\"table\":\"learned\"}",
};

/* What is put into places where it does not belong. */
static const char *const odd[] = {
	"\"",	"\\",
	"{",	"}",
	"[",	"]",
	"null", "-1",
	"0",	"1e99",
	"\\u0", "\\ud800",
	"\xff", "\xc0\x80",
	"\r\n", "%s%n",
	":",	",",
	"true", "\\u0000",
	"1.5",	"99999999999999999999",
};

static uint64_t seed;
static unsigned long statuses[1000];

static uint32_t random_below(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 16) % limit;
}

struct text {
	size_t len;
	char data[TEXT_MAX];
};

static void add_bytes(struct text *t, const void *data, size_t len)
{
	if (t->len + len > sizeof(t->data))
		len = sizeof(t->data) - t->len;
	memcpy(t->data + t->len, data, len);
	t->len += len;
}

__attribute__((format(printf, 2, 3))) static void add(struct text *t,
						      const char *fmt, ...)
{
	char line[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	add_bytes(t, line, strlen(line));
}

static const char *any_body(void)
{
	return bodies[random_below(sizeof(bodies) / sizeof(bodies[0]))];
}

static void insert(struct text *t, size_t at, const char *what)
{
	size_t len = strlen(what);

	if (t->len + len > sizeof(t->data))
		return;
	memmove(t->data + at + len, t->data + at, t->len - at);
	memcpy(t->data + at, what, len);
	t->len += len;
}

/* A few bytes changed, taken away, put in, or what is odd put in. */
static void mutate(struct text *t)
{
	for (uint32_t n = 1 + random_below(4); n && t->len; n--) {
		size_t at = random_below(t->len);

		switch (random_below(4)) {
		case 0:
			t->data[at] = random_below(256);
			break;
		case 1:
			memmove(t->data + at, t->data + at + 1,
				t->len - at - 1);
			t->len--;
			break;
		case 2:
			t->data[at] ^= 1 << random_below(8);
			break;
		default:
			insert(t, at,
			       odd[random_below(sizeof(odd) / sizeof(odd[0]))]);
		}
	}
}

static void add_request(struct text *t, const struct text *body)
{
	add(t,
	    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n",
	    body->len);
	add_bytes(t, body->data, body->len);
}

static void make_body(struct text *body)
{
	body->len = 0;
	add(body, "%s", any_body());
}

/* JSON that is deep, long, or large. */
static void make_monster(struct text *body)
{
	static const char *const parts[] = {
		"[", "{\"a\":", "\"aaaaaaaaaaaaaaa", "9", "{\"action\":\"", " "
	};
	const char *part = parts[random_below(6)];
	uint32_t count = random_below(70000);

	body->len = 0;
	while (count-- && body->len < 70000)
		add_bytes(body, part, strlen(part));
}

static void add_chunks(struct text *t, const struct text *body)
{
	static const char *const sizes[] = {
		"%zx\r\n", "%zx;x=y\r\n", "-%zx\r\n", "fffffffffffffff%zx\r\n",
		"%zu \n",  "%zx"
	};

	add(t, "POST / HTTP/1.1\r\nHost: localhost\r\n"
	       "Transfer-Encoding: chunked\r\n\r\n");
	for (size_t at = 0; at < body->len;) {
		size_t len = 1 + random_below(20);
		char line[64];

		if (len > body->len - at)
			len = body->len - at;
		snprintf(line, sizeof(line),
			 sizes[random_below(4) ? 0 : random_below(6)], len);
		add(t, "%s", line);
		add_bytes(t, body->data + at, len);
		add(t, random_below(20) ? "\r\n" : "x");
		at += len;
	}
	add(t, random_below(10) ? "0\r\n\r\n" : "0\r\nx: y\r\n");
}

static void add_odd_head(struct text *t, const struct text *body)
{
	static const char *const heads[] = {
		"GET / HTTP/1.1\r\n",
		"DELETE /x HTTP/1.1\r\n",
		"POST  HTTP/1.1\r\n",
		"POST / HTTP/9.9\r\n",
		"POST / HTTP/1.0\r\n",
		"PRI * HTTP/2.0\r\n",
		"HEAD / HTTP/1.1\r\n",
		"OPTIONS * HTTP/1.1\r\n",
		"POST /%00%ff?a=b HTTP/1.1\r\n",
		"\r\n\r\n",
	};

	add(t, "%s", heads[random_below(sizeof(heads) / sizeof(heads[0]))]);
	if (random_below(2))
		add(t, "Host: localhost\r\n");
	for (uint32_t n = random_below(300); n; n--)
		add(t, "X-%u: %0*u\r\n", n, random_below(200) + 1, n);
	switch (random_below(4)) {
	case 0:
		add(t, "Content-Length: %u\r\n", random_below(1 << 30));
		break;
	case 1:
		add(t, "Content-Length: -1\r\nContent-Length: x\r\n");
		break;
	case 2:
		add(t, "Expect: 100-continue\r\nAuthorization: Bearer\r\n");
		break;
	}
	add(t, "\r\n");
	add_bytes(t, body->data, body->len);
}

static void make(struct text *t)
{
	static struct text body;

	t->len = 0;
	make_body(&body);
	switch (random_below(8)) {
	case 0:
	case 1:
		mutate(&body);
		add_request(t, &body);
		break;
	case 2:
		add_request(t, &body);
		mutate(t);
		break;
	case 3:
		make_monster(&body);
		add_request(t, &body);
		break;
	case 4:
		add_chunks(t, &body);
		break;
	case 5: /* many at once, the last perhaps not whole */
		for (uint32_t n = 1 + random_below(20); n; n--)
			add_request(t, &body);
		t->len -= random_below(2) ? random_below(t->len) : 0;
		break;
	case 6:
		add_odd_head(t, &body);
		break;
	default:
		for (uint32_t n = random_below(2000); n; n--)
			add_bytes(t, &(char){ random_below(256) }, 1);
	}
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (void *)&to, sizeof(to))) {
		printf("cannot connect any more: %s\n", strerror(errno));
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* In one piece or in many. */
static void send_text(int fd, const struct text *t)
{
	size_t pieces = random_below(3) ? 1 : 1 + random_below(30);
	size_t step = t->len / pieces + 1;

	for (size_t at = 0; at < t->len; at += step) {
		size_t len = t->len - at < step ? t->len - at : step;

		if (send(fd, t->data + at, len, MSG_NOSIGNAL) < 0)
			return; /* it has heard enough */
	}
}

/*
 * Notes what is answered. Stops when the other side closes, after @patience ms
 * without a word, or with @first after the first answer.
 */
static void read_answers(int fd, int patience, bool first)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	static char buf[TEXT_MAX + 1];
	ssize_t len;
	char *at;

	while (poll(&ready, 1, patience) == 1) {
		len = recv(fd, buf, TEXT_MAX, 0);
		if (len <= 0)
			return;
		buf[len] = '\0';
		for (at = buf; (at = memmem(at, buf + len - at, "HTTP/1.", 7));
		     at += 7)
			statuses[strtoul(at + 8, NULL, 10) % 1000]++;
		if (first)
			return;
	}
}

static void try(uint16_t port, const struct text *t)
{
	struct linger at_once = { .l_onoff = 1 };
	int fd = connect_to(port);

	send_text(fd, t);
	if (!random_below(8))
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	else
		read_answers(fd, 3, false);
	close(fd);
}

static void expect_sound_answer(uint16_t port)
{
	static struct text t, body;
	unsigned long before = statuses[200];
	int fd = connect_to(port);

	t.len = body.len = 0;
	add(&body, "%s", bodies[0]);
	add_request(&t, &body);
	send(fd, t.data, t.len, MSG_NOSIGNAL);
	read_answers(fd, 15000, true);
	if (statuses[200] != before + 1) {
		printf("a sound request is not answered any more\n");
		exit(1);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	static struct text t;
	unsigned long count;
	uint16_t port;

	if (argc != 4) {
		fprintf(stderr, "usage: fuzz PORT N SEED\n");
		return 2;
	}
	port = strtoul(argv[1], NULL, 10);
	count = strtoul(argv[2], NULL, 10);
	seed = strtoul(argv[3], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
	for (unsigned long i = 0; i < count; i++) {
		make(&t);
		try(port, &t);
		if (i % 100 == 99)
			expect_sound_answer(port);
	}
	printf("%lu requests; answers:", count);
	for (int i = 0; i < 1000; i++)
		if (statuses[i])
			printf(" %d: %lu", i, statuses[i]);
	printf("\n");
	return 0;
}
