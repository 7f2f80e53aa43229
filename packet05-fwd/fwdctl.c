/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fwdctl - ask and tell fwd
 *
 * Each command is one request to the API, but for the table that `list`
 * prints: the API does not say of an entry in which table it is, so both are
 * asked for.
 */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>

#include <curl/curl.h>
#include <jansson.h>

#define ANSWER_MAX (64 << 20) /* bytes */

static const char *server = "127.0.0.1:5555";
static const char *token_file;
static bool as_json;
static char *words[5]; /* the command and what belongs to it */
static unsigned int word_count;

enum { OPT_JSON = 0x100, OPT_TOKEN_FILE };

static const struct argp_option options[] = {
	{ "server", 's', "WHERE", 0,
	  "where fwd listens: ADDRESS:PORT (default: 127.0.0.1:5555) or "
	  "unix:PATH",
	  0 },
	{ "token-file", OPT_TOKEN_FILE, "FILE", 0,
	  "its first line is the token that fwd asks for", 0 },
	{ "json", OPT_JSON, NULL, 0, "print the API's answer", 0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 's':
		server = arg;
		break;
	case OPT_TOKEN_FILE:
		token_file = arg;
		break;
	case OPT_JSON:
		as_json = true;
		break;
	case ARGP_KEY_ARG:
		if (word_count == sizeof(words) / sizeof(words[0]))
			argp_error(state, "what is '%s'?", arg);
		words[word_count++] = arg;
		break;
	case ARGP_KEY_END:
		if (!word_count)
			argp_error(state,
				   "what to do? list, add, delete or flush");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

struct buffer {
	char *data;
	size_t len;
};

static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct buffer *b = arg;
	char *longer;

	size *= count;
	if (!size || b->len + size > ANSWER_MAX)
		return 0;
	longer = realloc(b->data, b->len + size);
	if (!longer)
		return 0;
	memcpy(longer + b->len, data, size);
	b->data = longer;
	b->len += size;
	return size;
}

/* The header with the token; NULL where none is needed, or on an error. */
static struct curl_slist *authorization(bool *failed)
{
	char header[300] = "Authorization: Bearer ";
	size_t len = strlen(header);
	FILE *file;

	*failed = false;
	if (!token_file)
		return NULL;
	file = fopen(token_file, "re");
	*failed = !file || !fgets(header + len, sizeof(header) - len, file);
	if (file)
		fclose(file);
	if (*failed) {
		fprintf(stderr, "fwdctl: error: --token-file: cannot read %s\n",
			token_file);
		return NULL;
	}
	header[strcspn(header, "\r\n")] = '\0';
	return curl_slist_append(NULL, header);
}

static CURLcode post(const char *body, struct curl_slist *headers,
		     struct buffer *answer)
{
	CURL *curl = curl_easy_init();
	char url[300];
	CURLcode err;

	if (!curl)
		return CURLE_FAILED_INIT;
	if (!strncmp(server, "unix:", 5)) {
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, server + 5);
		snprintf(url, sizeof(url), "http://localhost/");
	} else {
		snprintf(url, sizeof(url), "http://%s/", server);
	}
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	err = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	return err;
}

/* Sends a request, which it frees, and returns the answer; NULL: no answer. */
static json_t *ask(json_t *request)
{
	char *body = json_dumps(request, JSON_COMPACT);
	struct curl_slist *headers;
	struct buffer b = {};
	json_t *answer = NULL;
	CURLcode err;
	bool failed;

	json_decref(request);
	headers = authorization(&failed);
	if (!failed) {
		err = post(body, headers, &b);
		if (err)
			fprintf(stderr,
				"fwdctl: error: %s: %s: does fwd run "
				"there?\n",
				server, curl_easy_strerror(err));
		else
			answer = json_loadb(b.data, b.len, 0, NULL);
		if (!err && !answer)
			fprintf(stderr,
				"fwdctl: error: %s: the answer is not "
				"fwd's\n",
				server);
	}
	curl_slist_free_all(headers);
	free(body);
	free(b.data);
	return answer;
}

