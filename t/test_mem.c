/* SPDX-License-Identifier: MIT */
/* test_mem.c: memory is there, or the process ends with a last word */

#include "base/mem.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "support.h"

Test(mem, new_memory_is_zeroed)
{
	static const size_t sizes[] = {1, 7, 4096, 1 << 20};

	for (size_t i = 0; i < 4; i++) {
		char *p = mem_new(sizes[i]);

		for (size_t k = 0; k < sizes[i]; k++)
			cr_assert_eq(p[k], 0, "%zu of %zu", k, sizes[i]);
		free(p);
	}
}

Test(mem, nothing_at_all_is_still_a_pointer_of_its_own)
{
	void *a = mem_new(0), *b = mem_new(0), *c = mem_grow(NULL, 0, 0);

	cr_expect_neq(a, NULL);
	cr_expect_neq(c, NULL);
	cr_expect_neq(a, b);
	free(a);
	free(b);
	free(c);
}

Test(mem, growing_keeps_what_is_there)
{
	uint64_t *p = NULL;

	for (size_t n = 1; n <= 1000; n++) {
		p = mem_grow(p, n, sizeof(*p));
		p[n - 1] = n * n;
	}
	for (size_t n = 1; n <= 1000; n++)
		cr_assert_eq(p[n - 1], n * n);
	free(p);
}

Test(mem, a_copy_keeps_nuls_and_gets_one_behind)
{
	char *p = mem_dup("a\0b", 3), *empty = mem_dup(NULL, 0);

	cr_expect_arr_eq(p, "a\0b", 4);
	cr_expect_str_eq(empty, "");
	free(p);
	free(empty);
}

Test(mem, the_copy_of_no_string_is_none)
{
	char *p = mem_dups("text");

	cr_expect_str_eq(p, "text");
	cr_expect_eq(mem_dups(NULL), NULL);
	free(p);
}

Test(mem, formatted_text_has_any_length)
{
	char *p = mem_format("%s-%05d", "x", 42);
	char *empty = mem_format("%s", "");
	char *huge = mem_format("%70000d", 7);

	cr_expect_str_eq(p, "x-00042");
	cr_expect_str_eq(empty, "");
	cr_expect_eq(strlen(huge), 70000);
	cr_expect_eq(huge[69999], '7');
	free(p);
	free(empty);
	free(huge);
}

static char *log_path, *word_path;

static void
say_word(void)
{
	FILE *f = fopen(word_path, "a");

	cr_assert_neq(f, NULL);
	fputs("word\n", f);
	fclose(f);
}

/* A hook that dies itself is not called again. */
static void
die_in_turn(void)
{
	say_word();
	die("the hook died");
}

static void
die_of_overflow(void)
{
	free(mem_grow(NULL, SIZE_MAX / 2, 3));
}

static void
die_of_size(void)
{
	free(mem_dup("", SIZE_MAX));
}

static void
die_of_a_text(void)
{
	die("%s is gone", "the disk");
}

static void
die_of_a_bug(void)
{
	bug("state %d", 7);
}

static const struct {
	void (*act)(void);
	void (*hook)(void);
	int status;
	const char *said, *words;
} deaths[] = {
    {die_of_a_text, NULL, 75, "msg=\"the disk is gone\"", ""},
    {die_of_a_text, say_word, 75, "msg=\"the disk is gone\"", "word\n"},
    {die_of_a_text, die_in_turn, 75, "msg=\"the hook died\"", "word\n"},
    {die_of_a_bug, say_word, 70, "msg=\"state 7\"", "word\n"},
    {die_of_overflow, say_word, 75, "msg=\"out of memory (", "word\n"},
    {die_of_size, NULL, 75, "msg=\"out of memory (", ""},
};

/* Dies in a child of its own; returns its exit status, or -1. */
static int
run_death(size_t row)
{
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		mem_on_death(deaths[row].hook);
		deaths[row].act();
		_exit(99);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(mem, a_death_has_its_status_a_log_line_and_one_last_word)
{
	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		char *text, *words;

		log_path = support_file("log", "");
		word_path = support_file("word", "");
		cr_assert_eq(log_to_file(log_path), 0);
		cr_expect_eq(run_death(i), deaths[i].status, "%zu", i);
		text = support_read(log_path);
		words = support_read(word_path);
		cr_expect_neq(
		    strstr(text, deaths[i].said), NULL, "%zu: %s", i, text);
		cr_expect_str_eq(words, deaths[i].words, "%zu", i);
		free(text);
		free(words);
		free(log_path);
		free(word_path);
	}
}

Test(mem, a_removed_hook_is_not_called)
{
	char *word;
	pid_t pid;
	int status;

	word_path = support_file("word", "");
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		log_to_nowhere();
		mem_on_death(say_word);
		mem_on_death(NULL);
		die("quietly");
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 75);
	word = support_read(word_path);
	cr_expect_eq(word[0], '\0');
	free(word);
}
