/* SPDX-License-Identifier: MIT */
/* api_extract.c: calls of ours: what is in a message, what was odd about it */

#include "mime/html.h"
#include "web/api.h"
#include "web/extract.h"

static void
put_found(struct out *o, const char *name, const struct extract_found *all,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		out_addf(o, "%s{\"%s\":", i > 0 ? "," : "", name);
		out_json(o, all[i].value);
		out_adds(o, ",\"Context\":");
		out_json(o, all[i].context);
		out_adds(o, "}");
	}
}

void
api_extract(struct web *w)
{
	struct extract e = {.link_count = 0};
	struct buf html = BUF_INIT;
	struct api_message m;
	struct str subject, plain;

	if (!api_take(w, &m))
		return;
	subject = message_fields(m.message)->subject;
	plain = message_plain(m.message);
	if (message_html(m.message).n > 0)
		html_to_text(message_html(m.message), &html);
	extract_links(&e, plain);
	extract_links(&e, buf_str(&html));
	extract_codes(&e, subject, plain);
	extract_codes(&e, subject, buf_str(&html));
	api_json(w);
	out_adds(&w->out, "{\"ID\":");
	out_json(&w->out, str_of(m.row.id));
	out_adds(&w->out, ",\"Links\":[");
	put_found(&w->out, "URL", e.links, e.link_count);
	out_adds(&w->out, "],\"Codes\":[");
	put_found(&w->out, "Code", e.codes, e.code_count);
	out_adds(&w->out, "]}\n");
	extract_fini(&e);
	buf_fini(&html);
	api_release_message(&m);
}

/* finding CODE COUNT TEXT */
static bool
put_finding(struct out *o, struct str line, const char *comma)
{
	struct str word = str_cut(&line, ' ');
	struct str code = str_cut(&line, ' '), count = str_cut(&line, ' ');
	uint64_t number;

	if (!str_eq(word, STR("finding")) || !str_u64(count, &number))
		return false;
	out_addf(o, "%s{\"Code\":", comma);
	out_json(o, code);
	out_addf(o, ",\"Count\":%llu,\"Text\":", (unsigned long long)number);
	out_json(o, line);
	out_adds(o, "}");
	return true;
}

/* param MAIL KEY[=VALUE], param RCPT <address> KEY[=VALUE] */
static bool
put_parameter(struct out *o, struct str line, const char *comma)
{
	struct str word = str_cut(&line, ' ');
	struct str verb = str_cut(&line, ' '), address = line;

	if (!str_eq(word, STR("param")))
		return false;
	/* The address may hold blanks: the parameter follows the last. */
	while (address.n > 0 && address.p[address.n - 1] != ' ')
		address.n--;
	line = str_skip(line, address.n);
	address = str_trim(address);
	if (address.n >= 2)
		address = str_make(address.p + 1, address.n - 2);
	out_addf(o, "%s{\"Command\":", comma);
	out_json(o, verb);
	out_adds(o, ",\"Address\":");
	out_json(o, address);
	out_adds(o, ",\"Parameter\":");
	out_json(o, line);
	out_adds(o, "}");
	return true;
}

static void
put_lines(struct out *o, struct str text,
    bool (*put)(struct out *o, struct str line, const char *comma))
{
	const char *comma = "";

	while (text.n > 0)
		if (put(o, str_cut(&text, '\n'), comma))
			comma = ",";
}

void
api_findings(struct web *w)
{
	const struct reader *r;
	struct buf text = BUF_INIT;
	struct api_message m;

	if (!api_take(w, &m))
		return;
	r = index_reader(w->index);
	/* No file: there is nothing to say. */
	if (reader_side(r->findings, m.row.id, &text) != 0)
		buf_reset(&text);
	api_json(w);
	out_adds(&w->out, "{\"ID\":");
	out_json(&w->out, str_of(m.row.id));
	out_adds(&w->out, ",\"Findings\":[");
	put_lines(&w->out, buf_str(&text), put_finding);
	out_adds(&w->out, "],\"Parameters\":[");
	put_lines(&w->out, buf_str(&text), put_parameter);
	out_adds(&w->out, "],\"Note\":");
	out_json(&w->out, str_of(message_note(m.message)));
	out_adds(&w->out, "}\n");
	buf_fini(&text);
	api_release_message(&m);
}

void
api_release(struct web *w)
{
	struct jread *j;
	struct api_message m;

	if (!api_find(w, w->cgi.segments[3], API_MISSING_PAGE, &m))
		return;
	j = api_body(w);
	if (j != NULL) {
		const struct jvalue *to = jread_array(j, jread_root(j), "To");

		if (api_body_ends(w, j))
			out_error(&w->out, 400,
			    jread_count(to) == 0
				? "No valid addresses found"
				: "SMTP error: no relay is configured");
	}
	jread_free(j);
	api_release_message(&m);
}
