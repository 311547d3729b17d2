/* SPDX-License-Identifier: MIT */
/* option.c: variables, flags and help from one table */

#include "conf/option.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

extern char **environ;

/* What getopt returns for row i; above every letter. */
#define ROW_BASE 1000

static bool
parse_bool(struct str s, bool *value)
{
	static const struct {
		struct str word;
		bool value;
	} words[] = {{STR("1"), true}, {STR("true"), true}, {STR("yes"), true},
	    {STR("t"), true}, {STR("0"), false}, {STR("false"), false},
	    {STR("no"), false}, {STR("f"), false}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ieq(s, words[i].word)) {
			*value = words[i].value;
			return true;
		}
	return false;
}

static bool
parse_number(struct str s, int64_t *value)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	uint64_t v;

	if (!str_u64(negative ? str_skip(s, 1) : s, &v) || v > INT64_MAX)
		return false;
	*value = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

/* Stores the value; name is what errors call the option. */
static bool
store(const struct option_row *row, void *target, const char *name,
    const char *value, struct buf *why)
{
	char *member = (char *)target + row->offset;
	int64_t number = 0;
	bool truth = false;

	switch (row->kind) {
	case OPTION_BOOL:
		if (!parse_bool(str_of(value), &truth)) {
			buf_addf(why,
			    "%s: \"%s\" is neither true nor false (1, true, "
			    "yes, 0, false, no)",
			    name, value);
			return false;
		}
		memcpy(member, &truth, sizeof(truth));
		return true;
	case OPTION_NUMBER:
		if (!parse_number(str_of(value), &number)) {
			buf_addf(why, "%s: \"%s\" is no number", name, value);
			return false;
		}
		if (number < row->min || number > row->max) {
			buf_addf(why,
			    "%s: %s is not between %" PRId64 " and %" PRId64,
			    name, value, row->min, row->max);
			return false;
		}
		memcpy(member, &number, sizeof(number));
		return true;
	default:
		memcpy(member, &value, sizeof(value));
		return true;
	}
}

static const struct option_row *
find_row(const struct option_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].name != NULL &&
		    strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	return NULL;
}

/* The row that holds the value: that of the newer name of a renamed one. */
static const struct option_row *
current_row(const struct option_table *table, const struct option_row *row)
{
	const struct option_row *newer = row;

	if (row->state == OPTION_RENAMED)
		newer = find_row(table, row->help);
	if (newer == NULL)
		bug("option %s has no newer name", row->help);
	return newer;
}

/* "--no-such=false" asks for nothing, so it is harmless. */
static bool
asks_for_nothing(const struct option_row *row, const char *value)
{
	bool truth = true;

	return row->kind == OPTION_BOOL && value != NULL &&
	       parse_bool(str_of(value), &truth) && !truth;
}

static bool
apply(const struct option_table *table, const struct option_row *row,
    void *target, const char *name, const char *value, bool is_flag,
    struct buf *notices, struct buf *why)
{
	const struct option_row *newer = current_row(table, row);

	switch (row->state) {
	case OPTION_MEANINGLESS:
		buf_addf(
		    notices, "%s has no effect here: %s\n", name, row->help);
		return true;
	case OPTION_ELSEWHERE:
	case OPTION_NOT_YET:
		if ((row->state == OPTION_ELSEWHERE && !is_flag) ||
		    asks_for_nothing(row, value))
			return true;
		buf_addf(why, "%s is not there yet", name);
		return false;
	case OPTION_RENAMED:
		if (is_flag)
			buf_addf(notices, "%s is now called --%s\n", name,
			    newer->name);
		else
			buf_addf(
			    notices, "%s is now called %s\n", name, newer->env);
		break;
	case OPTION_WORKS:
		break;
	}
	return store(newer, target, name, value, why);
}

/* A row of its own, not one for a family. */
static bool
has_own_row(const struct option_table *table, struct str key)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].env != NULL &&
		    str_eq(key, str_of(table->rows[i].env)))
			return true;
	return false;
}

