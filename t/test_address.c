/* SPDX-License-Identifier: MIT */
/* test_address.c: where to listen, and who has connected */

#include "net/address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "support.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(address, internet_forms)
{
	static const struct {
		const char *text, *host, *port;
	} rows[] = {
	    {":1025", "", "1025"},
	    {"0.0.0.0:1025", "0.0.0.0", "1025"},
	    {"127.0.0.1:0", "127.0.0.1", "0"},
	    {"localhost:65535", "localhost", "65535"},
	    {"mail.example:25", "mail.example", "25"},
	    {"[::]:1025", "::", "1025"},
	    {"[::1]:25", "::1", "25"},
	    {"[127.0.0.1]:25", "127.0.0.1", "25"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address a;

		cr_assert(address_parse(&a, rows[i].text), "%s", rows[i].text);
		cr_expect_not(a.local, "%s", rows[i].text);
		cr_expect_str_eq(a.host, rows[i].host);
		cr_expect_str_eq(a.port, rows[i].port);
		address_fini(&a);
	}
}

Test(address, forms_of_a_socket_file)
{
	static const struct {
		const char *text, *path;
		mode_t mode;
	} rows[] = {
	    {"unix:/tmp/s:660", "/tmp/s", 0660},
	    {"unix:/tmp/s:0660", "/tmp/s", 0660},
	    {"unix:/tmp/s:777", "/tmp/s", 0777},
	    {"unix:/tmp/s:000", "/tmp/s", 0},
	    {"unix:s:600", "s", 0600},
	    {"unix:/tmp/a:b:600", "/tmp/a:b", 0600},
	    {"unix:/tmp/a b:600", "/tmp/a b", 0600},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address a;

		cr_assert(address_parse(&a, rows[i].text), "%s", rows[i].text);
		cr_expect(a.local, "%s", rows[i].text);
		cr_expect_str_eq(a.path, rows[i].path);
		cr_expect_eq(a.mode, rows[i].mode, "%s", rows[i].text);
		address_fini(&a);
	}
}

Test(address, what_has_no_form_is_refused)
{
	static const char *const rows[] = {"", ":", "1025", "localhost",
	    "localhost:", "localhost:smtp", "localhost:-1", "localhost:+1",
	    "localhost:65536", "localhost:99999999999999999999",
	    "localhost: 25", "localhost:25 ", "::1:25", ":::25", "[::1]",
	    "[::1]25", "[::1:25", "::1]:25", "a:b:25", "unix:", "unix::600",
	    "unix:/tmp/s", "unix:/tmp/s:", "unix:/tmp/s:60", "unix:/tmp/s:068",
	    "unix:/tmp/s:999", "unix:/tmp/s:00660", "unix:/tmp/s:1777",
	    "unix:/tmp/s:rw-", "unix:600"};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address a;

		cr_expect_not(address_parse(&a, rows[i]), "%s", rows[i]);
		address_fini(&a);
	}
}

Test(address, a_path_is_as_long_as_the_system_takes)
{
	size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	for (size_t n = most; n <= most + 1; n++) {
		char *path = mem_new(n + 1), *text;
		struct address a;

		memset(path, 'p', n);
		text = mem_format("unix:%s:600", path);
		cr_expect_eq(address_parse(&a, text), n == most, "%zu", n);
		address_fini(&a);
		free(path);
		free(text);
	}
}

static struct address
parse(const char *text)
{
	struct address a;

	cr_assert(address_parse(&a, text), "%s", text);
	return a;
}

static unsigned
port_of(int fd)
{
	struct sockaddr_storage any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	socklen_t n = sizeof(any);

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&any, &n), 0);
	memcpy(&in, &any, sizeof(in));
	memcpy(&in6, &any, sizeof(in6));
	return any.ss_family == AF_INET ? ntohs(in.sin_port)
					: ntohs(in6.sin6_port);
}

