/* SPDX-License-Identifier: MIT */
/* test_option.c: variables and flags, by one table */

#include "conf/option.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define WORDS_MAX 12

struct target {
	bool quiet, verbose, check;
	int64_t number, size;
	const char *text, *file;
};

#define AT(member) offsetof(struct target, member)

static const struct option_row rows[] = {
    {.name = "quiet",
	.letter = 'q',
	.env = "MP_QUIET",
	.kind = OPTION_BOOL,
	.offset = AT(quiet),
	.help = "say less",
	.group = "One"},
    {.name = "verbose",
	.letter = 'v',
	.env = "MP_VERBOSE",
	.kind = OPTION_BOOL,
	.offset = AT(verbose),
	.help = "say more",
	.group = "One"},
    {.name = "check",
	.kind = OPTION_BOOL,
	.offset = AT(check),
	.help = "only check",
	.group = "One"},
    {.name = "max",
	.letter = 'm',
	.env = "MP_MAX",
	.kind = OPTION_NUMBER,
	.offset = AT(number),
	.min = 0,
	.max = 100,
	.argument = "N",
	.help = "most of it",
	.group = "Two"},
    {.name = "max-size",
	.env = "MP_MAX_SIZE",
	.kind = OPTION_NUMBER,
	.offset = AT(size),
	.min = INT64_MIN,
	.max = INT64_MAX,
	.argument = "N",
	.help = "size of it",
	.group = "Two"},
    {.name = "text",
	.letter = 't',
	.env = "MP_TEXT",
	.kind = OPTION_TEXT,
	.offset = AT(text),
	.argument = "WORD",
	.help = "what it says",
	.group = "Two"},
    {.env = "MP_FILE",
	.kind = OPTION_TEXT,
	.offset = AT(file),
	.argument = "FILE",
	.help = "where it is",
	.group = "Two"},
    {.name = "pack",
	.env = "MP_PACK",
	.kind = OPTION_TEXT,
	.state = OPTION_MEANINGLESS,
	.help = "nothing is packed"},
    {.name = "later",
	.letter = 'l',
	.env = "MP_LATER",
	.kind = OPTION_BOOL,
	.state = OPTION_NOT_YET},
    {.name = "relay-all",
	.env = "MP_RELAY_ALL",
	.kind = OPTION_BOOL,
	.state = OPTION_NOT_YET},
    {.env = "MP_RELAY_*", .kind = OPTION_TEXT, .state = OPTION_NOT_YET},
    {.name = "listen",
	.env = "MP_LISTEN",
	.kind = OPTION_TEXT,
	.state = OPTION_ELSEWHERE},
    {.env = "MP_SEND_*", .kind = OPTION_TEXT, .state = OPTION_ELSEWHERE},
    {.name = "words",
	.env = "MP_WORDS",
	.state = OPTION_RENAMED,
	.help = "text"},
    {.name = "silent", .state = OPTION_RENAMED, .help = "quiet"},
    {.env = "MP_OLD_MAX", .state = OPTION_RENAMED, .help = "max"},
};

static const struct option_table table = {rows, COUNT(rows)};

static void
set_up(void)
{
	clearenv();
	cr_assert_eq(setenv("PATH", "/bin", 1), 0);
}

TestSuite(option, .init = set_up);

/* Everything that reading the options gave. */
struct got {
	struct target target;
	enum option_verdict verdict;
	int operand;
	struct buf notices, why;
	char *argv[WORDS_MAX + 2];
};

static void
read_flags(struct got *g, const char *const words[WORDS_MAX])
{
	int argc = 1;

	*g = (struct got){.notices = BUF_INIT, .why = BUF_INIT};
	g->target.number = 7;
	g->argv[0] = mem_dups("mailpit");
	for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++)
		g->argv[argc++] = mem_dups(words[i]);
	g->verdict = option_read_flags(&table, &g->target, argc, g->argv,
	    &g->operand, &g->notices, &g->why);
}

