/* SPDX-License-Identifier: MIT */
/* page_message.c: what stands above the tabs: what can be done, who wrote */
#include "mail/mailbox.h"
#include "mail/tag.h"
#include "web/page_view.h"

#define PEOPLE_MAX 10 /* of one field, without a click */
#define PEOPLE_SHOWN 6

bool
view_is_attached(const struct part *part)
{
	return part->role == PART_ATTACHMENT || part->role == PART_INLINE ||
	       part->role == PART_OTHER;
}

size_t
view_attached_count(const struct view *v)
{
	size_t count = 0;

	for (size_t i = 0; i < message_part_count(v->m); i++)
		count += view_is_attached(message_part(v->m, i));
	return count;
}

void
view_part_name(
    const struct message *m, const struct part *part, struct buf *out)
{
	struct message *inner = NULL;

	if (!part->file_name[0] && part->is_message)
		inner = message_open_nested(m, part);
	if (inner && message_fields(inner)->subject.n > 0)
		buf_add_str(out, message_fields(inner)->subject);
	else
		buf_adds(
		    out, part->file_name[0] ? part->file_name : part->type);
	message_free(inner);
}

static void
form_button(struct view *v, const char *path, const char *id, const char *field,
    const char *value, enum icon icon, const char *text)
{
	struct page *p = v->p;

	PUT(p->out, H("<form method=\"post\" action=\""),
	    TS(p->w->settings.webroot), TS(path), H("\">"));
	page_form_fields(p);
	PUT(p->out, H("<input type=\"hidden\" name=\"id\" value=\""),
	    TS(v->row.id),
	    H("\"><input type=\"hidden\" name=\"next\" value=\""),
	    TS(v->older[0] ? v->older : v->newer),
	    H("\"><button class=\"button\" id=\""), TS(id), H("\" name=\""),
	    TS(field), H("\" value=\""), TS(value), H("\">"));
	ICON(p, icon);
	PUT(p->out, H(" <span>"), TS(text), H("</span></button></form>\n"));
}

static void
neighbour(struct view *v, const char *id, enum icon icon, const char *text,
    const char *mark)
{
	struct page *p = v->p;
	struct buf path = BUF_INIT, url = BUF_INIT;

	buf_addf(&path, "view/%s", id);
	page_url(p, path.data, &url);
	if (id[0])
		PUT(p->out, H("<a class=\"tool\" id=\""), TS(mark),
		    H("\" rel=\""), TS(mark), H("\" href=\""), TB(&url),
		    H("\" title=\""), TS(text), H("\">"));
	else
		PUT(p->out, H("<span role=\"link\" aria-disabled=\"true\" "
			      "class=\"tool off\">"));
	ICON(p, icon);
	PUT(p->out, H("<span class=\"vh\">"), TS(text), H("</span>"));
	out_adds(p->out, id[0] ? "</a>" : "</span>");
	buf_fini(&path);
	buf_fini(&url);
}

static void
download(struct view *v, const char *path, const char *end, const char *query,
    const char *text)
{
	PUT(v->p->out, H("<li><a download=\""), TS(v->row.id), TS(end),
	    H("\" href=\""), TS(v->p->w->settings.webroot), TS(path),
	    TS(v->row.id), TS(query), H("\">"), TS(text), H("</a></li>\n"));
}

static void
download_menu(struct view *v)
{
	struct page *p = v->p;
	struct buf name = BUF_INIT;

	out_adds(p->out, "<details class=\"pop\" id=\"download\"><summary "
			 "class=\"button\">");
	ICON(p, ICON_DOWNLOAD);
	out_adds(p->out, " <span>Download</span></summary><ul role=\"list\">");
	download(v, "api/v1/message/", ".eml", "/raw", "Raw message (.eml)");
	if (message_html(v->messages[0]).n > 0)
		download(v, "view/", ".html", ".html", "HTML body");
	download(v, "view/", ".txt", ".txt", "Text body");
	for (size_t i = 0; i < message_part_count(v->messages[0]); i++) {
		const struct part *part = message_part(v->messages[0], i);

		if (!view_is_attached(part))
			continue;
		buf_reset(&name);
		view_part_name(v->messages[0], part, &name);
		PUT(p->out, H("<li><a download href=\""),
		    TS(p->w->settings.webroot), H("api/v1/message/"),
		    TS(v->row.id), H("/part/"), TS(part->id),
		    H("\" dir=\"auto\">"), TB(&name), H("</a></li>\n"));
	}
	buf_fini(&name);
	out_adds(p->out, "</ul></details>\n");
}

/*
 * A frame is printed as high as it is, and no script of ours may measure this
 * one; on its own its document is printed whole.
 */
