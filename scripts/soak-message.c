/* SPDX-License-Identifier: MIT */
/* soak-message.c: make messages from dice, and put them on the wire */

#include "soak-message.h"

#include <inttypes.h>

#define LONG_LINE 998
#define LONG_MORE 4000

/* One step of the splitmix64 generator. */
static uint64_t
dice_throw(struct dice *dice)
{
	uint64_t x = dice->state += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

struct dice
dice_of(uint64_t seed, uint64_t number)
{
	struct dice first = {.state = seed};

	return (struct dice){.state = dice_throw(&first) + number};
}

uint64_t
dice_below(struct dice *dice, uint64_t n)
{
	return dice_throw(dice) % n;
}

/* Any octet but CR and LF, or a printable one. */
static char
octet(uint64_t bits, bool eight_bit)
{
	unsigned char c = (unsigned char)bits;

	if (eight_bit)
		return c == '\r' || c == '\n' ? ' ' : (char)c;
	return (char)(' ' + c % 95);
}

static void
add_octets(struct buf *out, struct dice *dice, size_t n, bool eight_bit)
{
	while (n > 0) {
		char eight[8];
		uint64_t bits = dice_throw(dice);
		size_t take = n < sizeof(eight) ? n : sizeof(eight);

		for (size_t i = 0; i < take; i++, bits >>= 8)
			eight[i] = octet(bits, eight_bit);
		buf_add(out, eight, take);
		n -= take;
	}
}

static void
add_line(struct buf *out, struct dice *dice, bool eight_bit)
{
	static const char *const starts[] = {
	    "", "", "", "", ".", "..", ". ", ".\t", "From ", " "};
	const size_t count = sizeof(starts) / sizeof(starts[0]);
	size_t n = dice_below(dice, 79);

	if (dice_below(dice, 8) == 0)
		n = 0;
	else if (dice_below(dice, 200) == 0)
		n = LONG_LINE + dice_below(dice, LONG_MORE);
	buf_adds(out, starts[dice_below(dice, count)]);
	add_octets(out, dice, n, eight_bit);
	buf_addc(out, '\n');
}

/* Each doubling is less often than the one before. */
static size_t
size_of(struct dice *dice)
{
	uint64_t a = dice_below(dice, 10), b = dice_below(dice, 10);
	size_t least = (size_t)MESSAGE_MIN << (a < b ? a : b);
	size_t size = least + dice_below(dice, least);

	return size < MESSAGE_MAX ? size : MESSAGE_MAX;
}

void
message_make(struct message *m, struct dice *dice, uint64_t number)
{
	size_t size = size_of(dice);

	m->eight_bit = dice_below(dice, 2) == 0;
	m->whole_lines = dice_below(dice, 4) != 0;
	buf_addf(&m->text,
	    "Subject: %" PRIu64 "\n"
	    "From: a@example.org\n"
	    "Date: Thu, 01 Jan 2026 12:00:00 +0000\n\n",
	    number);
	while (m->text.len < size)
		add_line(&m->text, dice, m->eight_bit);
	buf_truncate(&m->text, size - 1);
	buf_addc(&m->text, m->whole_lines ? '\n' : '.');
}

static void
put_lines(struct buf *wire, struct str text, bool stuff)
{
	while (text.n > 0) {
		size_t n = str_find(text, '\n');

		if (stuff && text.p[0] == '.')
			buf_addc(wire, '.');
		buf_add(wire, text.p, n);
		if (n < text.n)
			buf_adds(wire, "\r\n");
		text = str_skip(text, n + 1);
	}
}

void
message_by_data(const struct message *m, struct buf *wire)
{
	put_lines(wire, buf_str(&m->text), true);
	buf_adds(wire, ".\r\n");
}

void
message_by_chunk(const struct message *m, struct buf *wire)
{
	put_lines(wire, buf_str(&m->text), false);
}
