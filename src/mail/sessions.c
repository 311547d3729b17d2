/* SPDX-License-Identifier: MIT */
/* sessions.c: sum up what the lines of SMTP sessions say */

#include "mail/sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_OCTETS ((size_t)65536)

enum {
	HAS_TIME = 1 << 0,
	HAS_MESSAGES = 1 << 1,
	HAS_BYTES = 1 << 2,
	HAS_REJECTED = 1 << 3,
	HAS_IGNORED = 1 << 4,
	HAS_ALL = (1 << 5) - 1
};

struct parsing {
	struct session_line *line;
	uint64_t time;
	unsigned has;
};

/* One key=value; a key that nobody knows is skipped. */
static bool
take_field(struct parsing *p, struct str key, struct str value)
{
	struct session_line *l = p->line;
	const struct {
		const char *key;
		uint64_t *number;
		unsigned bit;
	} numbers[] = {{"time", &p->time, HAS_TIME},
	    {"messages", &l->messages, HAS_MESSAGES},
	    {"bytes", &l->bytes, HAS_BYTES},
	    {"rejected", &l->rejected, HAS_REJECTED},
	    {"ignored", &l->ignored, HAS_IGNORED}};
	const struct {
		const char *key;
		struct str *word;
	} words[] = {{"session", &l->session}, {"peer", &l->peer},
	    {"user", &l->user}, {"end", &l->end}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (str_eq(key, str_of(numbers[i].key))) {
			p->has |= numbers[i].bit;
			return str_u64(value, numbers[i].number);
		}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(key, str_of(words[i].key)))
			*words[i].word = value;
	return true;
}

bool
session_parse(struct str line, struct session_line *out)
{
	struct parsing p = {.line = out};

	*out = (struct session_line){.time = 0};
	while (line.n > 0 && !str_begins(line, STR("reply=\""))) {
		struct str value = str_cut(&line, ' ');
		struct str key = value;

		if (str_find(value, '=') == value.n)
			return false;
		key = str_cut(&value, '=');
		if (!take_field(&p, key, value))
			return false;
	}
	out->replies = line;
	if (p.has != HAS_ALL || p.time > INT64_MAX)
		return false;
	out->time = (int64_t)p.time;
	return true;
}

static int
hex_value(char c)
{
	if (chr_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes codec_quoted_encode(). */
static void
decode(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '\\' || s.n - i < 4 || s.p[i + 1] != 'x') {
			buf_addc(out, s.p[i]);
			continue;
		}
		high = hex_value(s.p[i + 2]);
		low = hex_value(s.p[i + 3]);
		if (high < 0 || low < 0) {
			buf_addc(out, s.p[i]);
			continue;
		}
		buf_addc(out, (char)(high << 4 | low));
		i += 3;
	}
}

bool
session_reply(struct str *rest, struct buf *out)
{
	static const struct str key = {"reply=\"", 7};
	size_t end;

	*rest = str_trim(*rest);
	if (!str_begins(*rest, key))
		return false;
	*rest = str_skip(*rest, key.n);
	end = str_find(*rest, '"');
	if (end == rest->n)
		return false;
	decode(out, str_make(rest->p, end));
	*rest = str_skip(*rest, end + 1);
	return true;
}

struct summing {
	const struct reader *r;
	int64_t from;
	struct session_totals *out;
};

static void
add_line(struct summing *s, struct str line)
{
	struct session_line l;

	if (!session_parse(line, &l))
		return;
	if (s->out->since == 0 || l.time < s->out->since)
		s->out->since = l.time;
	if (l.time < s->from)
		return;
	s->out->accepted += l.messages;
	s->out->bytes += l.bytes;
	s->out->rejected += l.rejected;
	s->out->ignored += l.ignored;
}

/* Reads line by line; one that is too long is no line of ours. */
static void
add_lines(struct summing *s, int fd)
{
	struct buf pending = BUF_INIT;
	char part[16384];
	ssize_t got;

	while ((got = read(fd, part, sizeof(part))) > 0) {
		struct str rest = str_make(part, (size_t)got);

		while (rest.n > 0) {
			bool whole = str_find(rest, '\n') < rest.n;

			if (pending.len <= LINE_MAX_OCTETS)
				buf_add_str(&pending, str_cut(&rest, '\n'));
			else
				(void)str_cut(&rest, '\n');
			if (!whole)
				continue;
			add_line(s, buf_str(&pending));
			buf_reset(&pending);
		}
	}
	buf_fini(&pending);
}

static bool
add_file(void *arg, struct str name)
{
	struct summing *s = arg;
	struct stat st;
	int fd;

	if (!str_begins(name, STR("sessions.")))
		return true;
	/* The listing lends C strings. */
	fd = openat(s->r->side, name.p,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		add_lines(s, fd);
	close(fd);
	return true;
}

int
sessions_total(const struct reader *r, int64_t from, struct session_totals *out)
{
	struct summing s = {r, from, out};

	*out = (struct session_totals){.since = 0};
	return r->side < 0 ? 0 : reader_list(r->side, add_file, &s);
}