/* Whether all went well; says what did not. */
static bool is_good(const json_t *answer)
{
	json_int_t code = json_integer_value(json_object_get(answer, "code"));

	if (!answer)
		return false;
	if (as_json) {
		json_dumpf(answer, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (code != 200) {
		fprintf(stderr, "fwdctl: error: %s (%lld): %s\n",
			json_string_value(json_object_get(answer, "message")),
			(long long)code,
			json_string_value(json_object_get(answer, "detail")));
	}
	return code == 200;
}

static json_t *new_request(const char *action)
{
	char trace[40] = "";
	FILE *file = fopen("/proc/sys/kernel/random/uuid", "re");

	if (file) {
		if (!fgets(trace, sizeof(trace), file))
			*trace = '\0';
		fclose(file);
	}
	trace[strcspn(trace, "\n")] = '\0';
	return json_pack("{s:s, s:s}", "action", action, "traceId", trace);
}

static int finish(json_t *request)
{
	json_t *answer = ask(request);
	bool good = is_good(answer);

	json_decref(answer);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const char *text(const json_t *entry, const char *field)
{
	return json_string_value(json_object_get(entry, field)) ?: "?";
}

static void print_entry(const json_t *entry, const char *table)
{
	unsigned int ifindex =
		json_integer_value(json_object_get(entry, "Iface"));
	char name[IF_NAMESIZE];

	if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "%u", ifindex);
	printf("%-39s  %-15s  %-17s  %-17s  %s\n", text(entry, "Ip"), name,
	       text(entry, "SrcMac"), text(entry, "DstMac"), table);
}

static json_t *ask_for_table(const char *table)
{
	json_t *request = new_request("QueryForward");

	json_object_set_new(request, "table", json_string(table));
	return ask(request);
}

static void print_entries(const json_t *answer, const char *table)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(answer, "Tables"), i, entry)
		print_entry(entry, table);
}

static int list(void)
{
	json_t *fixed, *learned = NULL;
	bool good;

	if (as_json)
		return finish(new_request("QueryForward"));
	fixed = ask_for_table("static");
	good = is_good(fixed);
	if (good) {
		learned = ask_for_table("learned");
		good = is_good(learned);
	}
	if (good) {
		printf("%-39s  %-15s  %-17s  %-17s  %s\n", "IP", "DEV",
		       "SRC MAC", "DST MAC", "TABLE");
		print_entries(fixed, "static");
		print_entries(learned, "learned");
	}
	json_decref(fixed);
	json_decref(learned);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int add(void)
{
	json_t *request = new_request("UpdateForward");
	unsigned int ifindex = if_nametoindex(words[2]);
	char *end;

	if (!ifindex) {
		ifindex = strtoul(words[2], &end, 10);
		if (!ifindex || *end) {
			fprintf(stderr,
				"fwdctl: error: there is no device "
				"'%s' here: `ip link` lists those "
				"that there are\n",
				words[2]);
			json_decref(request);
			return EXIT_FAILURE;
		}
	}
	json_object_set_new(request, "ip", json_string(words[1]));
	json_object_set_new(request, "iface", json_integer(ifindex));
	json_object_set_new(request, "srcMac", json_string(words[3]));
	json_object_set_new(request, "dstMac", json_string(words[4]));
	return finish(request);
}

static int delete_entry(void)
{
	json_t *request = new_request("DeleteForward");

	json_object_set_new(request, "ip", json_string(words[1]));
	return finish(request);
}

static int flush(void)
{
	json_t *request = new_request("FlushForward");

	if (word_count == 2)
		json_object_set_new(request, "table", json_string(words[1]));
	return finish(request);
}

static const struct {
	const char *name;
	unsigned int min, max; /* words, the command among them */
	int (*run)(void);
} commands[] = {
	{ "list", 1, 1, list },
	{ "add", 5, 5, add },
	{ "delete", 2, 2, delete_entry },
	{ "flush", 1, 2, flush },
};

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "list\nadd IP DEV SRC-MAC DST-MAC\ndelete IP\n"
			    "flush [static|learned]",
		.doc = "Show and change the tables of fwd.",
	};

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(words[0], commands[i].name))
			continue;
		if (word_count >= commands[i].min &&
		    word_count <= commands[i].max)
			return commands[i].run();
	}
	fprintf(stderr,
		"fwdctl: error: '%s' is no command, or not all of it: "
		"fwdctl --help\n",
		words[0]);
	return EXIT_FAILURE;
}
