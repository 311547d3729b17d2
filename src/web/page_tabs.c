/* SPDX-License-Identifier: MIT */
/* page_tabs.c: HTML, its source, text, headers, and the message as it came */
#include <stdlib.h>
#include <string.h>

#include "web/markup.h"
#include "web/page_view.h"

#define SHOWN_MAX (2u * 1024 * 1024) /* octets of source on a page */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name, *title;
	enum icon icon;
} widths[] = {
    {"phone", "Phone", ICON_PHONE},
    {"tablet", "Tablet", ICON_TABLET},
    {"full", "Full width", ICON_SCREEN},
};

static size_t
chosen_width(const struct view *v)
{
	struct str wanted = cgi_parameter(&v->p->w->cgi, "width", NULL);

	for (size_t i = 0; i < COUNT(widths); i++)
		if (str_eq(wanted, str_of(widths[i].name)))
			return i;
	return COUNT(widths) - 1;
}

void
view_document_url(const struct view *v, struct buf *out)
{
	const char *root = v->p->w->settings.webroot;

	if (v->part.n > 0)
		buf_addf(out, "%sinner/%s/%.*s.html", root, v->row.id,
		    STR_ARG(v->part));
	else
		buf_addf(out, "%sview/%s.html?embed=1", root, v->row.id);
	if (v->remote)
		buf_adds(out, v->part.n > 0 ? "?remote=1" : "&remote=1");
}

static void
width_links(struct view *v, size_t chosen)
{
	struct out *o = v->p->out;

	out_adds(o, "<span class=\"widths\" id=\"widths\">");
	for (size_t i = 0; i < COUNT(widths); i++) {
		struct buf url = BUF_INIT;

		view_url(v, VIEW_HTML, &url);
		PUT(o, H("<a class=\"tool\" data-width=\""), TS(widths[i].name),
		    H("\" href=\""), TB(&url), H("&amp;width="),
		    TS(widths[i].name), TS(v->remote ? "&remote=1" : ""),
		    H("\" title=\""), TS(widths[i].title), H("\""),
		    IF(i == chosen, " aria-current=\"true\""), H(">"));
		page_icon(o, widths[i].icon);
		PUT(o, H("<span class=\"vh\">"), TS(widths[i].title),
		    H("</span></a>"));
		buf_fini(&url);
	}
	out_adds(o, "</span>");
}

static void
remote_bar(struct view *v)
{
	struct out *o = v->p->out;
	struct buf url = BUF_INIT;

	if (!markup_is_remote(message_html(v->m)))
		return;
	view_url(v, VIEW_HTML, &url);
	out_adds(o, "<p class=\"remote\">");
	page_icon(o, ICON_INFO);
	if (v->remote)
		PUT(o, H(" <span>Remote content is shown.</span> <a href=\""),
		    TB(&url), H("\">Hide it</a></p>\n"));
	else
		PUT(o,
		    H(" <span>Remote content is off.</span> "
		      "<a id=\"show-remote\" href=\""),
		    TB(&url), H("&amp;remote=1\">Show it</a></p>\n"));
	buf_fini(&url);
}

void
view_html(struct view *v)
{
	struct out *o = v->p->out;
	size_t width = chosen_width(v);
	struct buf url = BUF_INIT;

	view_document_url(v, &url);
	out_adds(o, "<div class=\"html-bar\">");
	width_links(v, width);
	remote_bar(v);
	PUT(o,
	    H("<a class=\"plain\" target=\"_blank\" rel=\"noopener\" "
	      "href=\""),
	    TB(&url), H("\">"));
	page_icon(o, ICON_OPEN);
	out_adds(o, " <span>Open in a tab</span></a></div>\n");
	PUT(o, H("<div class=\"stage width-"), TS(widths[width].name),
	    H("\" id=\"stage\"><iframe id=\"frame\" title=\"HTML of the "
	      "message\" sandbox=\"allow-popups "
	      "allow-popups-to-escape-sandbox\" src=\""),
	    TB(&url), H("\"></iframe></div>\n"));
	buf_fini(&url);
}

