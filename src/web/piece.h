/* SPDX-License-Identifier: MIT */
#ifndef WEB_PIECE_H
#define WEB_PIECE_H

/*
 * piece: HTML written as a list of typed pieces.
 *
 *     PUT(out, H("<p title=\""), T(name), H("\">"), N(count), H("</p>"));
 *
 * H takes a literal and nothing else (a variable does not compile), IF a
 * literal that is there only if the condition holds, T a text
 * that is escaped so that it may stand as text or between double quotes, U
 * one component of a URL, N a number. So no value of a mail can get into a
 * page unescaped, and no format can disagree with its arguments.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "web/out.h"

enum piece_kind {
	PIECE_HTML,
	PIECE_TEXT,
	PIECE_URL,
	PIECE_NUMBER,
};

struct piece {
	enum piece_kind kind;
	struct str s;
	uint64_t n;
};

#define H(lit)                                                                 \
	{                                                                      \
		.kind = PIECE_HTML, .s = STR(lit)                              \
	}
#define IF(condition, lit)                                                     \
	{                                                                      \
		.kind = PIECE_HTML, .s = (condition) ? STR(lit) : STR("")      \
	}
#define T(str)                                                                 \
	{                                                                      \
		.kind = PIECE_TEXT, .s = (str)                                 \
	}
#define TS(chars)                                                              \
	{                                                                      \
		.kind = PIECE_TEXT, .s = str_of(chars)                         \
	}
#define TB(buf)                                                                \
	{                                                                      \
		.kind = PIECE_TEXT, .s = buf_str(buf)                          \
	}
#define U(str)                                                                 \
	{                                                                      \
		.kind = PIECE_URL, .s = (str)                                  \
	}
#define N(number)                                                              \
	{                                                                      \
		.kind = PIECE_NUMBER, .n = (number)                            \
	}

#define PUT(out, ...)                                                          \
	piece_put((out), (const struct piece[]){__VA_ARGS__},                  \
	    sizeof((const struct piece[]){__VA_ARGS__}) /                      \
		sizeof(struct piece))

void piece_put(struct out *o, const struct piece *pieces, size_t n);

/* Appends s as one component of a URL. */
void piece_url(struct buf *out, struct str s);

#endif