static void
read_environment(struct got *g)
{
	*g = (struct got){.notices = BUF_INIT, .why = BUF_INIT};
	g->target.number = 7;
	g->verdict =
	    option_read_environment(&table, &g->target, &g->notices, &g->why);
}

static void
done(struct got *g)
{
	for (size_t i = 0; g->argv[i] != NULL; i++)
		free(g->argv[i]);
	buf_fini(&g->notices);
	buf_fini(&g->why);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const struct {
	const char *words[WORDS_MAX];
	struct target target;
	int operand;
} good[] = {
    {{NULL}, {.number = 7}, 1},
    {{"--quiet"}, {.number = 7, .quiet = true}, 2},
    {{"-q"}, {.number = 7, .quiet = true}, 2},
    {{"-qv"}, {.number = 7, .quiet = true, .verbose = true}, 2},
    {{"-qvm", "5"}, {.number = 5, .quiet = true, .verbose = true}, 3},
    {{"-vm5"}, {.number = 5, .verbose = true}, 2},
    {{"-m", "0"}, {.number = 0}, 3},
    {{"--max", "100"}, {.number = 100}, 3},
    {{"--max=3"}, {.number = 3}, 2},
    {{"--max-size=-9223372036854775807"}, {.number = 7, .size = -INT64_MAX}, 2},
    {{"--max-size", "9223372036854775807"}, {.number = 7, .size = INT64_MAX},
	3},
    {{"--text", "a b=c"}, {.number = 7, .text = "a b=c"}, 3},
    {{"--text="}, {.number = 7, .text = ""}, 2},
    {{"--text", "--quiet"}, {.number = 7, .text = "--quiet"}, 3},
    {{"--text=--quiet"}, {.number = 7, .text = "--quiet"}, 2},
    {{"-tword"}, {.number = 7, .text = "word"}, 2},
    {{"-t", "-q"}, {.number = 7, .text = "-q"}, 3},
    {{"--text", "a", "--text", "b"}, {.number = 7, .text = "b"}, 5},
    {{"--quiet=false"}, {.number = 7}, 2},
    {{"--quiet=true", "-v"}, {.number = 7, .quiet = true, .verbose = true}, 3},
    {{"--quiet", "--quiet=0"}, {.number = 7}, 3},
    {{"-q", "file", "more"}, {.number = 7, .quiet = true}, 2},
    {{"file", "-q"}, {.number = 7, .quiet = true}, 2},
    {{"file", "-m", "9"}, {.number = 9}, 3},
    {{"file", "--max", "9"}, {.number = 9}, 3},
    {{"-q", "--", "-v"}, {.number = 7, .quiet = true}, 3},
    {{"--quiet", "false"}, {.number = 7, .quiet = true}, 2},
    {{"-"}, {.number = 7}, 1},
    {{"--later=false"}, {.number = 7}, 2},
    {{"--relay-all=no"}, {.number = 7}, 2},
};

Test(option, flags_and_letters_in_all_their_forms)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		const struct target *want = &good[i].target;
		struct got g;

		read_flags(&g, good[i].words);
		cr_expect_eq(
		    g.verdict, OPTION_OK, "row %zu: %s", i, g.why.data);
		cr_expect_str_eq(g.notices.data, "", "row %zu", i);
		cr_expect_eq(
		    g.operand, good[i].operand, "row %zu: %d", i, g.operand);
		cr_expect_eq(g.target.quiet, want->quiet, "row %zu", i);
		cr_expect_eq(g.target.verbose, want->verbose, "row %zu", i);
		cr_expect_eq(g.target.number, want->number, "row %zu", i);
		cr_expect_eq(g.target.size, want->size, "row %zu", i);
		cr_expect(same_text(g.target.text, want->text), "row %zu", i);
		done(&g);
	}
}