static void
close_all(const int *sockets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(sockets[i]);
}

/* Listens at text, connects to reach (with that port) and accepts. */
static void
assert_reached(const char *text, const char *reach, const char *peer)
{
	struct address a = parse(text), b;
	int sockets[ADDRESS_SOCKETS_MAX], client, server;
	char name[ADDRESS_TEXT_MAX] = "";
	struct buf why = BUF_INIT;
	size_t n = address_listen(&a, sockets, &why);
	char *at;

	cr_assert_geq(n, 1, "%s: %s", text, why.data);
	at = mem_format("%s:%u", reach, port_of(sockets[0]));
	b = parse(at);
	client = address_connect(&b, 2000);
	cr_assert_geq(client, 0, "%s: %s", at, strerror(errno));
	server = accept(sockets[0], NULL, NULL);
	cr_assert_geq(server, 0);
	cr_expect(address_of_peer(server, name));
	cr_expect_str_eq(name, peer);
	close(client);
	close(server);
	close_all(sockets, n);
	address_fini(&a);
	address_fini(&b);
	buf_fini(&why);
	free(at);
}

static bool
has_ipv6(void)
{
	struct address a = parse("[::1]:0");
	int sockets[ADDRESS_SOCKETS_MAX];
	struct buf why = BUF_INIT;
	size_t n = address_listen(&a, sockets, &why);

	close_all(sockets, n);
	address_fini(&a);
	buf_fini(&why);
	return n > 0;
}

Test(address, what_listens_is_reached_and_knows_its_peer)
{
	assert_reached("127.0.0.1:0", "127.0.0.1", "127.0.0.1");
	assert_reached("127.0.0.1:0", "localhost", "127.0.0.1");
	assert_reached(":0", "127.0.0.1", "127.0.0.1");
	/* An IPv4 peer of a socket for both is written as one. */
	assert_reached("[::]:0", "127.0.0.1", "127.0.0.1");
	if (!has_ipv6())
		return;
	assert_reached("[::]:0", "[::1]", "::1");
	assert_reached("[::1]:0", "[::1]", "::1");
}

Test(address, a_port_that_is_taken_is_refused_with_its_name)
{
	struct address a = parse("127.0.0.1:0"), b;
	int first[ADDRESS_SOCKETS_MAX], second[ADDRESS_SOCKETS_MAX];
	struct buf why = BUF_INIT;
	char *text;

	cr_assert_eq(address_listen(&a, first, &why), 1, "%s", why.data);
	text = mem_format("127.0.0.1:%u", port_of(first[0]));
	b = parse(text);
	cr_expect_eq(address_listen(&b, second, &why), 0);
	cr_expect_neq(strstr(why.data, text), NULL, "%s", why.data);
	cr_expect_neq(strstr(why.data, "in use"), NULL, "%s", why.data);
	close(first[0]);
	address_fini(&a);
	address_fini(&b);
	buf_fini(&why);
	free(text);
}

Test(address, a_port_that_is_taken_is_refused_for_all_addresses)
{
	struct address a = parse(":0"), b;
	int first[ADDRESS_SOCKETS_MAX], second[ADDRESS_SOCKETS_MAX];
	struct buf why = BUF_INIT;
	char *text;

	cr_assert_eq(address_listen(&a, first, &why), 1, "%s", why.data);
	text = mem_format(":%u", port_of(first[0]));
	b = parse(text);
	cr_expect_eq(address_listen(&b, second, &why), 0);
	cr_expect_neq(strstr(why.data, text), NULL, "%s", why.data);
	cr_expect_neq(strstr(why.data, "in use"), NULL, "%s", why.data);
	close(first[0]);
	address_fini(&a);
	address_fini(&b);
	buf_fini(&why);
	free(text);
}

