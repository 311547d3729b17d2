/* SPDX-License-Identifier: MIT */
/* ask_index.c: an index on standard input and output, for e2e_index.py */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "index/index.h"
#include "mail/tag.h"

/*
 *   ask-index MAILDIR FOLDER [dates] [duplicates] [plain-tags]
 *
 * Each line is a command; each answer ends with a line "ok" or "failed".
 *
 *   list START LIMIT [QUERY]      find ID|latest [QUERY]    near ID [QUERY]
 *   read|unread|delete|trash WHO  restore GROUP             tags
 *   put NAME,... WHO              add|drop NAME WHO         build
 *   rename FROM TO                remove NAME               follow
 *   events NUMBER                 last                      deleted FROM
 *
 * WHO is "all", "?QUERY", or IDs. Blanks in tags are written as "+".
 */

#define IDS_MAX 2000

static struct index *x;

static void
print_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\n')
			fputc('|', stdout);
		else if (s.p[i] == '\t')
			fputc('<', stdout);
		else
			fputc(s.p[i], stdout);
	fputc('\t', stdout);
}

static bool
print_row(void *arg, const struct index_row *r)
{
	const struct str texts[] = {r->name, r->from, r->to, r->cc, r->bcc,
	    r->reply_to, r->subject, r->message_id, r->return_path, r->username,
	    r->snippet, r->tags};
	struct index_counts *c = arg;

	if (c != NULL)
		c->total = UINT64_MAX;
	printf("row\t%s\t%d\t%d\t%" PRId64 "\t%" PRIu64 "\t%" PRIu64
	       "\t%" PRIu64 "\t",
	    r->id, r->in_new, r->read, r->created, r->size, r->attachments,
	    r->inlines);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		print_text(texts[i]);
	fputc('\n', stdout);
	return true;
}

/* NULL also without a query; then *bad stays as it is. */
static struct query *
parse(struct str text, bool *bad)
{
	struct buf why = BUF_INIT;
	struct query *q = NULL;

	text = str_trim(text);
	if (text.n > 0) {
		q = query_parse(text, STR("UTC"), &why);
		if (q == NULL) {
			printf("error\t%s\n", why.data);
			*bad = true;
		}
	}
	buf_fini(&why);
	return q;
}

static int
do_list(struct str rest)
{
	struct index_page page = {.limit = 0};
	struct index_counts counts;
	bool bad = false;
	struct query *q;
	int rc = -1;

	(void)str_u64(str_word(&rest), &page.start);
	(void)str_u64(str_word(&rest), &page.limit);
	q = parse(rest, &bad);
	if (!bad)
		rc = index_list(x, q, &page, &counts, print_row, NULL);
	if (rc == 0)
		printf("counts\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
		       "\n",
		    counts.total, counts.unread, counts.matches,
		    counts.matches_unread);
	query_free(q);
	return rc;
}

static int
do_find(struct str rest)
{
	struct str id = str_word(&rest);
	char *text = mem_dup(id.p, id.n);
	struct buf memory = BUF_INIT;
	struct index_row row;
	bool bad = false;
	struct query *q = parse(rest, &bad);
	enum index_found found = INDEX_FAILED;

	if (!bad)
		found = index_find(x, strcmp(text, "latest") == 0 ? NULL : text,
		    q, &memory, &row);
	if (found == INDEX_FOUND)
		(void)print_row(NULL, &row);
	query_free(q);
	buf_fini(&memory);
	free(text);
	return found == INDEX_FAILED ? -1 : 0;
}

static int
do_near(struct str rest)
{
	struct str id = str_word(&rest);
	char *text = mem_dup(id.p, id.n);
	char newer[ID_SIZE], older[ID_SIZE];
	bool bad = false;
	struct query *q = parse(rest, &bad);
	int rc = bad ? -1 : index_neighbours(x, text, q, newer, older);

	if (rc == 0)
		printf("near\t%s\t%s\n", newer, older);
	query_free(q);
	free(text);
	return rc;
}

/* A set, and what it borrows. */
struct who {
	struct index_set set;
	struct query *query;
	char (*ids)[ID_SIZE];
};

static bool
read_who(struct str rest, struct who *w)
{
	bool bad = false;
	size_t n = 0;

	*w = (struct who){.query = NULL};
	rest = str_trim(rest);
	if (str_eq(rest, STR("all"))) {
		w->set.all = true;
	} else if (str_begins(rest, STR("?"))) {
		w->query = parse(str_skip(rest, 1), &bad);
		w->set.query = w->query;
	} else {
		w->ids = mem_new(IDS_MAX * sizeof(*w->ids));
		while (rest.n > 0 && n < IDS_MAX) {
			struct str id = str_word(&rest);

			if (id.n == ID_LENGTH)
				memcpy(w->ids[n++], id.p, ID_LENGTH);
		}
		w->set.ids = (const char(*)[ID_SIZE])w->ids;
		w->set.count = n;
	}
	return !bad;
}

static struct buf
read_tag(struct str *rest)
{
	struct buf out = BUF_INIT;
	struct str word = str_word(rest);

	for (size_t i = 0; i < word.n; i++)
		buf_addc(&out, word.p[i] == '+' ? ' ' : word.p[i]);
	return out;
}

