/* SPDX-License-Identifier: MIT */
/* sendmail_message.c: read a message, make it fit to be sent */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "prog/sendmail.h"

#define CHUNK 65536
#define MESSAGE_MAX (UINT64_C(1000) * 1024 * 1024)
#define HEADER_LINE_MAX (1024 * 1024)
#define ADDRESSES_MAX (1024 * 1024)

/* What is done with a header field, or was seen. */
enum field_flag {
	DROPPED = 1 << 0,
	RECIPIENTS = 1 << 1,
	RESENT = 1 << 2,
	FROM = 1 << 3,
	DATE = 1 << 4,
	MESSAGE_ID = 1 << 5,
};

static const struct field {
	struct str name;
	unsigned flags;
} fields[] = {
    {STR("From"), FROM},
    {STR("Date"), DATE},
    {STR("Message-ID"), MESSAGE_ID},
    {STR("To"), RECIPIENTS},
    {STR("Cc"), RECIPIENTS},
    {STR("Bcc"), RECIPIENTS | DROPPED},
    {STR("Resent-To"), RECIPIENTS | RESENT},
    {STR("Resent-Cc"), RECIPIENTS | RESENT},
    {STR("Resent-Bcc"), RECIPIENTS | RESENT | DROPPED},
};

enum place {
	FIRST_LINE,
	HEADER,
	BODY,
};

struct reader {
	struct sendmail_message *m;
	const struct sendmail_options *options;
	struct buf *why;
	enum place place;
	bool in_field;
	unsigned flags; /* of the field that is being read */
	unsigned seen; /* of all fields so far */
	char last; /* octet of the body */
	struct buf line; /* of the header, as far as it was read */
	struct buf out;
	int status; /* sticky */
};

static void
fail(struct reader *r, int status, const char *text)
{
	if (r->status != 0)
		return;
	r->status = status;
	buf_adds(r->why, text);
}

static void
flush(struct reader *r)
{
	if (r->status == 0 &&
	    io_write_file(r->m->fd, r->out.data, r->out.len) != 0) {
		fail(r, EX_TEMPFAIL, "cannot keep the message: ");
		buf_adds(r->why, strerror(errno));
	}
	r->m->size += r->out.len;
	buf_reset(&r->out);
}

static void
put(struct reader *r, const void *p, size_t n)
{
	buf_add(&r->out, p, n);
	if (r->out.len >= CHUNK)
		flush(r);
}

static void
put_line(struct reader *r, struct str line)
{
	put(r, line.p, line.n);
	put(r, "\r\n", 2);
}

/* The length of a field name; 0: the line is no header field. */
static size_t
name_length(struct str line)
{
	size_t n = 0, end;

	while (n < line.n && line.p[n] > ' ' && line.p[n] <= '~' &&
	       line.p[n] != ':')
		n++;
	for (end = n; end < line.n; end++)
		if (line.p[end] != ' ' && line.p[end] != '\t')
			break;
	return end < line.n && line.p[end] == ':' ? n : 0;
}

static bool
is_continuation(const struct reader *r, struct str line)
{
	return r->in_field && line.n > 0 &&
	       (line.p[0] == ' ' || line.p[0] == '\t');
}

/* The line in front of a message in a mailbox file (mbox). */
static bool
is_postmark(const struct reader *r, struct str line)
{
	return r->place == FIRST_LINE && name_length(line) == 0 &&
	       (str_begins(line, STR("From ")) ||
		   str_begins(line, STR(">From ")));
}

static void
keep_addresses(struct reader *r, struct str value, char separator)
{
	struct buf *to =
	    (r->flags & RESENT) != 0 ? &r->m->resent_to : &r->m->to;

	if ((r->flags & RECIPIENTS) == 0)
		return;
	buf_addc(to, separator);
	buf_add_str(to, value);
	if (to->over)
		fail(r, EX_DATAERR, "too many addresses in the header");
}

static void
take_field(struct reader *r, struct str line, size_t length)
{
	struct str name = str_make(line.p, length);

	r->in_field = true;
	r->flags = 0;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_ieq(name, fields[i].name))
			r->flags = fields[i].flags;
	r->seen |= r->flags;
	keep_addresses(r,
	    str_skip(line, length + str_find(str_skip(line, length), ':') + 1),
	    ',');
}

static void
end_header(struct reader *r)
{
	const struct sendmail_options *o = r->options;
	struct buf added = BUF_INIT;

	if ((r->seen & FROM) == 0)
		sendmail_add_from(&added, o);
	if ((r->seen & DATE) == 0)
		sendmail_add_date(&added);
	if ((r->seen & MESSAGE_ID) == 0)
		sendmail_add_message_id(&added, o);
	put(r, added.data, added.len);
	buf_fini(&added);
	r->place = BODY;
	r->last = '\n';
}