/* Cuts what is too long for a page, between two characters. */
static struct str
shown(struct view *v, struct str s)
{
	if (s.n <= SHOWN_MAX)
		return s;
	s.n = SHOWN_MAX;
	while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
		s.n--;
	page_notice(v->p, "",
	    STR("This is only the beginning; the whole can "
		"be downloaded."));
	return s;
}

static void
wrap_button(struct out *o)
{
	out_adds(o, "<p class=\"pre-bar js-only\"><label><input "
		    "type=\"checkbox\" id=\"wrap\" checked> Wrap lines"
		    "</label></p>\n");
}

void
view_source(struct view *v)
{
	struct str html = shown(v, message_html(v->m));

	wrap_button(v->p->out);
	out_adds(v->p->out, "<pre class=\"code\" tabindex=\"0\" "
			    "aria-label=\"HTML source\"><code>");
	markup_source(v->p->out, html);
	out_adds(v->p->out, "</code></pre>\n");
}

void
view_text(struct view *v)
{
	struct str text = message_text(v->m);

	if (text.n == 0) {
		out_adds(v->p->out, "<p class=\"nothing\">This message has no "
				    "text.</p>\n");
		return;
	}
	if (message_plain(v->m).n == 0)
		out_adds(v->p->out, "<p class=\"aside\">The message has no "
				    "text of its own; this was made from its "
				    "HTML.</p>\n");
	out_adds(v->p->out, "<div class=\"plain-text\" dir=\"auto\">");
	markup_text(v->p->out, shown(v, text));
	out_adds(v->p->out, "</div>\n");
}

static void
header_row(struct view *v, struct header_field field, struct buf *decoded)
{
	struct out *o = v->p->out;

	buf_reset(decoded);
	message_decode_header(decoded, field.value);
	PUT(o, H("<tr><th scope=\"row\">"), T(field.name),
	    H("</th><td dir=\"auto\">"), TB(decoded));
	if (!str_eq(buf_str(decoded), field.value))
		PUT(o, H("<br><small dir=\"ltr\">"), T(field.value),
		    H("</small>"));
	out_adds(o, "</td></tr>\n");
}

void
view_headers(struct view *v)
{
	struct buf decoded = BUF_INIT;

	out_adds(v->p->out,
	    "<p class=\"filter js-only\"><input type=\"search\" "
	    "id=\"header-filter\" placeholder=\"Filter headers\" "
	    "aria-label=\"Filter headers\"> <span id=\"header-none\" "
	    "role=\"status\"></span></p>\n<table class=\"headers\" "
	    "id=\"headers\"><colgroup><col class=\"name\"><col></colgroup>"
	    "<thead class=\"vh\"><tr><th scope=\"col\">Name"
	    "</th><th scope=\"col\">Value</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < message_header_count(v->m); i++)
		header_row(v, message_header(v->m, i), &decoded);
	out_adds(v->p->out, "</tbody></table>\n");
	buf_fini(&decoded);
}

/* Octets of any kind; what is no UTF-8 is shown octet by octet. */
static void
raw_text(struct view *v, struct str s)
{
	struct out *o = v->p->out;

	s = shown(v, s);
	out_adds(o, "<pre class=\"code\" tabindex=\"0\" "
		    "aria-label=\"Message as it came\"><code>");
	while (s.n > 0) {
		size_t n = str_find(s, '\n');
		struct str line = str_make(s.p, n < s.n ? n + 1 : n);

		if (str_is_utf8(line) && !memchr(line.p, '\0', line.n)) {
			out_text(o, line);
		} else {
			for (size_t i = 0; i < line.n; i++) {
				char c = line.p[i];

				if ((unsigned char)c < 128 && c != '\0')
					out_text(o, str_make(&c, 1));
				else
					out_addf(o, "<i>\\x%02x</i>",
					    (unsigned)(unsigned char)c);
			}
		}
		s = str_skip(s, line.n);
	}
	out_adds(o, "</code></pre>\n");
}

void
view_raw(struct view *v)
{
	struct buf content = BUF_INIT;

	wrap_button(v->p->out);
	if (v->inner) {
		message_part_content(
		    v->messages[v->depth - 2], v->inner, &content);
		raw_text(v, buf_str(&content));
	} else {
		raw_text(v, str_make(v->octets, v->size));
	}
	buf_fini(&content);
}
