/* SPDX-License-Identifier: MIT */
/* test_log.c: one line per event, whatever is in it */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "support.h"

static char *file;

static void
set_up(void)
{
	file = support_path("log");
	cr_assert_eq(log_to_file(file), 0);
}

static void
tear_down(void)
{
	free(file);
}

TestSuite(log, .init = set_up, .fini = tear_down);

/* Asserts that the only line is this behind its time. */
static void
assert_line(const char *expected)
{
	char *text = support_read(file);
	static const char shape[] = "time=\"dddd/dd/dd dd:dd:dd\" ";

	cr_assert_gt(strlen(text), sizeof(shape));
	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == 'd' && i > 5)
			cr_assert(chr_digit(text[i]), "%s", text);
		else
			cr_assert_eq(text[i], shape[i], "%s", text);
	cr_assert_str_eq(text + sizeof(shape) - 1, expected);
	free(text);
}

Test(log, a_line_has_time_level_and_text)
{
	log_info("%s %d", "hello", 7);
	assert_line("level=info msg=\"hello 7\"\n");
}

Test(log, the_session_stands_in_front)
{
	log_set_session("a1b2");
	log_error("broken");
	assert_line("level=error session=\"a1b2\" msg=\"broken\"\n");
}

Test(log, no_value_ends_the_line_or_reaches_the_terminal)
{
	log_warning("%s", "a\r\nlevel=info \x1b[31m\x7f\xc3\xa4\t");
	assert_line("level=warning msg=\"a\\x0d\\x0alevel=info "
		    "\\x1b[31m\\x7f\\xc3\\xa4\\x09\"\n");
}

Test(log, quotes_and_backslashes_are_escaped)
{
	log_warning("%s", "say \"hi\" \\n");
	assert_line("level=warning msg=\"say \\\"hi\\\" \\\\n\"\n");
}

Test(log, a_long_line_is_cut)
{
	static const char fills[] = {'x', '\x01', '"'};

	for (size_t i = 0; i < sizeof(fills); i++) {
		char *name = mem_format("log%zu", i);
		char *path = support_path(name);
		char *text, *huge = mem_grow(NULL, 10000, 1);

		cr_assert_eq(log_to_file(path), 0);
		memset(huge, fills[i], 9999);
		huge[9999] = '\0';
		log_set_session(huge + 9900);
		log_error("%s", huge);
		log_set_session(NULL);
		text = support_read(path);
		cr_expect_leq(strlen(text), LOG_LINE_MAX);
		cr_expect_gt(strlen(text), LOG_LINE_MAX - 16);
		cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1);
		cr_expect_eq(text[strlen(text) - 2], '"');
		free(huge);
		free(text);
		free(path);
		free(name);
	}
}

Test(log, levels_above_the_chosen_one_are_dropped)
{
	static const struct {
		enum log_level level;
		const char *text;
	} cases[] = {
	    {LOG_LEVEL_ERROR, "E"},
	    {LOG_LEVEL_WARNING, "EW"},
	    {LOG_LEVEL_INFO, "EWI"},
	    {LOG_LEVEL_DEBUG, "EWID"},
	};

	cr_expect(log_wants(LOG_LEVEL_INFO));
	cr_expect_not(log_wants(LOG_LEVEL_DEBUG));
	for (size_t i = 0; i < 4; i++) {
		char *name = mem_format("log%zu", i);
		char *path = support_path(name);
		char *text;
		size_t lines = 0;

		cr_assert_eq(log_to_file(path), 0);
		log_set_level(cases[i].level);
		log_error("E");
		log_warning("W");
		log_info("I");
		log_debug("D");
		text = support_read(path);
		for (char *p = text; (p = strchr(p, '\n')) != NULL; p++)
			cr_expect_eq(p[-2], cases[i].text[lines++]);
		cr_expect_eq(lines, strlen(cases[i].text));
		free(text);
		free(path);
		free(name);
	}
}

Test(log, lines_are_appended_to_what_is_there)
{
	char *path = support_file("old", "first\n");
	char *text;

	cr_assert_eq(log_to_file(path), 0);
	log_info("second");
	text = support_read(path);
	cr_expect(str_begins(str_of(text), STR("first\ntime=")));
	free(text);
	free(path);
}

Test(log, a_new_file_is_not_for_everyone)
{
	char *path = support_path("fresh");
	struct stat st;

	umask(0);
	cr_assert_eq(log_to_file(path), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0640);
	free(path);
}

Test(log, a_file_that_cannot_be_opened_changes_nothing)
{
	char *path = support_path("missing/log");

	cr_assert_eq(log_to_file(path), -1);
	cr_assert_eq(errno, ENOENT);
	log_info("still here");
	assert_line("level=info msg=\"still here\"\n");
	free(path);
}

Test(log, nowhere_is_nowhere)
{
	struct stat st;

	log_to_nowhere();
	log_error("gone");
	cr_assert_eq(stat(file, &st), 0);
	cr_assert_eq(st.st_size, 0);
}

Test(log, errno_survives)
{
	errno = EXDEV;
	log_error("x");
	cr_assert_eq(errno, EXDEV);
	cr_assert_eq(log_to_file("/dev/full"), 0);
	errno = EXDEV;
	log_error("cannot be written");
	cr_assert_eq(errno, EXDEV);
}
