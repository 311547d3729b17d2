/* SPDX-License-Identifier: MIT */
/* search.c: from a query to the messages that match, newest first */

#include "index/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What the full text finds: shorter ones are looked for in the texts. */
#define GRAM 3
/* So many matches are found and sorted each time; more are remembered. */
#define FEW 300
#define PARAMETERS_MAX (8 * QUERY_TERMS_MAX + 1)

struct search {
	struct index *x;
	struct db_statement *s;
	enum inside_how how;
	struct buf sql;
	struct buf candidates; /* what finds those of each alternative */
	struct buf values[PARAMETERS_MAX];
	int count;
	bool few; /* every alternative so far has few candidates */
	bool all; /* there is an alternative without candidates */
};

/* The column of ft and the same of detail. */
static const struct {
	enum query_field field;
	const char *columns; /* of ft */
	const char *texts[5]; /* of detail */
} places[] = {
    {QUERY_TEXT, "text", {NULL}},
    {QUERY_FROM, "sender", {"sender"}},
    {QUERY_TO, "recipients", {"recipients"}},
    {QUERY_CC, "cc", {"cc"}},
    {QUERY_BCC, "bcc", {"bcc"}},
    {QUERY_REPLY_TO, "reply_to", {"reply_to"}},
    {QUERY_ADDRESSED, "sender recipients cc bcc reply_to",
	{"sender", "recipients", "cc", "bcc", "reply_to"}},
    {QUERY_SUBJECT, "subject", {"subject"}},
    {QUERY_MESSAGE_ID, "message_id", {"message_id"}},
};

/* The first parameter is the key of which INSIDE_ONE asks. */
static struct buf *
parameter_in(struct search *s, struct buf *sql)
{
	if (s->count == PARAMETERS_MAX)
		bug("a query with too many values");
	s->values[s->count] = (struct buf)BUF_INIT;
	buf_addf(sql, "?%d", s->count + 2);
	return &s->values[s->count++];
}

static struct buf *
parameter(struct search *s)
{
	return parameter_in(s, &s->sql);
}

static size_t
place_of(enum query_field field)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].field == field)
			return i;
	return SIZE_MAX;
}

static size_t
characters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			n++;
	return n;
}

static bool
is_text(const struct query_term *t)
{
	return place_of(t->field) != SIZE_MAX;
}

/* One message is looked into sooner than the full text is asked. */
static bool
is_for_full_text(const struct search *s, const struct query_term *t)
{
	return s->how != INSIDE_ONE && is_text(t) &&
	       characters(str_of(t->value)) >= GRAM;
}

/* {columns} : "phrase", as FTS5 wants it. */
static void
add_phrase(struct buf *out, const struct query_term *t)
{
	if (out->len > 0)
		buf_adds(out, " AND ");
	buf_addf(out, "{%s} : \"", places[place_of(t->field)].columns);
	for (const char *p = t->value; *p != '\0'; p++) {
		if (*p == '"')
			buf_addc(out, '"');
		buf_addc(out, *p);
	}
	buf_addc(out, '"');
}

/* Those with the phrases as a JSON array of keys; false: they are many. */
static bool
find_few(struct index *x, struct str phrases, struct buf *keys)
{
	struct db_statement *s = db_statement(
	    x->db, "SELECT rowid FROM ft WHERE ft MATCH ? LIMIT ?");
	int n = 0;

	db_text(s, 1, phrases);
	db_int(s, 2, FEW + 1);
	for (; n <= FEW && db_step(s); n++)
		buf_addf(keys, "%c%lld", n == 0 ? '[' : ',',
		    (long long)db_get_int(s, 0));
	db_done(s);
	buf_adds(keys, n == 0 ? "[]" : "]");
	return n <= FEW;
}

/*
 * All plain phrases of an alternative, which ft intersects by itself. They
 * find candidates; if there are others, each must be told by its own.
 */
static bool
add_phrases(struct search *s, const struct query_term *t, size_t n, bool only)
{
	static const char by_keys[] = "SELECT value AS key FROM json_each(",
			  by_phrases[] = "SELECT rowid AS key FROM ft(";
	struct buf phrases = BUF_INIT, keys = BUF_INIT;
	bool few = false;

	for (size_t i = 0; i < n; i++)
		if (is_for_full_text(s, &t[i]) && !t[i].negated)
			add_phrase(&phrases, &t[i]);
	if (phrases.len > 0) {
		few = s->how == INSIDE_NEWEST_FIRST &&
		      find_few(s->x, buf_str(&phrases), &keys);
		buf_addf(&s->candidates, "%s%s",
		    s->candidates.len > 0 ? " UNION " : "",
		    few ? by_keys : by_phrases);
		buf_add_str(parameter_in(s, &s->candidates),
		    buf_str(few ? &keys : &phrases));
		buf_addc(&s->candidates, ')');
	}
	if (phrases.len > 0 && !only) {
		buf_addf(
		    &s->sql, " AND m.key IN (%s", few ? by_keys : by_phrases);
		buf_add_str(parameter(s), buf_str(few ? &keys : &phrases));
		buf_adds(&s->sql, "))");
	}
	buf_fini(&phrases);
	buf_fini(&keys);
	return few;
}

