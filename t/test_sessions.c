/* SPDX-License-Identifier: MIT */
/* test_sessions.c: the lines of SMTP sessions, read and summed up */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/sessions.h"
#include "support.h"

#define LINE                                                                   \
	"time=100 session=s peer=192.0.2.1 helo=h tls=- user=joe messages=2 "  \
	"bytes=30 rejected=4 ignored=5 end=quit"

static struct reader r;

static void
set_up(void)
{
	static const char *const folders[] = {
	    "M", "M/new", "M/cur", "M/mailpit"};
	char *path;

	for (size_t i = 0; i < 4; i++) {
		path = support_path(folders[i]);
		cr_assert_eq(mkdir(path, 0700), 0);
		free(path);
	}
	path = support_path("M");
	cr_assert_eq(reader_open(&r, path), 0);
	free(path);
}

static void
tear_down(void)
{
	reader_close(&r);
}

TestSuite(sessions, .init = set_up, .fini = tear_down);

Test(sessions, a_line_is_taken_apart)
{
	struct session_line l;

	cr_assert(session_parse(STR(LINE " reply=\"550 no\""), &l));
	cr_assert_eq(l.time, 100);
	cr_assert(str_eq(l.session, STR("s")));
	cr_assert(str_eq(l.peer, STR("192.0.2.1")));
	cr_assert(str_eq(l.user, STR("joe")));
	cr_assert(str_eq(l.end, STR("quit")));
	cr_assert_eq(l.messages, 2);
	cr_assert_eq(l.bytes, 30);
	cr_assert_eq(l.rejected, 4);
	cr_assert_eq(l.ignored, 5);
	cr_assert(str_eq(l.replies, STR("reply=\"550 no\"")));
	cr_assert(session_parse(STR("new=1 " LINE), &l));
}

Test(sessions, what_does_not_parse_is_no_line)
{
	static const char *const lines[] = {"", "x", "time=1", "time=x " LINE,
	    "time=1 messages=1 bytes=1 rejected=1",
	    "time=99999999999999999999 messages=1 bytes=1 rejected=1 "
	    "ignored=1",
	    LINE " junk"};
	struct session_line l;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_assert_not(
		    session_parse(str_of(lines[i]), &l), "%s", lines[i]);
}

Test(sessions, replies_come_one_by_one_and_decoded)
{
	struct str rest = STR("reply=\"550 a \\x22b\\x22\" reply=\"451 "
			      "\\xc3\\xa9\\xzz\" more=1");
	struct buf out = BUF_INIT;

	cr_assert(session_reply(&rest, &out));
	cr_assert_str_eq(out.data, "550 a \"b\"");
	buf_reset(&out);
	cr_assert(session_reply(&rest, &out));
	cr_assert_str_eq(out.data, "451 \xc3\xa9\\xzz");
	cr_assert_not(session_reply(&rest, &out));
	rest = STR("reply=\"cut");
	cr_assert_not(session_reply(&rest, &out));
	buf_fini(&out);
}

Test(sessions, all_hosts_and_the_rotated_ones_are_summed)
{
	struct session_totals t;
	char *long_line = mem_new(200001);
	char *text;

	memset(long_line, 'x', 200000);
	text = mem_format("%s\n%s\ntime=50 messages=1 bytes=1 rejected=0 "
			  "ignored=0 end=eof\ncut",
	    LINE, long_line);
	free(support_file("M/mailpit/sessions.a", text));
	free(support_file("M/mailpit/sessions.a.1", LINE "\n"));
	free(support_file("M/mailpit/sessions.b", LINE "\n\n"));
	free(support_file("M/mailpit/other", LINE "\n"));
	cr_assert_eq(sessions_total(&r, 0, &t), 0);
	cr_assert_eq(t.accepted, 7);
	cr_assert_eq(t.bytes, 91);
	cr_assert_eq(t.rejected, 12);
	cr_assert_eq(t.ignored, 15);
	cr_assert_eq(t.since, 50);
	cr_assert_eq(sessions_total(&r, 51, &t), 0);
	cr_assert_eq(t.accepted, 6);
	cr_assert_eq(t.since, 50);
	free(text);
	free(long_line);
}

Test(sessions, links_and_pipes_are_left_alone)
{
	struct session_totals t;
	char *target = support_file("elsewhere", LINE "\n");
	char *link = support_path("M/mailpit/sessions.link");
	char *pipe = support_path("M/mailpit/sessions.pipe");

	cr_assert_eq(symlink(target, link), 0);
	cr_assert_eq(mkfifo(pipe, 0600), 0);
	cr_assert_eq(sessions_total(&r, 0, &t), 0);
	cr_assert_eq(t.accepted, 0);
	free(target);
	free(link);
	free(pipe);
}