static int
do_change(struct str verb, struct str rest)
{
	struct index_changed done = {0};
	struct buf tag = BUF_INIT, list = BUF_INIT;
	char group[ID_SIZE] = "";
	struct who w;
	int rc = -1;

	if (str_eq(verb, STR("put")) || str_eq(verb, STR("add")) ||
	    str_eq(verb, STR("drop")))
		tag = read_tag(&rest);
	if (!read_who(rest, &w))
		rc = -1;
	else if (str_eq(verb, STR("read")) || str_eq(verb, STR("unread")))
		rc = index_mark(x, &w.set, str_eq(verb, STR("read")), &done);
	else if (str_eq(verb, STR("delete")))
		rc = index_delete(x, &w.set, &done);
	else if (str_eq(verb, STR("trash")))
		rc = index_trash(x, &w.set, &done, group);
	else if (str_eq(verb, STR("put"))) {
		tag_add_commas(&list, buf_str(&tag));
		rc = index_set_tags(x, &w.set, buf_str(&list), &done);
	} else {
		rc = index_add_tag(
		    x, &w.set, buf_str(&tag), str_eq(verb, STR("drop")), &done);
	}
	printf("changed\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\n",
	    done.changed, done.refused, done.unknown, group);
	query_free(w.query);
	free(w.ids);
	buf_fini(&tag);
	buf_fini(&list);
	return rc;
}

static int
do_restore(struct str rest)
{
	struct index_changed done;
	char *group = mem_dup(rest.p, rest.n);
	int rc = index_restore(x, group, &done);

	printf("changed\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t\n",
	    done.changed, done.refused, done.unknown);
	free(group);
	return rc;
}

static int
do_tags(void)
{
	struct buf out = BUF_INIT;
	int rc = index_tags(x, true, &out);

	fputs(out.data, stdout);
	buf_fini(&out);
	return rc;
}

static int
do_rename(struct str rest, bool away)
{
	struct buf from = read_tag(&rest), to = read_tag(&rest);
	enum index_tag_verdict v =
	    away ? index_remove_tag(x, buf_str(&from))
		 : index_rename_tag(x, buf_str(&from), buf_str(&to));

	printf("verdict\t%d\n", v);
	buf_fini(&from);
	buf_fini(&to);
	return v == INDEX_TAG_FAILED ? -1 : 0;
}

static bool
print_event(void *arg, const struct index_happening *h)
{
	static const char *const names[] = {
	    "new", "read", "unread", "tags", "delete", "reload", "truncate"};

	(void)arg;
	printf(
	    "event\t%" PRIu64 "\t%s\t%s\n", h->number, names[h->event], h->id);
	return true;
}

static int
do_events(struct str rest)
{
	uint64_t after = 0;

	(void)str_u64(rest, &after);
	return index_follow(x) == 0 ? index_events(x, after, print_event, NULL)
				    : -1;
}

static int
do_progress(void)
{
	uint64_t done, all;

	if (!index_is_building(x, &done, &all))
		return -1;
	printf("%" PRIu64 "\t%" PRIu64 "\n", done, all);
	return 0;
}

static int
do_last(void)
{
	uint64_t number;
	int rc = index_follow(x) == 0 ? index_last_event(x, &number) : -1;

	if (rc == 0)
		printf("%" PRIu64 "\n", number);
	return rc;
}

static int
answer(struct str line)
{
	struct str rest = line, verb = str_word(&rest);
	uint64_t from = 0;

	rest = str_trim_crlf(rest);
	if (str_eq(verb, STR("list")))
		return do_list(rest);
	if (str_eq(verb, STR("find")))
		return do_find(rest);
	if (str_eq(verb, STR("near")))
		return do_near(rest);
	if (str_eq(verb, STR("restore")))
		return do_restore(rest);
	if (str_eq(verb, STR("tags")))
		return do_tags();
	if (str_eq(verb, STR("rename")) || str_eq(verb, STR("remove")))
		return do_rename(rest, str_eq(verb, STR("remove")));
	if (str_eq(verb, STR("events")))
		return do_events(rest);
	if (str_eq(verb, STR("last")))
		return do_last();
	if (str_eq(verb, STR("build")))
		return index_build(x);
	if (str_eq(verb, STR("follow")))
		return index_follow(x);
	if (str_eq(verb, STR("progress")))
		return do_progress();
	if (str_eq(verb, STR("deleted"))) {
		(void)str_u64(rest, &from);
		printf("%" PRIu64 "\n", index_deleted(x, (int64_t)from));
		return 0;
	}
	return do_change(verb, rest);
}

static struct index_options
read_options(int argc, char **argv)
{
	struct index_options o = {.maildir = argv[1],
	    .folder = argv[2],
	    .tags_from_header = true,
	    .tags_from_plus = true};

	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "dates") == 0)
			o.use_message_dates = true;
		else if (strcmp(argv[i], "duplicates") == 0)
			o.ignore_duplicate_ids = true;
		else if (strcmp(argv[i], "impatient") == 0)
			o.patience = 1;
		else if (strcmp(argv[i], "plain-tags") == 0)
			o.tags_from_header = o.tags_from_plus = false;
	}
	return o;
}

int
main(int argc, char **argv)
{
	struct buf why = BUF_INIT;
	struct index_options o;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (argc < 3)
		return 64;
	o = read_options(argc, argv);
	x = index_open(&o, &why);
	if (x == NULL) {
		log_error("%s", why.data);
		buf_fini(&why);
		return 1;
	}
	while ((n = getline(&line, &cap, stdin)) > 0) {
		struct str text = str_trim_crlf(str_make(line, (size_t)n));

		puts(answer(text) == 0 ? "ok" : "failed");
		fflush(stdout);
	}
	free(line);
	index_close(x);
	return 0;
}
