/* SPDX-License-Identifier: MIT */
/* bench-maildir.c: fill a Maildir with messages, for scripts/bench-index */

/*
 *   bench-maildir MAILDIR FIRST COUNT
 *
 * Messages FIRST to FIRST + COUNT - 1, each the same in every run. Names have
 * the form of our own deliveries, so a list needs no look into the files. Of
 * ten messages nine are new, one is read. Words follow a vocabulary in which
 * some are common and most are rare, as in real mail:
 *
 *   in every third message  "monthly"
 *   in every hundredth      "quokka"
 *   in message n only       "unique<n>x"
 *   in all                  words of two to four syllables
 *
 * The files are written in place: nobody reads the Maildir meanwhile.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/id.h"

#define EPOCH INT64_C(1790000000)
#define SPACING_US 700000 /* between two messages */
#define WORDS 4000
#define TEXT_MIN 40 /* words of a message */
#define TEXT_MORE 260
#define USERS 400

static uint64_t state;

/* SplitMix64: the same everywhere, and good enough for words. */
static uint64_t
next(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t
below(uint64_t n)
{
	return next() % n;
}

/* The same number gives the same word. */
static void
add_word(struct buf *out, uint64_t number)
{
	static const char *const syllables[] = {"ba", "ce", "di", "fo", "gu",
	    "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va",
	    "we", "xi", "zo", "bra", "cle", "dri", "flo", "gru", "sta", "tre",
	    "pli", "sho", "chu", "and", "ent", "ing"};
	uint64_t rest = (number + 33) * 2654435761u;

	for (uint64_t i = 0; i < 2 + number % 3; i++) {
		buf_adds(out, syllables[rest % 32]);
		rest /= 32;
	}
}

/* Small numbers far more often than great ones. */
static uint64_t
some_word(void)
{
	uint64_t a = below(WORDS), b = below(WORDS), c = below(WORDS);

	return a * b / WORDS * c / WORDS;
}

static void
add_words(struct buf *out, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		add_word(out, some_word());
		buf_addc(out, i % 11 == 10 ? '\n' : ' ');
	}
}

static void
add_head(struct buf *out, uint64_t n, const char *id)
{
	buf_addf(out,
	    "Return-Path: <sender%" PRIu64 "@example.org>\n"
	    "Delivered-To: team%" PRIu64 "@example.com\n"
	    "Received: from client ([192.0.2.%" PRIu64 "])\n"
	    "\tby bench (Mailpit) with ESMTP\n"
	    "\tid %s; Thu, 01 Oct 2026 12:00:00 +0000\n",
	    n % USERS, n % 17, n % 250, id);
	buf_addf(out,
	    "From: \"Sender %" PRIu64 "\" <sender%" PRIu64 "@example.org>\n"
	    "To: \"Team %" PRIu64 "\" <team%" PRIu64 "@example.com>\n"
	    "Date: Thu, 01 Oct 2026 12:00:00 +0000\n"
	    "Message-ID: <%" PRIu64 ".bench@example.org>\nSubject: ",
	    n % USERS, n % USERS, n % 17, n % 17, n);
	add_words(out, 3 + below(4));
	buf_addf(out, "%" PRIu64 "\n", n);
	if (n % 50 == 0)
		buf_addf(out, "X-Tags: tag%" PRIu64 "\n", n / 50 % 10);
	buf_adds(out, "MIME-Version: 1.0\n"
		      "Content-Type: text/plain; charset=utf-8\n\n");
}

static void
add_message(struct buf *out, uint64_t n, char id[ID_SIZE])
{
	unsigned char octets[16];

	state = n * UINT64_C(0x2545f4914f6cdd1d) + 1;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)next();
	octets[0] &= 0x7f;
	id_of_number(id, octets);
	buf_reset(out);
	add_head(out, n, id);
	add_words(out, TEXT_MIN + below(TEXT_MORE));
	if (n % 3 == 0)
		buf_adds(out, "\nThe monthly report follows.\n");
	if (n % 100 == 0)
		buf_adds(out, "\nA quokka was seen.\n");
	buf_addf(out, "\nunique%" PRIu64 "x\n", n);
}

static size_t
count_lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == '\n';
	return n;
}

static int
put(int folder, const char *info, uint64_t n, struct buf *text)
{
	int64_t us = (int64_t)n * SPACING_US;
	char id[ID_SIZE];
	char *name;
	int fd, rc = -1;

	add_message(text, n, id);
	name = mem_format("%" PRId64 ".M%06" PRId64 "P1Q%" PRIu64
			  "R%s.bench,S=%zu,W=%zu%s",
	    EPOCH + us / 1000000, us % 1000000, n, id, text->len,
	    text->len + count_lines(text), info);
	fd =
	    openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		rc = io_write_file(fd, text->data, text->len);
		if (close(fd) != 0)
			rc = -1;
	}
	if (rc != 0)
		fprintf(
		    stderr, "bench-maildir: %s: %s\n", name, strerror(errno));
	free(name);
	return rc;
}

int
main(int argc, char **argv)
{
	struct buf text = BUF_INIT;
	uint64_t first, count;
	int new, cur, rc = 0;

	if (argc != 4 || !str_u64(str_of(argv[2]), &first) ||
	    !str_u64(str_of(argv[3]), &count) || chdir(argv[1]) != 0) {
		fprintf(stderr, "usage: bench-maildir MAILDIR FIRST COUNT\n");
		return EX_USAGE;
	}
	new = open("new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cur = open("cur", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (new < 0 || cur < 0) {
		perror("bench-maildir");
		return EX_NOINPUT;
	}
	for (uint64_t n = first; n < first + count && rc == 0; n++)
		rc = n % 10 == 9 ? put(cur, ":2,S", n, &text)
				 : put(new, "", n, &text);
	buf_fini(&text);
	return rc == 0 ? EX_OK : EX_CANTCREAT;
}
