/* SPDX-License-Identifier: MIT */
/* sendmail_field.c: header fields that a message should have had */

#include <time.h>

#include "base/codec.h"
#include "mail/id.h"
#include "mail/stamp.h"
#include "prog/sendmail.h"

/* RFC 2047 section 2: an encoded word has at most 75 octets. */
#define ENCODED_OCTETS_MAX 45

/* A display name: quoted if it is ASCII, else encoded words. */
static void
add_name(struct buf *out, struct str name)
{
	if (str_is_printable(name)) {
		buf_addc(out, '"');
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_addc(out, '\\');
			buf_addc(out, name.p[i]);
		}
		buf_adds(out, "\" ");
		return;
	}
	while (name.n > 0) {
		size_t n =
		    name.n < ENCODED_OCTETS_MAX ? name.n : ENCODED_OCTETS_MAX;

		/* No character is split over two words. */
		while (n < name.n && ((unsigned char)name.p[n] & 0xC0) == 0x80)
			n--;
		buf_adds(out, "=?UTF-8?B?");
		codec_base64_encode(out, str_make(name.p, n));
		name = str_skip(name, n);
		buf_adds(out, name.n > 0 ? "?=\r\n " : "?= ");
	}
}

void
sendmail_add_from(struct buf *out, const struct sendmail_options *o)
{
	struct str name = str_of(o->full_name);

	buf_adds(out, "From: ");
	if (name.n > 0)
		add_name(out, name);
	if (o->sender.len > 0)
		buf_addf(out, "<%s>\r\n", o->sender.data);
	else
		buf_addf(out, "<MAILER-DAEMON@%s>\r\n", o->host);
}

void
sendmail_add_date(struct buf *out)
{
	buf_adds(out, "Date: ");
	stamp_local(out, time(NULL));
	buf_adds(out, "\r\n");
}

void
sendmail_add_message_id(struct buf *out, const struct sendmail_options *o)
{
	char id[ID_SIZE];

	id_fresh(id);
	buf_addf(out, "Message-ID: <%s@%s>\r\n", id, o->host);
}