static void
take_body(struct reader *r, const char *p, size_t n)
{
	while (n > 0) {
		size_t run = str_find(str_make(p, n), '\n');

		put(r, p, run);
		if (run > 0)
			r->last = p[run - 1];
		if (run == n)
			return;
		if (r->last != '\r')
			put(r, "\r", 1);
		put(r, "\n", 1);
		r->last = '\n';
		p += run + 1;
		n -= run + 1;
	}
}

/* The first line that is no header, mostly the empty one. */
static void
begin_body(struct reader *r, struct str line, bool whole)
{
	end_header(r);
	put(r, "\r\n", 2);
	take_body(r, line.p, line.n);
	if (line.n > 0 && whole)
		take_body(r, "\n", 1);
}

/*
 * A line of the header without its LF, or as much of a line as shows that it
 * is none.
 */
static void
take_header_line(struct reader *r, struct str line, bool whole)
{
	size_t length;

	if (whole && line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	length = name_length(line);
	if (whole && is_postmark(r, line)) {
		r->place = HEADER;
		return;
	}
	if (length > 0)
		take_field(r, line, length);
	else if (is_continuation(r, line))
		keep_addresses(r, line, ' ');
	else {
		begin_body(r, line, whole);
		return;
	}
	r->place = HEADER;
	if (!whole)
		fail(r, EX_DATAERR, "a line of the header is too long");
	else if ((r->flags & DROPPED) == 0)
		put_line(r, line);
}

/* Takes what belongs to the current header line; returns how much it was. */
static size_t
take_header(struct reader *r, struct str s)
{
	size_t n = str_find(s, '\n');
	bool whole = n < s.n;

	buf_add(&r->line, s.p, n);
	if (!whole && r->line.len < HEADER_LINE_MAX)
		return n;
	take_header_line(r, buf_str(&r->line), whole);
	buf_reset(&r->line);
	return whole ? n + 1 : n;
}

static void
take(struct reader *r, struct str s)
{
	while (s.n > 0 && r->place != BODY && r->status == 0)
		s = str_skip(s, take_header(r, s));
	if (r->place == BODY)
		take_body(r, s.p, s.n);
}

static void
finish(struct reader *r)
{
	if (r->place != BODY && r->line.len > 0)
		take_header_line(r, buf_str(&r->line), true);
	if (r->place != BODY)
		end_header(r);
	else if (r->last != '\n')
		take_body(r, "\n", 1);
	flush(r);
}

/* A file that nobody else can open and that goes with the process. */
static int
open_unnamed(void)
{
	const char *folder = getenv("TMPDIR");
	char *path;
	int fd;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	/* Not every file system has files without a name. */
	path = mem_format("%s/mailpit-sendmail.XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

static void
read_all(struct reader *r, int in)
{
	char *chunk = mem_new(CHUNK);
	uint64_t total = 0;

	while (r->status == 0) {
		ssize_t n = read(in, chunk, CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fail(r, EX_IOERR, "cannot read the message: ");
			buf_adds(r->why, strerror(errno));
		}
		if (n <= 0)
			break;
		total += (uint64_t)n;
		if (total > MESSAGE_MAX)
			fail(r, EX_DATAERR, "larger than 1000 MiB");
		take(r, str_make(chunk, (size_t)n));
	}
	free(chunk);
	if (r->status == 0)
		finish(r);
}

int
sendmail_message_read(struct sendmail_message *m, int in,
    const struct sendmail_options *o, struct buf *why)
{
	struct reader r = {
	    .m = m,
	    .options = o,
	    .why = why,
	    .line = BUF_INIT,
	    .out = BUF_INIT,
	};

	*m = (struct sendmail_message){
	    .fd = open_unnamed(),
	    .to = BUF_INIT_MAX(ADDRESSES_MAX),
	    .resent_to = BUF_INIT_MAX(ADDRESSES_MAX),
	};
	if (m->fd < 0) {
		buf_addf(why, "cannot keep the message: %s", strerror(errno));
		return EX_TEMPFAIL;
	}
	read_all(&r, in);
	buf_fini(&r.line);
	buf_fini(&r.out);
	if (r.status == 0 && lseek(m->fd, 0, SEEK_SET) != 0) {
		buf_addf(why, "cannot keep the message: %s", strerror(errno));
		return EX_TEMPFAIL;
	}
	return r.status;
}

void
sendmail_message_fini(struct sendmail_message *m)
{
	if (m->fd >= 0)
		(void)close(m->fd);
	buf_fini(&m->to);
	buf_fini(&m->resent_to);
}