/* A look into the texts themselves. */
static void
add_look(struct search *s, const struct query_term *t)
{
	size_t at = place_of(t->field);
	const char *how = t->exact ? "is_address" : "has_folded";

	if (t->field == QUERY_TEXT) {
		buf_adds(&s->sql, "has((SELECT text FROM body b"
				  " WHERE b.key = m.key), ");
		buf_adds(parameter(s), t->value);
		buf_addc(&s->sql, ')');
		return;
	}
	for (size_t i = 0; i < 5 && places[at].texts[i] != NULL; i++) {
		buf_addf(&s->sql,
		    "%s%s((SELECT %s FROM detail d WHERE d.key = m.key), ",
		    i == 0 ? "" : " OR ", how, places[at].texts[i]);
		buf_adds(parameter(s), t->value);
		buf_addc(&s->sql, ')');
	}
}

static void
add_negated_phrase(struct search *s, const struct query_term *t)
{
	buf_adds(&s->sql, "m.key IN (SELECT rowid FROM ft WHERE ft MATCH ");
	add_phrase(parameter(s), t);
	buf_addc(&s->sql, ')');
}

static void
add_tag(struct search *s, const struct query_term *t)
{
	buf_adds(&s->sql, "m.key IN (SELECT key FROM tagged WHERE tag ="
			  " (SELECT tag FROM tag WHERE name = ");
	buf_adds(parameter(s), t->value);
	buf_adds(&s->sql, "))");
}

static bool
has_few_uses(struct index *x, struct str name)
{
	struct db_statement *s =
	    db_statement(x->db, "SELECT uses FROM tag WHERE name = ?");
	bool few;

	db_text(s, 1, name);
	few = db_step(s) && db_get_int(s, 0) <= FEW;
	db_done(s);
	return few;
}

/* The messages with a tag, as candidates. */
static bool
add_tagged(struct search *s, const struct query_term *t)
{
	buf_addf(&s->candidates,
	    "%sSELECT key FROM tagged WHERE tag ="
	    " (SELECT tag FROM tag WHERE name = ",
	    s->candidates.len > 0 ? " UNION " : "");
	buf_adds(parameter_in(s, &s->candidates), t->value);
	buf_addc(&s->candidates, ')');
	return has_few_uses(s->x, str_of(t->value));
}

static void
add_header(struct search *s, const struct query_term *t)
{
	struct buf *value;

	buf_adds(&s->sql, "has_header((SELECT m.place || d.name FROM detail d"
			  " WHERE d.key = m.key), ");
	value = parameter(s);
	buf_adds(value, t->name);
	buf_addc(value, '\n');
	buf_adds(value, t->value);
	buf_addc(&s->sql, ')');
}

/* The numbers were parsed: they can stand in the SQL. */
static void
add_range(struct search *s, const char *column, const struct query_term *t)
{
	buf_addf(&s->sql, "m.%s BETWEEN %lld AND %lld", column,
	    (long long)t->low, (long long)t->high);
}

static void
add_condition(struct search *s, const struct query_term *t)
{
	switch (t->field) {
	case QUERY_TAG:
		add_tag(s, t);
		break;
	case QUERY_HEADER:
		add_header(s, t);
		break;
	case QUERY_READ:
		buf_adds(&s->sql, "m.read <> 0");
		break;
	case QUERY_TAGGED:
		buf_adds(&s->sql, "m.tags > 0");
		break;
	case QUERY_ATTACHMENT:
		buf_adds(&s->sql, "m.attachments > 0");
		break;
	case QUERY_INLINE:
		buf_adds(&s->sql, "m.inlines > 0");
		break;
	case QUERY_CREATED:
		add_range(s, "created", t);
		break;
	case QUERY_SIZE:
		add_range(s, "size", t);
		break;
	default:
		if (t->negated && !t->exact && is_for_full_text(s, t))
			add_negated_phrase(s, t);
		else
			add_look(s, t);
	}
}

/* Said by the phrases already. */
static bool
is_done(const struct search *s, const struct query_term *t)
{
	return is_for_full_text(s, t) && !t->negated && !t->exact;
}