Test(address, an_address_of_no_host_is_refused)
{
	/* It is for documentation, no host has it (RFC 5737). */
	struct address a = parse("192.0.2.1:0");
	int sockets[ADDRESS_SOCKETS_MAX];
	struct buf why = BUF_INIT;

	cr_expect_eq(address_listen(&a, sockets, &why), 0);
	cr_expect_neq(strstr(why.data, "192.0.2.1:0"), NULL, "%s", why.data);
	address_fini(&a);
	buf_fini(&why);
}

/* "unix:" path ":600"; the path is support_path(name). */
static struct address
local_address(const char *name, const char *mode, char **path)
{
	struct address a;
	char *text;

	*path = support_path(name);
	text = mem_format("unix:%s:%s", *path, mode);
	a = parse(text);
	free(text);
	return a;
}

Test(address, a_socket_file_has_exactly_the_rights_asked_for)
{
	static const char *const modes[] = {"600", "0660", "666", "777", "000"};

	for (size_t i = 0; i < COUNT(modes); i++) {
		mode_t masks[] = {0, 077, 0777};

		for (size_t k = 0; k < COUNT(masks); k++) {
			char *path;
			struct address a = local_address("s", modes[i], &path);
			int sockets[ADDRESS_SOCKETS_MAX];
			struct buf why = BUF_INIT;
			struct stat st;

			umask(masks[k]);
			cr_assert_eq(address_listen(&a, sockets, &why), 1, "%s",
			    why.data);
			cr_expect_eq(umask(masks[k]), masks[k]);
			cr_assert_eq(stat(path, &st), 0);
			cr_expect_eq(st.st_mode & 07777, a.mode, "%s %o",
			    modes[i], masks[k]);
			close(sockets[0]);
			address_unbind(&a);
			cr_expect_neq(stat(path, &st), 0);
			address_fini(&a);
			buf_fini(&why);
			free(path);
		}
	}
}

Test(address, a_peer_on_a_socket_file_has_no_address)
{
	char *path, name[ADDRESS_TEXT_MAX];
	struct address a = local_address("s", "600", &path);
	int sockets[ADDRESS_SOCKETS_MAX], client, server, files[2];
	struct buf why = BUF_INIT;

	cr_assert_eq(address_listen(&a, sockets, &why), 1, "%s", why.data);
	client = address_connect(&a, 2000);
	cr_assert_geq(client, 0);
	server = accept(sockets[0], NULL, NULL);
	cr_assert_geq(server, 0);
	cr_expect_not(address_of_peer(server, name));
	cr_assert_eq(pipe(files), 0);
	cr_expect_not(address_of_peer(files[0], name));
	cr_expect_not(address_of_peer(-1, name));
	cr_expect_not(address_of_peer(sockets[0], name));
	close(client);
	close(server);
	close(sockets[0]);
	close(files[0]);
	close(files[1]);
	address_fini(&a);
	buf_fini(&why);
	free(path);
}

Test(address, a_socket_file_that_nobody_answers_on_is_replaced)
{
	char *path;
	struct address a = local_address("s", "600", &path);
	int sockets[ADDRESS_SOCKETS_MAX], client;
	struct buf why = BUF_INIT;

	cr_assert_eq(address_listen(&a, sockets, &why), 1);
	close(sockets[0]);
	cr_assert_eq(address_connect(&a, 2000), -1);
	cr_expect_eq(errno, ECONNREFUSED);
	cr_assert_eq(address_listen(&a, sockets, &why), 1, "%s", why.data);
	client = address_connect(&a, 2000);
	cr_expect_geq(client, 0);
	close(client);
	close(sockets[0]);
	address_fini(&a);
	buf_fini(&why);
	free(path);
}

