/* SPDX-License-Identifier: MIT */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * buf: growable octets with an optional hard limit.
 *
 * Invariants: data is never NULL, data[len] is NUL, the contents may hold
 * NULs. max 0 means trusted input without a limit; everything that the
 * network fills has a max. What would go beyond max is dropped as a whole and
 * sets the sticky flag over: add as often as you like, test once. Growth that
 * the system refuses ends the process (base/mem).
 *
 * Ownership: the buf owns data until buf_detach(). Every pointer into data is
 * valid until the next call that changes the buf.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct buf {
	char *data;
	size_t len;
	size_t cap; /* 0: data is the shared empty string */
	size_t max;
	bool over;
};

extern char buf_empty[];

#define BUF_INIT                                                               \
	{                                                                      \
		.data = buf_empty                                              \
	}
#define BUF_INIT_MAX(n)                                                        \
	{                                                                      \
		.data = buf_empty, .max = (n)                                  \
	}

void buf_fini(struct buf *b);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_add_str(struct buf *b, struct str s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets the contents and the flag over, keeps the memory. */
void buf_reset(struct buf *b);

/* As buf_reset, and overwrites what was there (secrets). */
void buf_wipe(struct buf *b);

/* Forgets all but the first n octets. */
void buf_truncate(struct buf *b, size_t n);

/* Drops the first n octets. */
void buf_consume(struct buf *b, size_t n);

/* Returns the owned contents; the buf is empty afterwards. */
char *buf_detach(struct buf *b);

/* Borrows the contents. */
struct str buf_str(const struct buf *b);

#endif
