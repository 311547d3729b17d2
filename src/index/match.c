/* SPDX-License-Identifier: MIT */
/* match.c: what a search asks of a text or a header, called by SQLite */

#include "index/inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/mailbox.h"
#include "mime/message.h"

/* Of a header; what comes later is not looked at. */
#define HEAD_MAX ((size_t)512 << 10)

static bool
has(void *arg, struct str text, struct str part)
{
	(void)arg;
	return part.n == 0 || (text.n >= part.n && memmem(text.p, text.n,
						       part.p, part.n) != NULL);
}

static bool
has_folded(void *arg, struct str text, struct str part)
{
	struct buf folded = BUF_INIT;
	bool found;

	query_fold(&folded, text);
	found = has(arg, buf_str(&folded), part);
	buf_fini(&folded);
	return found;
}

static bool
is_address(void *arg, struct str list, struct str wanted)
{
	struct buf folded = BUF_INIT;
	struct str rest, name, address;
	bool found = false;

	(void)arg;
	query_fold(&folded, list);
	rest = buf_str(&folded);
	while (!found && mailbox_next(&rest, &name, &address))
		found = str_eq(address, wanted);
	buf_fini(&folded);
	return found;
}

/* Up to the empty line that ends the header. */
static size_t
head_length(const char *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (p[i] == '\n' &&
		    (p[i + 1] == '\n' ||
			(i + 2 < n && p[i + 1] == '\r' && p[i + 2] == '\n')))
			return i + 1;
	return n;
}

static struct message *
read_head(struct index *x, struct str where, const char *id)
{
	struct stat st;
	char *octets;
	size_t n = 0;
	ssize_t got;
	int fd;

	if (where.n == 0)
		return NULL;
	fd = reader_open_message(
	    &x->reader, str_skip(where, 1), where.p[0] == '1', &st);
	if (fd < 0)
		return NULL;
	octets = mem_new(HEAD_MAX + 1);
	while (n < HEAD_MAX && (got = read(fd, octets + n, HEAD_MAX - n)) > 0)
		n += (size_t)got;
	close(fd);
	return message_new(octets, head_length(octets, n), id);
}

static bool
field_has(const struct header_field *f, struct str value)
{
	struct buf decoded = BUF_INIT;
	bool found;

	message_decode_header(&decoded, f->value);
	found = has_folded(NULL, buf_str(&decoded), value) ||
		has_folded(NULL, f->value, value);
	buf_fini(&decoded);
	return found;
}

/* where: 1 or 0 for new/ or cur/, then the name; what: NAME LF VALUE. */
static bool
has_header(void *arg, struct str where, struct str what)
{
	struct maildir_name parsed;
	char id[ID_SIZE];
	struct message *m;
	struct str value = what, name = str_cut(&value, '\n');
	bool found = false;

	maildir_parse_name(str_skip(where, 1), &parsed);
	reader_id(&parsed, id);
	m = read_head(arg, where, id);
	for (size_t i = 0; m != NULL && !found && i < message_header_count(m);
	     i++) {
		struct header_field f = message_header(m, i);

		found = str_ieq(f.name, name) && field_has(&f, value);
	}
	message_free(m);
	return found;
}

void
inside_functions(struct index *x)
{
	db_function(x->db, "has", has, NULL);
	db_function(x->db, "has_folded", has_folded, NULL);
	db_function(x->db, "is_address", is_address, NULL);
	db_function(x->db, "has_header", has_header, x);
}
