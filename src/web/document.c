/* SPDX-License-Identifier: MIT */
/* document.c: where links of a mail open, and no connection without asking */

#include "web/document.h"

#include <string.h>

#define AWAY "target=\"_blank\" rel=\"noreferrer noopener\""

/*
 * What stands for a tag. An attribute that comes first wins over one that the
 * message brings; that is no help with <link>, for browsers that look ahead see
 * the second one too. <basefont> stands wherever <link> and <frame> may, and
 * does nothing; <noembed> holds a text, as <iframe> does, and shows nothing.
 */
static const struct {
	struct str name, instead;
	bool leave; /* only where links leave */
	bool unasked; /* only where remote content was not asked for */
} tags[] = {
    {STR("a"), STR("<a " AWAY), true, false},
    {STR("area"), STR("<area " AWAY), true, false},
    {STR("link"), STR("<basefont"), false, true},
    {STR("frame"), STR("<basefont"), false, false},
    {STR("iframe"), STR("<noembed"), false, false},
    {STR("/iframe"), STR("</noembed"), false, false},
};

/* A tag of that name opens here: its name, in any case, and what ends it. */
static bool
opens(struct str html, struct str name)
{
	size_t n = name.n + 1;

	return html.n > n && html.p[n] != '\0' &&
	       strchr(" \t\r\n\f>/", html.p[n]) != NULL &&
	       str_ibegins(str_skip(html, 1), name);
}

/*
 * Returns the octets at '<' that were dealt with. What is no tag but looks like
 * one (in a comment, in a style) comes to no harm.
 */
static size_t
put_tag(struct out *o, struct str html, const struct document *how)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if ((how->leave || !tags[i].leave) &&
		    !(how->remote && tags[i].unasked) &&
		    opens(html, tags[i].name)) {
			out_add(o, tags[i].instead);
			return tags[i].name.n + 1;
		}
	out_add(o, str_make(html.p, 1));
	return 1;
}

void
document_put(struct out *o, struct str html, const struct document *how)
{
	while (html.n > 0 && !o->failed) {
		size_t at = str_find(html, '<');

		out_add(o, str_make(html.p, at));
		html = str_skip(html, at);
		if (html.n > 0)
			html = str_skip(html, put_tag(o, html, how));
	}
}

/*
 * The folder that the images are in, without a scheme, for a proxy may speak
 * TLS for us. A policy has no form for [::1].
 */
static void
image_source(const struct web *w, const char *images, struct buf *source)
{
	struct str host = w->cgi.host;

	if (host.n == 0 || host.p[0] == '[') {
		buf_adds(source, "'self'");
		return;
	}
	buf_add_str(source, host);
	buf_add(source, images, (size_t)(strrchr(images, '/') - images) + 1);
}

void
document_answer(struct web *w, struct message *m, const char *images,
    const struct document *how)
{
	struct buf source = BUF_INIT, html = BUF_INIT;

	message_html_linked(m, images, &html);
	image_source(w, images, &source);
	w->out.images = source.data;
	out_begin(&w->out, 200, "text/html; charset=utf-8",
	    how->remote ? OUT_MAIL_HTML_REMOTE : OUT_MAIL_HTML);
	document_put(&w->out, buf_str(&html), how);
	w->out.images = NULL;
	buf_fini(&source);
	buf_fini(&html);
}
