/* SPDX-License-Identifier: MIT */
/* page_parts.c: what is attached to a message, or lies within it */
#include "base/codec.h"
#include "base/digest.h"
#include "web/calendar.h"
#include "web/page_view.h"

#define PREVIEW_MAX (20u * 1024 * 1024) /* octets of a picture */

static const struct {
	struct str begin; /* of the type */
	enum icon icon;
	const char *word;
} kinds[] = {
    {STR("image/"), ICON_IMAGE, "Image"},
    {STR("message/rfc822"), ICON_MAIL, "Message"},
    {STR("text/calendar"), ICON_CALENDAR, "Calendar"},
    {STR("text/html"), ICON_CODE, "HTML"},
    {STR("text/"), ICON_FILE, "Text"},
    {STR("application/pdf"), ICON_FILE, "PDF"},
    {STR("audio/"), ICON_FILE, "Audio"},
    {STR("video/"), ICON_FILE, "Video"},
    {STR(""), ICON_FILE, "File"},
};

static size_t
kind_of(const struct part *part)
{
	size_t i = 0;

	while (!str_begins(str_of(part->type), kinds[i].begin))
		i++;
	return i;
}

static const char *
role_of(const struct part *part)
{
	switch (part->role) {
	case PART_ATTACHMENT:
		return "attachment";
	case PART_INLINE:
		return "inline";
	default:
		return "part";
	}
}

static void
part_url(struct view *v, const struct part *part, struct buf *out)
{
	const char *root = v->p->w->settings.webroot;

	if (v->part.n > 0)
		buf_addf(out, "%sinner/%s/%.*s,%s", root, v->row.id,
		    STR_ARG(v->part), part->id);
	else
		buf_addf(out, "%sapi/v1/message/%s/part/%s", root, v->row.id,
		    part->id);
}

static void
preview(struct view *v, const struct part *part, uint64_t size)
{
	struct out *o = v->p->out;
	size_t kind = kind_of(part);
	struct buf url = BUF_INIT;

	out_adds(o, "<span class=\"preview\">");
	/* Small pictures are made of parts of the outermost message. */
	if (kinds[kind].icon == ICON_IMAGE && v->part.n == 0 &&
	    size <= PREVIEW_MAX) {
		part_url(v, part, &url);
		PUT(o,
		    H("<img loading=\"lazy\" width=\"180\" height=\"120\" "
		      "alt=\"\" src=\""),
		    TB(&url), H("/thumb\">"));
	} else {
		page_icon(o, kinds[kind].icon);
		PUT(o, H("<span class=\"word\">"), TS(kinds[kind].word),
		    H("</span>"));
	}
	out_adds(o, "</span>");
	buf_fini(&url);
}

static void
checksum(struct out *o, const char *name, struct str digest)
{
	struct buf hex = BUF_INIT;

	codec_hex_encode(&hex, digest, '\0');
	PUT(o, H("<div><dt>"), TS(name), H("</dt><dd><code class=\"sum\">"),
	    TB(&hex), H("</code></dd></div>"));
	buf_fini(&hex);
}

static void
details(struct view *v, const struct part *part, struct str content)
{
	unsigned char md5[DIGEST_MD5_SIZE], sha1[DIGEST_SHA1_SIZE];
	unsigned char sha256[DIGEST_SHA256_SIZE];
	struct out *o = v->p->out;

	digest_md5(content, md5);
	digest_sha1(content, STR(""), sha1);
	digest_sha256(content, sha256);
	PUT(o,
	    H("<details><summary>Details</summary><dl><div><dt>Part</dt>"
	      "<dd>"),
	    TS(part->id), H("</dd></div><div><dt>Type</dt><dd>"),
	    TS(part->type), TS(part->charset[0] ? "; " : ""), TS(part->charset),
	    H("</dd></div><div><dt>Role</dt><dd>"), TS(role_of(part)),
	    H("</dd></div>"));
	if (part->content_id[0])
		PUT(o, H("<div><dt>Content-ID</dt><dd><bdi>"),
		    TS(part->content_id), H("</bdi></dd></div>"));
	checksum(o, "MD5", str_make((const char *)md5, sizeof(md5)));
	checksum(o, "SHA1", str_make((const char *)sha1, sizeof(sha1)));
	checksum(o, "SHA256", str_make((const char *)sha256, sizeof(sha256)));
	out_adds(o, "</dl></details>\n");
}

