/* SPDX-License-Identifier: MIT */
/* page_row.c: one message in a list */
#include <string.h>

#include "mail/mailbox.h"
#include "mail/tag.h"
#include "web/page.h"

struct str
page_mailbox(struct str list, struct str *address)
{
	struct str name = STR(""), mail = STR("");

	mailbox_next(&list, &name, &mail);
	if (address)
		*address = mail;
	return name.n > 0 ? name : mail;
}

static void
row_people(struct page *p, const struct index_row *row)
{
	struct str from_address, to_address;
	struct str from = page_mailbox(row->from, &from_address);
	struct str to = row->to.n ? row->to : row->cc.n ? row->cc : row->bcc;
	size_t more = mailbox_count(row->to) + mailbox_count(row->cc) +
		      mailbox_count(row->bcc);

	page_mailbox(to, &to_address);
	if (from.n == 0)
		from = STR("Unknown sender");
	PUT(p->out, H("<span class=\"who\"><b title=\""), T(from_address),
	    H("\" dir=\"auto\">"), T(from),
	    H("</b> <small><span class=\"to\">to</span> <span dir=\"auto\">"));
	if (to_address.n == 0)
		out_adds(p->out, "undisclosed recipients");
	else
		PUT(p->out, T(to_address));
	out_adds(p->out, "</span>");
	if (more > 1)
		PUT(p->out, H(" <span class=\"more\">+"), N(more - 1),
		    H("</span>"));
	out_adds(p->out, "</small></span> ");
}

static void
row_text(struct page *p, const struct index_row *row)
{
	out_adds(p->out, "<span class=\"what\"><span class=\"subject\" "
			 "dir=\"auto\">");
	if (row->subject.n == 0)
		out_adds(p->out, "<i>no subject</i>");
	else
		PUT(p->out, T(row->subject));
	PUT(p->out,
	    H("</span> <span class=\"snippet\" "
	      "dir=\"auto\">"),
	    T(row->snippet), H("</span></span>"));
}

static void
row_tags(struct page *p, const struct index_row *row)
{
	struct str rest = row->tags, name;

	if (rest.n == 0)
		return;
	out_adds(p->out, " <span class=\"tags\">");
	while (tag_next(&rest, &name)) {
		page_tag(p, name);
		out_adds(p->out, " ");
	}
	out_adds(p->out, "</span>");
}

static void
row_facts(struct page *p, const struct index_row *row)
{
	struct buf size = BUF_INIT;

	out_adds(p->out, " <span class=\"facts\">");
	if (row->attachments > 0) {
		PUT(p->out, H("<span class=\"clip\" title=\""),
		    N(row->attachments), H(" attached\">"));
		ICON(p, ICON_CLIP);
		PUT(p->out, H("<span class=\"vh\">"), N(row->attachments),
		    H(" attached</span></span> "));
	}
	page_size(&size, row->size);
	PUT(p->out, H("<span class=\"size\">"), TB(&size), H("</span> "));
	page_time(p, row->created / 1000, true);
	out_adds(p->out, "</span>");
	buf_fini(&size);
}

static void
row_check_box(struct page *p, const struct index_row *row)
{
	PUT(p->out,
	    H("<label class=\"pick\"><input type=\"checkbox\" name=\"id\" "
	      "value=\""),
	    TS(row->id), H("\" aria-label=\"Select: "),
	    T(row->subject.n ? row->subject : STR("no subject")),
	    H("\"></label> "));
}

void
page_row(struct page *p, const struct index_row *row, const char *current_id)
{
	bool current = current_id && strcmp(current_id, row->id) == 0;
	struct buf url = BUF_INIT, path = BUF_INIT;

	buf_addf(&path, "view/%s", row->id);
	page_url(p, path.data, &url);
	PUT(p->out, H("<li class=\"row "), TS(row->read ? "read" : "unread"),
	    IF(current, " current"), H("\" id=\"m-"), TS(row->id), H("\">"));
	if (!p->compact)
		row_check_box(p, row);
	PUT(p->out, H("<a class=\"go\" href=\""), TB(&url), H("\""),
	    IF(current, " aria-current=\"page\""),
	    H("><span class=\"dot\"></span><span class=\"vh\">"),
	    TS(row->read ? "Read" : "Unread"), H(": </span>"));
	row_people(p, row);
	row_text(p, row);
	out_adds(p->out, "</a>");
	row_tags(p, row);
	row_facts(p, row);
	out_adds(p->out, "</li>\n");
	buf_fini(&url);
	buf_fini(&path);
}

void
page_rows_begin(struct page *p)
{
	out_adds(p->out, "<ul class=\"rows\" id=\"rows\" role=\"list\">\n");
}

void
page_rows_end(struct page *p)
{
	out_adds(p->out, "</ul>\n");
}