static void
add_term(struct search *s, const struct query_term *t)
{
	buf_adds(&s->sql, t->negated ? " AND NOT (" : " AND (");
	add_condition(s, t);
	buf_addc(&s->sql, ')');
}

/* What opens files comes last, and only for what the rest lets through. */
static void
add_alternative(
    struct search *s, const struct query_term *t, size_t n, bool only)
{
	size_t before = s->candidates.len;
	bool headers = false, few;

	buf_adds(&s->sql, "(CASE WHEN 1");
	few = add_phrases(s, t, n, only);
	for (size_t i = 0; i < n; i++) {
		if (t[i].field == QUERY_HEADER)
			headers = true;
		else if (!is_done(s, &t[i]))
			add_term(s, &t[i]);
		if (t[i].field == QUERY_TAG && !t[i].negated &&
		    s->candidates.len == before)
			few = add_tagged(s, &t[i]);
	}
	buf_adds(&s->sql, headers ? " THEN 1" : " THEN 1 ELSE 0 END)");
	for (size_t i = 0; headers && i < n; i++)
		if (t[i].field == QUERY_HEADER)
			add_term(s, &t[i]);
	if (headers)
		buf_adds(&s->sql, " ELSE 0 END)");
	s->few = s->few && few;
	/* Where one alternative has no candidates, all are looked at. */
	s->all = s->all || s->candidates.len == before;
}

static void
add_query(struct search *s, const struct query *q)
{
	size_t start = 0;

	buf_adds(&s->sql, " AND (");
	for (size_t i = 0; i < q->alternatives; i++) {
		if (i > 0)
			buf_adds(&s->sql, " OR ");
		add_alternative(s, q->terms + start, q->ends[i] - start,
		    q->alternatives == 1);
		start = q->ends[i];
	}
	buf_addc(&s->sql, ')');
}

/* Which rows are visited, and how. */
static void
add_source(struct search *s, struct buf *sql, bool query)
{
	buf_adds(sql, "SELECT m.key, m.read FROM ");
	if (s->how == INSIDE_ONE)
		buf_adds(sql, "message m WHERE m.key = ?1 AND m.hidden = 0");
	else if (query && !s->all)
		buf_addf(sql,
		    "(%s) c CROSS JOIN message m NOT INDEXED ON m.key = c.key"
		    " WHERE m.hidden = 0",
		    s->candidates.data);
	else
		buf_addf(sql, "message m %s WHERE m.hidden = 0",
		    s->how == INSIDE_NEWEST_FIRST ? "INDEXED BY message_time"
						  : "NOT INDEXED");
}

struct search *
inside_search(struct index *x, const struct query *query, int64_t before,
    enum inside_how how)
{
	struct search *s = mem_new(sizeof(*s));
	struct buf sql = BUF_INIT;

	*s = (struct search){.x = x,
	    .how = how,
	    .sql = BUF_INIT,
	    .candidates = BUF_INIT,
	    .few = query != NULL};
	if (query != NULL)
		add_query(s, query);
	add_source(s, &sql, query != NULL);
	if (before != INT64_MAX)
		buf_addf(&sql, " AND m.created < %lld", (long long)before);
	buf_add_str(&sql, buf_str(&s->sql));
	if (how == INSIDE_NEWEST_FIRST)
		buf_adds(
		    &sql, " ORDER BY m.created DESC, m.tie DESC, m.id DESC");
	s->s = db_prepare(x->db, buf_str(&sql));
	buf_fini(&sql);
	inside_search_again(s, 0);
	return s;
}

void
inside_search_again(struct search *s, int64_t key)
{
	db_done(s->s);
	if (s->how == INSIDE_ONE)
		db_int(s->s, 1, key);
	/* Those of candidates are not there if all messages are looked at. */
	for (int i = 0; i < s->count && i + 2 <= db_parameters(s->s); i++)
		db_text(s->s, i + 2, buf_str(&s->values[i]));
}

bool
inside_is_few(const struct search *s)
{
	return s->few;
}

bool
inside_next(struct search *s, int64_t *key, bool *read)
{
	if (!db_step(s->s))
		return false;
	*key = db_get_int(s->s, 0);
	*read = db_get_int(s->s, 1) != 0;
	return true;
}

void
inside_search_end(struct search *s)
{
	db_free(s->s);
	for (int i = 0; i < s->count; i++)
		buf_fini(&s->values[i]);
	buf_fini(&s->sql);
	buf_fini(&s->candidates);
	free(s);
}

bool
inside_needs_all(const struct index *x, const struct query *query)
{
	(void)x;
	for (size_t i = 0; query != NULL && i < query->count; i++)
		if (query->terms[i].field != QUERY_READ &&
		    query->terms[i].field != QUERY_CREATED)
			return true;
	return false;
}