static void
event_row(struct out *o, const char *name, const struct buf *value)
{
	struct str rest = buf_str(value);

	if (rest.n == 0)
		return;
	PUT(o, H("<div><dt>"), TS(name), H("</dt><dd dir=\"auto\">"));
	while (rest.n > 0) {
		PUT(o, T(str_cut(&rest, '\n')));
		if (rest.n > 0)
			out_adds(o, "<br>");
	}
	out_adds(o, "</dd></div>");
}

static void
events(struct view *v, struct str content)
{
	struct out *o = v->p->out;
	struct calendar_event e;

	for (size_t n = 0; n < CALENDAR_EVENTS && calendar_next(&content, &e);
	     n++) {
		PUT(o, H("<div class=\"event\"><h3 dir=\"auto\">"),
		    T(e.summary.len ? buf_str(&e.summary) : STR("Event")),
		    H("</h3><dl>"));
		if (e.end.len > 0) {
			buf_adds(&e.start, " \xe2\x80\x93 ");
			buf_add_str(&e.start, buf_str(&e.end));
		}
		if (e.repeats)
			buf_adds(&e.start, " (repeats)");
		if (e.attendee_count > CALENDAR_PEOPLE)
			buf_addf(&e.attendees, "\nand %zu more",
			    e.attendee_count - CALENDAR_PEOPLE);
		event_row(o, "When", &e.start);
		event_row(o, "Where", &e.location);
		event_row(o, "Status", &e.status);
		event_row(o, "Organizer", &e.organizer);
		event_row(o, "Attendees", &e.attendees);
		event_row(o, "URL", &e.url);
		event_row(o, "Description", &e.description);
		out_adds(o, "</dl></div>\n");
		calendar_fini(&e);
	}
}

static void
open_links(struct view *v, const struct part *part)
{
	struct page *p = v->p;
	struct buf url = BUF_INIT, path = BUF_INIT;

	out_adds(p->out, "<p class=\"part-links\">");
	if (part->is_message) {
		buf_addf(&path, "view/%s?part=%.*s%s%s", v->row.id,
		    STR_ARG(v->part), v->part.n ? "," : "", part->id);
		page_url(p, path.data, &url);
		PUT(p->out, H("<a class=\"button small\" href=\""), TB(&url),
		    H("\">"));
		ICON(p, ICON_MAIL);
		out_adds(p->out, " Open</a> ");
		buf_reset(&url);
	}
	part_url(v, part, &url);
	PUT(p->out, H("<a class=\"button small\" download=\""),
	    TS(part->file_name), H("\" href=\""), TB(&url), H("\">"));
	ICON(p, ICON_DOWNLOAD);
	out_adds(p->out, " Download</a></p>");
	buf_fini(&url);
	buf_fini(&path);
}

static void
card(struct view *v, const struct part *part)
{
	struct out *o = v->p->out;
	struct buf content = BUF_INIT, size = BUF_INIT, name = BUF_INIT;

	message_part_content(v->m, part, &content);
	page_size(&size, content.len);
	view_part_name(v->m, part, &name);
	PUT(o, H("<li class=\"part\" id=\"part-"), TS(part->id), H("\">"));
	preview(v, part, content.len);
	PUT(o, H("<h2 dir=\"auto\">"), TB(&name),
	    H("</h2><p class=\"part-facts\">"), TS(part->type), H(" <span>"),
	    TB(&size), H("</span> <span class=\"role\">"), TS(role_of(part)),
	    H("</span></p>"));
	open_links(v, part);
	details(v, part, buf_str(&content));
	if (str_eq(str_of(part->type), STR("text/calendar")))
		events(v, buf_str(&content));
	out_adds(o, "</li>\n");
	buf_fini(&content);
	buf_fini(&size);
	buf_fini(&name);
}

void
view_parts(struct view *v)
{
	out_adds(v->p->out, "<ul class=\"parts\" role=\"list\">\n");
	for (size_t i = 0; i < message_part_count(v->m); i++)
		if (view_is_attached(message_part(v->m, i)))
			card(v, message_part(v->m, i));
	out_adds(v->p->out, "</ul>\n");
}