/* All variables that begin with the row's env without its '*'. */
static bool
apply_family(const struct option_table *table, const struct option_row *row,
    void *target, struct buf *notices, struct buf *why)
{
	size_t n = strlen(row->env) - 1;

	for (char **e = environ; *e != NULL; e++) {
		struct str value = str_of(*e), key = str_cut(&value, '=');
		char *name;
		bool ok;

		if (value.n == 0 || has_own_row(table, key) ||
		    !str_begins(key, str_make(row->env, n)))
			continue;
		name = mem_dup(key.p, key.n);
		ok = apply(
		    table, row, target, name, value.p, false, notices, why);
		free(name);
		if (!ok)
			return false;
	}
	return true;
}

static bool
is_listed(const struct option_table *table, struct str key)
{
	for (size_t i = 0; i < table->count; i++) {
		const char *env = table->rows[i].env;
		size_t n = env == NULL ? 0 : strlen(env);

		if (n > 0 && env[n - 1] == '*' &&
		    str_begins(key, str_make(env, n - 1)))
			return true;
	}
	return has_own_row(table, key);
}

/* A misspelt variable would otherwise go unnoticed. */
static void
note_unknown(const struct option_table *table, struct buf *notices)
{
	for (char **e = environ; *e != NULL; e++) {
		struct str rest = str_of(*e), key = str_cut(&rest, '=');

		if (str_begins(key, STR("MP_")) && !is_listed(table, key))
			buf_addf(notices, "%.*s: no such variable is known\n",
			    STR_ARG(key));
	}
}

static bool
read_variables(const struct option_table *table, bool renamed, void *target,
    struct buf *notices, struct buf *why)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		const char *value;

		if (row->env == NULL ||
		    (row->state == OPTION_RENAMED) != renamed)
			continue;
		if (row->env[strlen(row->env) - 1] == '*') {
			if (!apply_family(table, row, target, notices, why))
				return false;
			continue;
		}
		value = getenv(row->env);
		if (value == NULL || value[0] == '\0')
			continue;
		if (!apply(table, row, target, row->env, value, false, notices,
			why))
			return false;
	}
	return true;
}

enum option_verdict
option_read_environment(const struct option_table *table, void *target,
    struct buf *notices, struct buf *why)
{
	if (!read_variables(table, true, target, notices, why) ||
	    !read_variables(table, false, target, notices, why))
		return OPTION_CONFIG;
	note_unknown(table, notices);
	return OPTION_OK;
}

/* The table in getopt's terms; both results are owned. */
static struct option *
long_options(const struct option_table *table, char **letters)
{
	struct option *list = mem_new((table->count + 1) * sizeof(*list));
	struct buf shorts = BUF_INIT;
	size_t n = 0;

	/* A colon first: errors are ours to report. */
	buf_adds(&shorts, ":");
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		bool is_bool = current_row(table, row)->kind == OPTION_BOOL;

		if (row->name == NULL)
			continue;
		list[n++] = (struct option){
		    .name = row->name,
		    .has_arg = is_bool ? optional_argument : required_argument,
		    .val = ROW_BASE + (int)i,
		};
		if (row->letter == 0)
			continue;
		buf_addc(&shorts, row->letter);
		if (!is_bool)
			buf_addc(&shorts, ':');
	}
	*letters = buf_detach(&shorts);
	return list;
}

static const struct option_row *
row_of(const struct option_table *table, int c)
{
	if (c >= ROW_BASE)
		return &table->rows[c - ROW_BASE];
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].letter == c && c != 0)
			return &table->rows[i];
	return NULL;
}

/* getopt takes "--smtp-auth-f" for a longer name; we want the whole name. */
static bool
is_abbreviated(const struct option_row *row, const char *word)
{
	struct str rest = str_of(word);

	if (!str_begins(rest, STR("--")))
		return false;
	rest = str_skip(rest, 2);
	return !str_eq(str_cut(&rest, '='), str_of(row->name));
}

static bool
take_flag(const struct option_table *table, int c, const char *word,
    void *target, struct buf *notices, struct buf *why)
{
	const struct option_row *row = row_of(table, c);
	const char *value = optarg;
	char *name;
	bool ok;

	if (c == ':') {
		buf_addf(why, "%s needs an argument", word);
		return false;
	}
	if (row == NULL && optopt > 0 && optopt < ROW_BASE) {
		buf_addf(why, "unknown option -%c", optopt);
		return false;
	}
	if (row == NULL && optopt >= ROW_BASE) {
		buf_addf(why, "%s takes no argument", word);
		return false;
	}
	if (row == NULL || (c >= ROW_BASE && is_abbreviated(row, word))) {
		buf_addf(why, "unknown option %s", word);
		return false;
	}
	if (value == NULL)
		value = "true";
	name = c >= ROW_BASE ? mem_format("--%s", row->name)
			     : mem_format("-%c", row->letter);
	ok = apply(table, row, target, name, value, true, notices, why);
	free(name);
	return ok;
}