static const struct {
	const char *words[WORDS_MAX];
	const char *why;
} bad[] = {
    {{"--nonsense"}, "unknown option --nonsense"},
    {{"--nonsense=1"}, "unknown option --nonsense=1"},
    {{"-x"}, "unknown option -x"},
    {{"-qx"}, "unknown option -x"},
    {{"--quie"}, "unknown option --quie"},
    {{"--tex", "a"}, "unknown option --tex"},
    {{"--tex=a"}, "unknown option --tex=a"},
    {{"--max-s", "1"}, "unknown option --max-s"},
    {{"--ma", "1"}, "unknown option --ma"},
    {{"--q"}, "unknown option --q"},
    {{"file", "--quie"}, "unknown option --quie"},
    {{"file", "--tex", "a"}, "unknown option --tex"},
    {{"--Quiet"}, "unknown option --Quiet"},
    {{"-Q"}, "unknown option -Q"},
    {{"--MP_FILE", "x"}, "unknown option --MP_FILE"},
    {{"--text"}, "--text needs an argument"},
    {{"-t"}, "-t needs an argument"},
    {{"-qt"}, "-qt needs an argument"},
    {{"--max", "x"}, "--max: \"x\" is no number"},
    {{"--max="}, "--max: \"\" is no number"},
    {{"-m", "5x"}, "-m: \"5x\" is no number"},
    {{"-m", "+5"}, "-m: \"+5\" is no number"},
    {{"-m", " 5"}, "-m: \" 5\" is no number"},
    {{"-m", "0x5"}, "-m: \"0x5\" is no number"},
    {{"-m", "-"}, "-m: \"-\" is no number"},
    {{"-m", "-1"}, "-m: -1 is not between 0 and 100"},
    {{"-m", "101"}, "-m: 101 is not between 0 and 100"},
    {{"--max-size", "9223372036854775808"},
	"--max-size: \"9223372036854775808\" is no number"},
    {{"--max-size", "99999999999999999999"},
	"--max-size: \"99999999999999999999\" is no number"},
    {{"--quiet=on"},
	"--quiet: \"on\" is neither true nor false (1, true, yes, 0, false, "
	"no)"},
    {{"--quiet="},
	"--quiet: \"\" is neither true nor false (1, true, yes, 0, false, "
	"no)"},
    {{"--later"}, "--later is not there yet"},
    {{"-l"}, "-l is not there yet"},
    {{"--later=true"}, "--later is not there yet"},
    {{"--later=x"}, "--later is not there yet"},
    {{"--listen", "x"}, "--listen is not there yet"},
};

Test(option, what_is_wrong_is_named)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct got g;

		read_flags(&g, bad[i].words);
		cr_expect_eq(g.verdict, OPTION_USAGE, "%s", bad[i].words[0]);
		cr_expect_str_eq(g.why.data, bad[i].why, "%s", bad[i].words[0]);
		done(&g);
	}
}

Test(option, the_first_mistake_is_reported)
{
	static const char *const words[WORDS_MAX] = {"-q", "--one", "--two"};
	struct got g;

	read_flags(&g, words);
	cr_expect_str_eq(g.why.data, "unknown option --one");
	done(&g);
}

Test(option, boolean_words)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"1", true}, {"true", true}, {"TRUE", true},
	    {"True", true}, {"yes", true}, {"YES", true}, {"0", false},
	    {"false", false}, {"False", false}, {"no", false}, {"NO", false}};
	static const char *const no_words[] = {"on", "off", "2", "-1", "y", "n",
	    "tru", "truee", " true", "true ", "enabled"};

	for (size_t i = 0; i < COUNT(words); i++) {
		struct got g;

		setenv("MP_QUIET", words[i].word, 1);
		read_environment(&g);
		cr_expect_eq(g.verdict, OPTION_OK, "%s", words[i].word);
		cr_expect_eq(
		    g.target.quiet, words[i].value, "%s", words[i].word);
		done(&g);
	}
	for (size_t i = 0; i < COUNT(no_words); i++) {
		struct got g;

		setenv("MP_QUIET", no_words[i], 1);
		read_environment(&g);
		cr_expect_eq(g.verdict, OPTION_CONFIG, "%s", no_words[i]);
		cr_expect(str_begins(buf_str(&g.why), STR("MP_QUIET: \"")));
		done(&g);
	}
}

