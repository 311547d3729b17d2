/* SPDX-License-Identifier: MIT */
/* dump_mime.c: print all that mime/message.h tells of a file, as JSON */

/*
 * dump-mime [-q] [-i ID] FILE...
 *
 * Prints an array with one object for each file; -i gives the ID in the files'
 * names. -q prints only the highest memory use in KiB, after asking the same.
 * Texts are JSON strings; decoded parts come in base64 with their sizes.
 * Whatever is not valid UTF-8 ends the program: then a promise was broken.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/io.h"
#include "mail/mailbox.h"
#include "mime/message.h"

#define FILE_MAX ((size_t)1 << 30)

static bool quiet;

static void
text(struct str s)
{
	if (!str_is_utf8(s)) {
		fprintf(stderr, "dump-mime: not UTF-8\n");
		abort();
	}
	if (quiet)
		return;
	putchar('"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 32 || c == '"' || c == '\\' || c == 127)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void
say(const char *s)
{
	if (!quiet)
		fputs(s, stdout);
}

static void
member(const char *name, struct str value)
{
	say("\"");
	say(name);
	say("\":");
	text(value);
	say(",\n");
}

static void
number(const char *name, long long value)
{
	if (!quiet)
		printf("\"%s\":%lld,\n", name, value);
}

static void
list(const char *name, struct str mailboxes)
{
	struct str display, address;
	bool first = true;

	say("\"");
	say(name);
	say("\":[");
	while (mailbox_next(&mailboxes, &display, &address)) {
		say(first ? "[" : ",[");
		first = false;
		text(display);
		say(",");
		text(address);
		say("]");
	}
	say("],\n");
}

static void
fields(const struct message *m)
{
	const struct message_fields *f = message_fields(m);
	struct buf links = BUF_INIT, errors = BUF_INIT;

	list("from", f->from);
	list("to", f->to);
	list("cc", f->cc);
	list("bcc", f->bcc);
	list("reply_to", f->reply_to);
	member("return_path", f->return_path);
	member("subject", f->subject);
	member("message_id", f->message_id);
	member("username", f->username);
	member("tags_header", f->tags_header);
	member("tags_plus", f->tags_plus);
	number("has_date", f->has_date);
	number("date", f->date);
	number("date_offset", f->date_offset);
	member("list_unsubscribe", f->list_unsubscribe);
	member("list_unsubscribe_post", f->list_unsubscribe_post);
	message_unsubscribe(m, &links, &errors);
	member("unsubscribe_links", buf_str(&links));
	member("unsubscribe_errors", buf_str(&errors));
	buf_fini(&links);
	buf_fini(&errors);
}

static void
headers(const struct message *m)
{
	say("\"headers\":[");
	for (size_t i = 0; i < message_header_count(m); i++) {
		struct header_field h = message_header(m, i);
		struct buf decoded = BUF_INIT;

		message_decode_header(&decoded, h.value);
		say(i == 0 ? "[" : ",\n[");
		text(h.name);
		say(",");
		text(h.value);
		say(",");
		text(buf_str(&decoded));
		say("]");
		buf_fini(&decoded);
	}
	say("],\n");
}

static void
content(const struct message *m, const struct part *p)
{
	struct buf octets = BUF_INIT, coded = BUF_INIT;

	message_part_content(m, p, &octets);
	if (octets.len != message_part_size(m, p)) {
		fprintf(stderr, "dump-mime: the size is not that\n");
		abort();
	}
	if (strncmp(p->type, "text/", 5) == 0 &&
	    !str_is_utf8(buf_str(&octets))) {
		fprintf(stderr, "dump-mime: a text is not UTF-8\n");
		abort();
	}
	number("size", (long long)octets.len);
	if (!quiet)
		codec_base64_encode(&coded, buf_str(&octets));
	member("content", buf_str(&coded));
	buf_fini(&octets);
	buf_fini(&coded);
}

static void message(struct message *m, unsigned depth);

static void
part(const struct message *m, size_t index, unsigned depth)
{
	const struct part *p = message_part(m, index);

	say("{");
	member("id", str_of(p->id));
	member("type", str_of(p->type));
	member("charset", str_of(p->charset));
	member("file_name", str_of(p->file_name));
	member("content_id", str_of(p->content_id));
	member("description", str_of(p->description));
	number("disposition", (long long)p->disposition);
	number("role", (long long)p->role);
	number("depth", p->depth);
	number("parent", (long long)p->parent);
	number("signed_or_sealed", p->signed_or_sealed);
	number("truncated", p->truncated);
	if (p->role != PART_CONTAINER)
		content(m, p);
	if (p->is_message && depth < 3) {
		struct message *nested = message_open_nested(m, p);

		say("\"message\":");
		message(nested, depth + 1);
		say(",\n");
		message_free(nested);
	}
	/* Looking each of 10,000 up would be the square of them. */
	number(
	    "found", index < 200 && message_find_part(m, str_of(p->id)) == p);
	say("\"end\":0}");
}

static void
message(struct message *m, unsigned depth)
{
	struct buf linked = BUF_INIT;

	say("{");
	fields(m);
	headers(m);
	member("note", str_of(message_note(m)));
	say("\"parts\":[");
	for (size_t i = 0; i < message_part_count(m); i++) {
		say(i == 0 ? "" : ",\n");
		part(m, i, depth);
	}
	say("],\n");
	member("html", message_html(m));
	member("plain", message_plain(m));
	member("text", message_text(m));
	member("snippet", message_snippet(m));
	member("search", message_search_text(m));
	message_html_linked(m, "part/", &linked);
	member("linked", buf_str(&linked));
	buf_fini(&linked);
	number("attachments", (long long)message_attachments(m));
	number("inlines", (long long)message_inlines(m));
	say("\"end\":0}");
}

/* Of this program alone, in KiB; getrusage() tells that of its parent too. */
static long
peak(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kib = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kib;
}

static bool
dump(const char *path, const char *id)
{
	struct message *m;
	char *octets;
	size_t n;

	octets = io_read_file(path, FILE_MAX, &n);
	if (octets == NULL) {
		perror(path);
		return false;
	}
	m = message_new(octets, n, id);
	message(m, 0);
	message_free(m);
	return true;
}

int
main(int argc, char **argv)
{
	const char *id = "";
	int c;

	while ((c = getopt(argc, argv, "qi:")) != -1) {
		if (c == 'q')
			quiet = true;
		else if (c == 'i')
			id = optarg;
		else
			return 64;
	}
	if (optind >= argc)
		return 64;
	say("[");
	for (int i = optind; i < argc; i++) {
		say(i > optind ? ",\n" : "");
		if (!dump(argv[i], id))
			return 1;
	}
	say("]\n");
	if (quiet)
		printf("%ld\n", peak());
	return 0;
}
