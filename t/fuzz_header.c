/* SPDX-License-Identifier: MIT */
/* fuzz_header.c: any octets as a header, and as the value of any field */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "mail/addr.h"
#include "mail/envelope.h"
#include "mail/mailbox.h"
#include "mail/tag.h"
#include "mime/addrlist.h"
#include "mime/date.h"
#include "mime/head.h"
#include "mime/param.h"
#include "mime/words.h"

/* That of the seeds with a block of ours. */
#define ID "1i5ZpUhIB9kG0nN3oDSxhT"

/* From the year 0 to 9999, a day more at both ends for the zones. */
#define SECONDS_MIN (-62167219200 - 5 * 86400)
#define SECONDS_MAX (253402300800 + 5 * 86400)
#define OFFSET_MAX (99 * 60 + 59)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Of just that size: the octet behind the last one is nobody's. */
static char *
copy(const void *p, size_t n)
{
	char *octets = malloc(n > 0 ? n : 1);

	must(octets != NULL);
	if (n > 0)
		memcpy(octets, p, n);
	return octets;
}

static void
must_be_line(struct str s)
{
	must(str_is_utf8(s));
	for (size_t i = 0; i < s.n; i++)
		must(!chr_control(s.p[i]));
}

/* Where a tab is as good as a blank. */
static void
must_be_text(struct str s)
{
	while (s.n > 0)
		must_be_line(str_cut(&s, '\t'));
}

static void
ask_words(struct str value)
{
	struct buf text = BUF_INIT;

	words_decode(&text, value);
	must_be_line(buf_str(&text));
	buf_reset(&text);
	words_unescape_percent(&text, value);
	must(text.len <= value.n);
	buf_fini(&text);
}

static void
ask_addresses(struct str value)
{
	struct buf list = BUF_INIT;
	struct str rest, name, address;
	size_t count = 0;

	if (!addrlist_parse(&list, value))
		must(list.len == 0);
	rest = buf_str(&list);
	while (mailbox_next(&rest, &name, &address)) {
		must_be_line(name);
		must_be_line(address);
		must(address.n > 0);
		count++;
	}
	must(count == mailbox_count(buf_str(&list)) && count <= value.n);
	buf_fini(&list);
}

static void
ask_date(struct str value)
{
	int64_t seconds = INT64_MIN;
	int offset = OFFSET_MAX + 1;

	if (!date_parse(value, &seconds, &offset)) {
		must(seconds == INT64_MIN && offset == OFFSET_MAX + 1);
		return;
	}
	must(seconds >= SECONDS_MIN && seconds <= SECONDS_MAX);
	must(offset >= -OFFSET_MAX && offset <= OFFSET_MAX);
}

static void
ask_parameters(struct str value)
{
	static const struct str names[] = {STR("charset"), STR("boundary"),
	    STR("filename"), STR("name"), STR("type")};
	struct buf text = BUF_INIT;

	param_token(&text, value);
	must_be_text(buf_str(&text));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_reset(&text);
		if (param_get(&text, value, names[i]))
			must_be_line(buf_str(&text));
		else
			must(text.len == 0);
	}
	buf_fini(&text);
}

static void
ask_tags(struct str value)
{
	struct buf list = BUF_INIT;
	struct str rest, tag;
	size_t count = 0;

	tag_add_commas(&list, value);
	rest = buf_str(&list);
	while (tag_next(&rest, &tag)) {
		must(tag.n > 0 && tag.n <= TAG_MAX && str_is_printable(tag));
		must(tag_has(buf_str(&list), tag) && tag_hue(tag) < 360);
		count++;
	}
	must(count <= TAGS_MAX);
	buf_fini(&list);
}

static void
ask_path(struct str value)
{
	struct addr_path path;
	struct str host;

	if (addr_parse_path(value, &path) != ADDR_OK)
		return;
	must_be_line(path.mailbox);
	must(path.mailbox.n <= ADDR_PATH_MAX);
	must(path.mailbox.n + path.rest.n <= value.n);
	must(((path.oddities & ADDR_IS_UTF8) != 0) ==
	     str_has_8bit(path.mailbox));
	host = path.mailbox;
	str_cut(&host, '@');
	(void)addr_is_domain(host);
}

/* One value as all kinds of fields. */
static void
ask_value(struct str raw)
{
	struct buf plain = BUF_INIT;
	struct str value;
	char *octets;

	head_unfold(&plain, raw);
	must_be_text(buf_str(&plain));
	octets = copy(plain.data, plain.len);
	value = str_make(octets, plain.len);
	ask_words(value);
	ask_addresses(value);
	ask_date(value);
	ask_parameters(value);
	ask_tags(value);
	ask_path(value);
	free(octets);
	buf_fini(&plain);
}

/*
 * The fields lie behind each other in the octets, and what is handed back as
 * body ends with them.
 */
static void
ask_header(struct str header)
{
	struct str rest = header, name, raw;
	const char *end = header.p + header.n;
	size_t before = rest.n;

	while (head_next(&rest, &name, &raw)) {
		must(rest.n < before && rest.p + rest.n == end);
		must(name.n > 0 && str_is_printable(name));
		must(str_find(name, ':') == name.n);
		must(raw.p > name.p && raw.p + raw.n <= rest.p);
		before = rest.n;
		ask_value(raw);
	}
	must(rest.n <= before && rest.p + rest.n == end);
}

/* A block that is believed is one by itself, whatever follows. */
static void
ask_block(struct str message)
{
	struct envelope e, again;
	struct str rest, address;
	struct buf user = BUF_INIT;
	size_t octets = 0;

	if (!envelope_read(message, STR(ID), &e)) {
		must(e.head == 0 && e.block == 0 && e.recipients.n == 0);
		return;
	}
	must(e.block <= e.head && e.head <= message.n && e.head <= e.block + 1);
	must(message.p[e.block - 1] == '\n');
	must(envelope_read(str_make(message.p, e.block), STR(ID), &again));
	must(again.block == e.block && again.head == e.block);
	must(!envelope_read(str_make(message.p, e.block - 1), STR(ID), &again));
	rest = e.recipients;
	while (envelope_recipient(&rest, &address)) {
		must(address.n > 0 && address.n <= ADDR_PATH_MAX);
		octets += address.n;
	}
	must(octets > 0 && octets < e.recipients.n);
	must(codec_is_xtext(e.user));
	envelope_user(&e, &user);
	must(user.len <= e.user.n);
	buf_fini(&user);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *octets = copy(data, n);
	struct str text = str_make(octets, n);

	ask_header(text);
	ask_block(text);
	ask_value(text);
	free(octets);
	return 0;
}
