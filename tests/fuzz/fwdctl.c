/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What somebody answers to fwdctl, any bytes: it prints the entries or says
 * what is wrong, and ends in an orderly way.
 */
#include <stdint.h>

#include <curl/curl.h>

/* In place of the server: the answer comes in two pieces. */
#undef curl_easy_setopt
#define curl_easy_init()		      ((CURL *)&answer_at)
#define curl_easy_setopt(curl, option, value) ((void)(curl), (void)(value))
#define curl_easy_perform(curl)		      give_answer(answer)
#define curl_easy_cleanup(curl)		      ((void)(curl))

static CURLcode give_answer(void *buffer);
static const char *answer_at;

#define main fwdctl_main
#include "../../packet05-fwd/fwdctl.c"
#undef main

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t answer_len;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return !freopen("/dev/null", "w", stdout);
}

static CURLcode give_answer(void *buffer)
{
	char *data = (char *)answer_at;
	size_t first = answer_len / 2, rest = answer_len - first;

	return take(data, 1, first, buffer) == first &&
			       take(data + first, rest, 1, buffer) == rest ?
		       CURLE_OK :
		       CURLE_WRITE_ERROR;
}

/* The first byte says which command it is an answer to. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *terminal;
	static char nothing[] = "";

	if (!size)
		return 0;
	answer_at = (const char *)data + 1;
	answer_len = size - 1;
	as_json = *data & 1;
	word_count = 1;
	words[1] = nothing;
	terminal = stderr;
	stderr = stdout;
	if (*data & 2)
		flush();
	else
		list();
	stderr = terminal;
	return 0;
}
