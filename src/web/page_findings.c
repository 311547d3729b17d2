/* SPDX-License-Identifier: MIT */
/* page_findings.c: how a message came, and what was odd about it */
#include "mail/envelope.h"
#include "web/page_view.h"

static void
finding_row(struct out *o, struct str code, struct str count, struct str text)
{
	PUT(o, H("<li class=\"finding\"><code>"), T(code), H("</code> <span>"),
	    T(text), H("</span>"));
	if (!str_eq(count, STR("1")) && count.n > 0)
		PUT(o, H(" <span class=\"count\">"), T(count),
		    H(" times</span>"));
	out_adds(o, "</li>\n");
}

static void
findings(struct view *v)
{
	struct out *o = v->p->out;
	struct str rest = buf_str(&v->findings);
	const char *note = message_note(v->messages[0]);

	out_adds(o, "<h2>Findings</h2>\n");
	if (v->finding_count == 0) {
		out_adds(o, "<p class=\"good-news\">");
		page_icon(o, ICON_CHECK);
		out_adds(o, " Nothing odd about this message.</p>\n");
		return;
	}
	out_adds(o, "<ul class=\"findings\" role=\"list\">\n");
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		struct str word = str_cut(&line, ' ');

		if (!str_eq(word, STR("finding")) || !str_is_utf8(line))
			continue;
		struct str code = str_cut(&line, ' ');
		struct str count = str_cut(&line, ' ');

		finding_row(o, code, count, line);
	}
	if (note[0])
		finding_row(o, STR("limit"), STR(""), str_of(note));
	out_adds(o, "</ul>\n");
}

static void
parameters(struct view *v)
{
	struct out *o = v->p->out;
	struct str rest = buf_str(&v->findings);

	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		struct str word = str_cut(&line, ' ');

		if (str_eq(word, STR("param")) && str_is_utf8(line))
			PUT(o, H("<div><dt>Parameter</dt><dd><code>"), T(line),
			    H("</code></dd></div>\n"));
	}
}

static void
row(struct out *o, const char *name, struct str value)
{
	if (value.n > 0 && str_is_utf8(value))
		PUT(o, H("<div><dt>"), TS(name), H("</dt><dd><bdi>"), T(value),
		    H("</bdi></dd></div>\n"));
}

static void
envelope(struct view *v)
{
	struct out *o = v->p->out;
	struct envelope e;
	struct str rest, address;

	out_adds(o, "<h2>Delivery</h2>\n<dl class=\"facts-list\">\n");
	if (envelope_read(
		str_make(v->octets, v->size), str_of(v->row.id), &e)) {
		struct buf user = BUF_INIT;

		row(o, "MAIL FROM",
		    e.reverse_path.n ? e.reverse_path : STR("<>"));
		rest = e.recipients;
		while (envelope_recipient(&rest, &address))
			row(o, "RCPT TO", address);
		row(o, "TLS", e.tls);
		envelope_user(&e, &user);
		row(o, "User", buf_str(&user));
		buf_fini(&user);
	} else {
		out_adds(o, "<div><dt>Envelope</dt><dd>Not known: another "
			    "program put this message here.</dd></div>\n");
	}
	parameters(v);
	row(o, "ID", str_of(v->row.id));
	row(o, "File", v->row.name);
	out_adds(o, "</dl>\n");
}

void
view_findings(struct view *v)
{
	findings(v);
	envelope(v);
}
