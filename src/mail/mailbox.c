/* SPDX-License-Identifier: MIT */
/* mailbox.c: names with addresses, one to a line */

#include "mail/mailbox.h"

/* Also the controls above ASCII (U+0080 to U+009F), which take two octets. */
static size_t
control_length(struct str s)
{
	if (chr_control(s.p[0]))
		return 1;
	if (s.n > 1 && (unsigned char)s.p[0] == 0xc2 &&
	    (unsigned char)s.p[1] < 0xa0)
		return 2;
	return 0;
}

static void
add_visible(struct buf *list, struct str s)
{
	while (s.n > 0) {
		size_t plain = 0, control = 0;

		while (plain < s.n &&
		       (control = control_length(str_skip(s, plain))) == 0)
			plain++;
		buf_add(list, s.p, plain);
		if (plain < s.n)
			buf_addc(list, ' ');
		s = str_skip(s, plain + control);
	}
}

void
mailbox_add(struct buf *list, struct str name, struct str address)
{
	add_visible(list, name);
	buf_addc(list, '\t');
	add_visible(list, address);
	buf_addc(list, '\n');
}

bool
mailbox_next(struct str *rest, struct str *name, struct str *address)
{
	struct str line;

	if (rest->n == 0)
		return false;
	line = str_cut(rest, '\n');
	*name = str_cut(&line, '\t');
	*address = line;
	return true;
}

size_t
mailbox_count(struct str list)
{
	struct str name, address;
	size_t count = 0;

	while (mailbox_next(&list, &name, &address))
		count++;
	return count;
}