/* One assignment, or several with blanks in between. */
static void
put_environment(const char *assignments)
{
	struct str rest = str_of(assignments), word;

	while ((word = str_word(&rest)).n > 0) {
		struct str key = str_cut(&word, '=');
		char *name = mem_dup(key.p, key.n);
		char *value = mem_dup(word.p, word.n);

		cr_assert_eq(setenv(name, value, 1), 0);
		free(name);
		free(value);
	}
}

static const struct {
	const char *environment;
	const char *notices, *why;
	int64_t number;
	const char *text;
} variables[] = {
    {"", "", "", 7, NULL},
    {"MP_MAX=5 MP_TEXT=a", "", "", 5, "a"},
    {"MP_MAX= MP_TEXT=", "", "", 7, NULL},
    {"MP_MAX=abc", "", "MP_MAX: \"abc\" is no number", 7, NULL},
    {"MP_MAX=101", "", "MP_MAX: 101 is not between 0 and 100", 7, NULL},
    {"MP_WORDS=old", "MP_WORDS is now called MP_TEXT\n", "", 7, "old"},
    {"MP_WORDS=old MP_TEXT=new", "MP_WORDS is now called MP_TEXT\n", "", 7,
	"new"},
    {"MP_OLD_MAX=9", "MP_OLD_MAX is now called MP_MAX\n", "", 9, NULL},
    {"MP_OLD_MAX=x", "MP_OLD_MAX is now called MP_MAX\n",
	"MP_OLD_MAX: \"x\" is no number", 7, NULL},
    {"MP_PACK=3", "MP_PACK has no effect here: nothing is packed\n", "", 7,
	NULL},
    {"MP_LATER=1", "", "MP_LATER is not there yet", 7, NULL},
    {"MP_LATER=false", "", "", 7, NULL},
    {"MP_RELAY_HOST=x", "", "MP_RELAY_HOST is not there yet", 7, NULL},
    {"MP_RELAY_HOST=", "", "", 7, NULL},
    {"MP_RELAY_ALL=false", "", "", 7, NULL},
    {"MP_RELAY_ALL=true", "", "MP_RELAY_ALL is not there yet", 7, NULL},
    {"MP_LISTEN=[::]:8025 MP_SEND_FROM=x", "", "", 7, NULL},
    {"MP_TEXTS=x", "MP_TEXTS: no such variable is known\n", "", 7, NULL},
    {"MP_=x", "MP_: no such variable is known\n", "", 7, NULL},
    {"XMP_TEXT=x mp_text=y MPX=z", "", "", 7, NULL},
};

Test(option, variables)
{
	for (size_t i = 0; i < COUNT(variables); i++) {
		struct got g;

		set_up();
		put_environment(variables[i].environment);
		read_environment(&g);
		cr_expect_eq(g.verdict,
		    variables[i].why[0] == '\0' ? OPTION_OK : OPTION_CONFIG,
		    "%s", variables[i].environment);
		cr_expect_str_eq(g.why.data, variables[i].why);
		cr_expect_str_eq(g.notices.data, variables[i].notices);
		if (g.verdict == OPTION_OK) {
			cr_expect_eq(g.target.number, variables[i].number, "%s",
			    variables[i].environment);
			cr_expect(same_text(g.target.text, variables[i].text),
			    "%s", variables[i].environment);
		}
		done(&g);
	}
}