enum option_verdict
option_read_flags(const struct option_table *table, void *target, int argc,
    char **argv, int *operand, struct buf *notices, struct buf *why)
{
	enum option_verdict verdict = OPTION_OK;
	char *letters;
	struct option *list = long_options(table, &letters);

	optind = 0; /* glibc: begin anew, with a new permutation */
	opterr = 0;
	while (verdict == OPTION_OK) {
		int c = getopt_long(argc, argv, letters, list, NULL);
		const char *word;

		if (c == -1)
			break;
		/* The word the option stands in: getopt may have permuted. */
		word = argv[optind - 1];
		if (c != ':' && optarg != NULL && optarg == word)
			word = argv[optind - 2];
		if (!take_flag(table, c, word, target, notices, why))
			verdict = OPTION_USAGE;
	}
	*operand = optind;
	free(list);
	free(letters);
	return verdict;
}

/* "  -m, --max N, MP_MAX_MESSAGES", and the text below it */
static void
help_row(const struct option_row *row, struct buf *out)
{
	buf_adds(out, "  ");
	if (row->letter != 0)
		buf_addf(out, "-%c, ", row->letter);
	if (row->name != NULL)
		buf_addf(out, "--%s", row->name);
	if (row->argument != NULL && row->name != NULL)
		buf_addf(out, " %s", row->argument);
	if (row->env != NULL)
		buf_addf(out, "%s%s", row->name != NULL ? ", " : "", row->env);
	buf_addf(out, "\n\t%s\n", row->help);
}

static bool
is_named_under(const struct option_row *row, enum option_state state)
{
	return row->state == state ||
	       (state == OPTION_NOT_YET && row->state == OPTION_ELSEWHERE);
}

/* Names only, for what does nothing here. */
static void
help_names(const struct option_table *table, enum option_state state,
    const char *heading, struct buf *out)
{
	size_t column = 0;
	bool first = true;

	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		char *text;

		if (!is_named_under(row, state))
			continue;
		if (first)
			buf_addf(out, "\n%s:", heading);
		first = false;
		text = row->name != NULL ? mem_format("--%s", row->name)
					 : mem_dups(row->env);
		if (column + strlen(text) > 70)
			column = 0;
		buf_adds(out, column == 0 ? "\n  " : " ");
		buf_adds(out, text);
		column += strlen(text) + 1;
		free(text);
	}
	if (!first)
		buf_addc(out, '\n');
}

void
option_help(const struct option_table *table, struct buf *out)
{
	const char *group = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];

		if (row->state != OPTION_WORKS)
			continue;
		if (group == NULL || strcmp(group, row->group) != 0)
			buf_addf(out, "\n%s:\n", row->group);
		group = row->group;
		help_row(row, out);
	}
	help_names(table, OPTION_MEANINGLESS,
	    "Accepted for Mailpit's sake, without effect here", out);
	help_names(table, OPTION_NOT_YET, "Not there yet, refused", out);
	help_names(table, OPTION_RENAMED, "Older names", out);
}

bool
option_write_environment(const struct option_table *table, const void *target,
    struct buf *out, struct buf *why)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		const char *member = (const char *)target + row->offset;
		const char *text = NULL;
		int64_t number;
		bool truth;

		if (row->env == NULL || row->state != OPTION_WORKS)
			continue;
		if (row->kind == OPTION_BOOL) {
			memcpy(&truth, member, sizeof(truth));
			buf_addf(
			    out, "%s=%s\n", row->env, truth ? "true" : "false");
		} else if (row->kind == OPTION_NUMBER) {
			memcpy(&number, member, sizeof(number));
			buf_addf(out, "%s=%" PRId64 "\n", row->env, number);
		} else {
			memcpy(&text, member, sizeof(text));
			if (text != NULL && strpbrk(text, "\r\n") != NULL) {
				buf_addf(why, "%s holds a line end", row->env);
				return false;
			}
			if (text != NULL && text[0] != '\0')
				buf_addf(out, "%s=\"%s\"\n", row->env, text);
		}
	}
	return true;
}