static void
print_button(struct view *v)
{
	struct page *p = v->p;
	struct buf url = BUF_INIT;
	bool alone = v->tab == VIEW_HTML;

	view_document_url(v, &url);
	if (alone)
		PUT(p->out,
		    H("<a class=\"button\" id=\"print\" target=\"_blank\" "
		      "rel=\"noopener\" title=\"Opens the HTML alone, to "
		      "print it whole\" href=\""),
		    TB(&url), H("\">"));
	else
		out_adds(p->out, "<button type=\"button\" "
				 "class=\"button js-only\" id=\"print\">");
	ICON(p, ICON_PRINT);
	out_adds(p->out, alone ? " <span>Print</span></a>\n"
			       : " <span>Print</span></button>\n");
	buf_fini(&url);
}

void
view_actions(struct view *v)
{
	struct page *p = v->p;
	struct buf back = BUF_INIT;

	page_list_url(p, p->start, &back);
	PUT(p->out,
	    H("<div class=\"message-bar\"><a class=\"button\" "
	      "id=\"back\" href=\""),
	    TB(&back), H("#m-"), TS(v->row.id), H("\">"));
	ICON(p, ICON_BACK);
	PUT(p->out, H(" <span>"), TS(p->q.n ? "Results" : "Inbox"),
	    H("</span></a>\n"));
	form_button(v, "do/mark", "mark-unread", "read", "0", ICON_UNREAD,
	    "Mark unread");
	form_button(
	    v, "do/delete", "delete", "do", "delete", ICON_TRASH, "Delete");
	download_menu(v);
	print_button(v);
	out_adds(p->out, "<span class=\"steps\">");
	neighbour(v, v->newer, ICON_LEFT, "Newer message", "prev");
	neighbour(v, v->older, ICON_RIGHT, "Older message", "next");
	out_adds(p->out, "</span></div>\n");
	buf_fini(&back);
}

/* Each address leads to all mail that it takes part in. */
static void
person(struct page *p, struct str name, struct str address)
{
	out_adds(p->out, "<span class=\"person\">");
	if (name.n > 0)
		PUT(p->out, H("<bdi class=\"name\">"), T(name), H("</bdi> "));
	if (address.n > 0)
		PUT(p->out, H("<a class=\"address\" href=\""),
		    TS(p->w->settings.webroot), H("search?q=addressed:"),
		    U(address), H("\" dir=\"auto\">"), T(address), H("</a>"));
	out_adds(p->out, "</span> ");
}

/* Of very many some are shown, and the others when asked for. */
static void
people(struct view *v, const char *title, struct str list, const char *nobody)
{
	struct page *p = v->p;
	size_t count = mailbox_count(list), at = 0;
	struct str name, address;

	if (list.n == 0 && !nobody)
		return;
	PUT(p->out, H("<div><dt>"), TS(title), H("</dt><dd>"));
	if (list.n == 0)
		PUT(p->out, H("<i>"), TS(nobody), H("</i>"));
	for (; mailbox_next(&list, &name, &address); at++) {
		if (count > PEOPLE_MAX && at == PEOPLE_SHOWN)
			PUT(p->out, H("<details><summary>"), N(count - at),
			    H(" more</summary>"));
		person(p, name, address);
	}
	if (count > PEOPLE_MAX)
		out_adds(p->out, "</details>");
	out_adds(p->out, "</dd></div>\n");
}

static void
when_row(struct view *v)
{
	const struct message_fields *f = message_fields(v->m);
	struct page *p = v->p;
	struct buf size = BUF_INIT;

	out_adds(p->out, "<div><dt>Date</dt><dd>");
	if (f->has_date)
		page_time(p, f->date, false);
	else
		out_adds(p->out, "<i>no date</i>");
	if (v->part.n == 0) {
		int64_t received = v->row.created / 1000;
		int64_t apart = f->has_date ? received - f->date : 0;

		page_size(&size, v->row.size);
		PUT(p->out, H(" <span class=\"size\">"), TB(&size),
		    H("</span>"));
		if (!f->has_date || apart > 120 || apart < -120) {
			out_adds(p->out, " <span class=\"aside\">received ");
			page_time(p, received, false);
			out_adds(p->out, "</span>");
		}
	}
	out_adds(p->out, "</dd></div>\n");
	buf_fini(&size);
}

static void
tags_row(struct view *v)
{
	struct page *p = v->p;
	struct str rest = v->row.tags, name;

	PUT(p->out,
	    H("<div class=\"tags-row\"><dt>Tags</dt><dd>"
	      "<form class=\"tag-editor\" id=\"tag-editor\" method=\"post\" "
	      "action=\""),
	    TS(p->w->settings.webroot), H("do/tag\">"));
	page_form_fields(p);
	PUT(p->out, H("<input type=\"hidden\" name=\"id\" value=\""),
	    TS(v->row.id),
	    H("\"><input type=\"hidden\" name=\"return\" value=\""),
	    TS(v->row.id),
	    H("\"><button class=\"vh\" name=\"do\" value=\"add\" "
	      "tabindex=\"-1\" aria-hidden=\"true\"></button>"));
	while (tag_next(&rest, &name)) {
		out_adds(p->out, "<span class=\"chip\">");
		page_tag(p, name);
		PUT(p->out, H("<button name=\"drop\" value=\""), T(name),
		    H("\" aria-label=\"Remove tag "), T(name), H("\">"));
		ICON(p, ICON_CLOSE);
		out_adds(p->out, "</button></span> ");
	}
	out_adds(p->out, "<input name=\"tag\" id=\"tag\" list=\"tag-names\" "
			 "maxlength=\"100\" placeholder=\"Add a tag\" "
			 "aria-label=\"Add a tag\" autocomplete=\"off\"> "
			 "<datalist id=\"tag-names\">");
	rest = buf_str(&p->tags);
	while (rest.n > 0) {
		name = str_cut(&rest, '\n');
		str_cut(&name, '\t');
		PUT(p->out, H("<option value=\""), T(name), H("\">"));
	}
	out_adds(p->out, "</datalist><button class=\"button small\" "
			 "name=\"do\" value=\"add\">Add</button></form>"
			 "</dd></div>\n");
}