Test(option, a_flag_wins_over_a_variable_over_its_older_name)
{
	static const struct {
		const char *environment;
		const char *words[WORDS_MAX];
		bool quiet;
		const char *text;
	} both[] = {
	    {"MP_WORDS=c MP_TEXT=b", {"--text", "a"}, false, "a"},
	    {"MP_WORDS=c", {"-t", "a"}, false, "a"},
	    {"MP_TEXT=b", {"--words", "a"}, false, "a"},
	    {"MP_TEXT=b", {"--text="}, false, ""},
	    {"MP_QUIET=1", {"--quiet=false"}, false, NULL},
	    {"MP_QUIET=0", {"-q"}, true, NULL},
	    {"MP_QUIET=1", {NULL}, true, NULL},
	    {"MP_QUIET=1", {"--silent=no"}, false, NULL},
	};

	for (size_t i = 0; i < COUNT(both); i++) {
		struct target from_environment;
		struct got g, flags;
		enum option_verdict verdict;
		int argc = 1;

		set_up();
		put_environment(both[i].environment);
		read_environment(&g);
		cr_assert_eq(g.verdict, OPTION_OK);
		from_environment = g.target;
		read_flags(&flags, both[i].words);
		while (flags.argv[argc] != NULL)
			argc++;
		verdict = option_read_flags(&table, &from_environment, argc,
		    flags.argv, &flags.operand, &flags.notices, &flags.why);
		cr_expect_eq(verdict, OPTION_OK);
		cr_expect_eq(from_environment.quiet, both[i].quiet, "%zu", i);
		cr_expect(
		    same_text(from_environment.text, both[i].text), "%zu", i);
		done(&g);
		done(&flags);
	}
}

Test(option, older_names_of_flags_work_and_say_so)
{
	static const struct {
		const char *words[WORDS_MAX];
		const char *notices;
	} old[] = {
	    {{"--words", "a"}, "--words is now called --text\n"},
	    {{"--words=a"}, "--words is now called --text\n"},
	    {{"--silent", "-ta"}, "--silent is now called --quiet\n"},
	    {{"--pack", "3", "-ta"},
		"--pack has no effect here: nothing is packed\n"},
	};

	for (size_t i = 0; i < COUNT(old); i++) {
		struct got g;

		read_flags(&g, old[i].words);
		cr_expect_eq(g.verdict, OPTION_OK, "%s", g.why.data);
		cr_expect_str_eq(g.notices.data, old[i].notices);
		cr_expect(same_text(g.target.text, "a"));
		done(&g);
	}
}

Test(option, help_names_every_option_once)
{
	struct buf out = BUF_INIT;

	option_help(&table, &out);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *name = rows[i].name != NULL
				 ? mem_format("--%s", rows[i].name)
				 : mem_dups(rows[i].env);
		size_t n = strlen(name), seen = 0;

		for (char *p = out.data; (p = strstr(p, name)) != NULL; p++)
			seen += strchr(" ,\n]", p[n]) != NULL;
		cr_expect_eq(seen, 1, "%s: %zu\n%s", name, seen, out.data);
		free(name);
	}
	cr_expect_neq(strstr(out.data, "\nOne:\n"), NULL);
	cr_expect_neq(strstr(out.data, "-q, --quiet"), NULL);
	cr_expect_neq(strstr(out.data, "-m, --max N"), NULL);
	cr_expect_neq(strstr(out.data, "MP_QUIET"), NULL);
	buf_fini(&out);
}

Test(option, the_environment_is_written_for_another_program)
{
	struct target target = {
	    .quiet = true,
	    .check = true,
	    .number = 12,
	    .size = -3,
	    .text = "a 'b' \"c\" #d",
	    .file = "",
	};
	struct buf out = BUF_INIT, why = BUF_INIT;

	/* No flag without a variable, no empty text, no older name. */
	cr_assert(option_write_environment(&table, &target, &out, &why));
	cr_expect_str_eq(out.data,
	    "MP_QUIET=true\nMP_VERBOSE=false\nMP_MAX=12\nMP_MAX_SIZE=-3\n"
	    "MP_TEXT=\"a 'b' \"c\" #d\"\n");
	buf_reset(&out);
	target.file = "a\nMP_TEXT=b";
	cr_expect_not(option_write_environment(&table, &target, &out, &why));
	cr_expect_str_eq(why.data, "MP_FILE holds a line end");
	buf_fini(&out);
	buf_fini(&why);
}