Test(address, a_socket_file_in_use_is_left_alone)
{
	char *path;
	struct address a = local_address("s", "600", &path);
	int sockets[ADDRESS_SOCKETS_MAX], more[ADDRESS_SOCKETS_MAX], client;
	struct buf why = BUF_INIT;

	cr_assert_eq(address_listen(&a, sockets, &why), 1);
	cr_expect_eq(address_listen(&a, more, &why), 0);
	cr_expect_neq(strstr(why.data, "already in use"), NULL, "%s", why.data);
	client = address_connect(&a, 2000);
	cr_expect_geq(client, 0);
	close(client);
	close(sockets[0]);
	address_fini(&a);
	buf_fini(&why);
	free(path);
}

Test(address, no_other_file_is_ever_replaced)
{
	char *file = support_file("file", "precious");
	char *link_path = support_path("link"), *text;
	const char *const paths[] = {file, link_path, "/tmp"};

	cr_assert_eq(symlink("nowhere", link_path), 0);
	for (size_t i = 0; i < COUNT(paths); i++) {
		char *form = mem_format("unix:%s:600", paths[i]);
		struct address a = parse(form);
		int sockets[ADDRESS_SOCKETS_MAX];
		struct buf why = BUF_INIT;
		struct stat st;

		cr_expect_eq(
		    address_listen(&a, sockets, &why), 0, "%s", paths[i]);
		cr_expect_neq(strstr(why.data, paths[i]), NULL, "%s", why.data);
		cr_expect_eq(lstat(paths[i], &st), 0, "%s", paths[i]);
		address_fini(&a);
		buf_fini(&why);
		free(form);
	}
	text = support_read(file);
	cr_expect_str_eq(text, "precious");
	free(text);
	free(file);
	free(link_path);
}

Test(address, a_socket_file_needs_its_folder)
{
	char *path;
	struct address a = local_address("missing/s", "600", &path);
	int sockets[ADDRESS_SOCKETS_MAX];
	struct buf why = BUF_INIT;

	cr_expect_eq(address_listen(&a, sockets, &why), 0);
	cr_expect_neq(strstr(why.data, path), NULL, "%s", why.data);
	address_fini(&a);
	buf_fini(&why);
	free(path);
}

Test(address, unbinding_an_internet_address_removes_nothing)
{
	struct address a = parse("127.0.0.1:0");

	address_unbind(&a);
	address_fini(&a);
}

Test(address, connecting_to_nobody_fails_in_time)
{
	char *path;
	struct address nowhere = local_address("none", "600", &path);
	struct address closed = parse("127.0.0.1:0"), b;
	int sockets[ADDRESS_SOCKETS_MAX];
	struct buf why = BUF_INIT;
	char *text;

	cr_expect_eq(address_connect(&nowhere, 1000), -1);
	cr_expect_eq(errno, ENOENT);
	cr_assert_eq(address_listen(&closed, sockets, &why), 1);
	text = mem_format("127.0.0.1:%u", port_of(sockets[0]));
	close(sockets[0]);
	b = parse(text);
	cr_expect_eq(address_connect(&b, 1000), -1);
	cr_expect_eq(errno, ECONNREFUSED);
	address_fini(&nowhere);
	address_fini(&closed);
	address_fini(&b);
	buf_fini(&why);
	free(path);
	free(text);
}

Test(address, an_address_is_taken_from_text_only_if_it_is_one)
{
	static const struct {
		const char *text, *address;
	} rows[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"::1", "::1"},
	    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"", NULL},
	    {"192.0.2", NULL},
	    {"192.0.2.1 ", NULL},
	    {"192.0.2.1\nX: y", NULL},
	    {"192.0.2.1:25", NULL},
	    {"[::1]", NULL},
	    {"fe80::1%lo", NULL},
	    {"localhost", NULL},
	    {"x)", NULL},
	};
	char out[ADDRESS_TEXT_MAX] = "before";

	cr_expect_not(address_from_text(NULL, out));
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool is_one = address_from_text(rows[i].text, out);

		cr_expect_eq(
		    is_one, rows[i].address != NULL, "%s", rows[i].text);
		if (is_one)
			cr_expect_str_eq(out, rows[i].address);
	}
}