static void
unsubscribe_row(struct view *v)
{
	struct page *p = v->p;
	struct buf links = BUF_INIT, errors = BUF_INIT;
	struct str rest;

	if (!message_fields(v->m)->has_list_unsubscribe)
		return;
	message_unsubscribe(v->m, &links, &errors);
	out_adds(p->out, "<div><dt>Unsubscribe</dt><dd>");
	rest = buf_str(&links);
	while (rest.n > 0)
		PUT(p->out, H("<code>"), T(str_cut(&rest, '\n')),
		    H("</code> "));
	if (message_fields(v->m)->list_unsubscribe_post.n > 0)
		PUT(p->out, H("<span class=\"mark good\">"),
		    T(message_fields(v->m)->list_unsubscribe_post),
		    H("</span> "));
	if (errors.len > 0)
		PUT(p->out, H("<span class=\"mark bad\">"), TB(&errors),
		    H("</span>"));
	out_adds(p->out, "</dd></div>\n");
	buf_fini(&links);
	buf_fini(&errors);
}

/* The names of what is attached, on every tab. */
static void
attached_row(struct view *v)
{
	struct page *p = v->p;
	struct buf url = BUF_INIT, name = BUF_INIT;
	size_t shown = 0, count = view_attached_count(v);

	if (count == 0 || v->tab == VIEW_PARTS)
		return;
	view_url(v, VIEW_PARTS, &url);
	PUT(p->out, H("<p class=\"attached\"><a href=\""), TB(&url), H("\">"));
	ICON(p, ICON_CLIP);
	PUT(p->out, H(" <span>"), N(count), H(" attached</span></a>"));
	for (size_t i = 0; i < message_part_count(v->m) && shown < 4; i++) {
		const struct part *part = message_part(v->m, i);

		if (!view_is_attached(part))
			continue;
		buf_reset(&name);
		view_part_name(v->m, part, &name);
		PUT(p->out, H(" <bdi>"), TB(&name), H("</bdi>"));
		shown++;
	}
	out_adds(p->out, "</p>\n");
	buf_fini(&url);
	buf_fini(&name);
}

void
view_head(struct view *v)
{
	const struct message_fields *f = message_fields(v->m);
	struct page *p = v->p;
	struct str from = f->from, address = STR("");

	page_mailbox(from, &address);
	out_adds(p->out, "<header class=\"message-head\">\n");
	if (v->part.n > 0) {
		struct buf url = BUF_INIT, path = BUF_INIT;

		buf_addf(&path, "view/%s?tab=attachments", v->row.id);
		page_url(p, path.data, &url);
		PUT(p->out, H("<p class=\"inner\">Attached to <a href=\""),
		    TB(&url), H("\" dir=\"auto\">"),
		    T(v->row.subject.n ? v->row.subject : STR("a message")),
		    H("</a></p>\n"));
		buf_fini(&url);
		buf_fini(&path);
	}
	PUT(p->out, H("<h1 dir=\"auto\">"),
	    T(f->subject.n ? f->subject : STR("no subject")),
	    H("</h1>\n<dl>\n"));
	people(v, "From", f->from, "unknown sender");
	people(v, "To", f->to, "undisclosed recipients");
	people(v, "Cc", f->cc, NULL);
	people(v, "Bcc", f->bcc, NULL);
	people(v, "Reply-To", f->reply_to, NULL);
	if (f->return_path.n > 0 && !str_ieq(f->return_path, address))
		PUT(p->out, H("<div><dt>Return-Path</dt><dd><bdi>"),
		    T(f->return_path), H("</bdi></dd></div>\n"));
	when_row(v);
	if (v->part.n == 0 && f->username.n > 0)
		PUT(p->out,
		    H("<div><dt>Username</dt><dd><bdi title=\"Who logged in "
		      "to send this\">"),
		    T(f->username), H("</bdi></dd></div>\n"));
	unsubscribe_row(v);
	if (v->part.n == 0)
		tags_row(v);
	out_adds(p->out, "</dl>\n");
	attached_row(v);
	out_adds(p->out, "</header>\n");
}
