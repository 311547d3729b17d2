/* SPDX-License-Identifier: MIT */
/* buf.c: growable octets that know their limit */

#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

char buf_empty[1];

void
buf_fini(struct buf *b)
{
	if (b->cap != 0)
		free(b->data);
	*b = (struct buf)BUF_INIT_MAX(b->max);
}

/* Makes room for n more octets and a NUL. */
static bool
reserve(struct buf *b, size_t n)
{
	size_t want, cap = b->cap;

	if (n > SIZE_MAX / 2 - b->len)
		die("out of memory (%zu octets)", n);
	want = b->len + n;
	if (b->max != 0 && want > b->max) {
		b->over = true;
		return false;
	}
	if (want < cap)
		return true;
	while (cap <= want)
		cap = cap < 64 ? 64 : cap + cap / 2;
	if (b->max != 0 && cap > b->max + 1)
		cap = b->max + 1;
	b->data = mem_grow(b->cap != 0 ? b->data : NULL, cap, 1);
	b->cap = cap;
	return true;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !reserve(b, n))
		return;
	memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		bug("unprintable format: %s", fmt);
	if (n == 0 || !reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	if (vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap) != n)
		bug("unprintable format: %s", fmt);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->cap != 0)
		b->data[0] = '\0';
}

void
buf_truncate(struct buf *b, size_t n)
{
	if (n >= b->len)
		return;
	b->len = n;
	b->data[n] = '\0';
}

void
buf_wipe(struct buf *b)
{
	if (b->cap != 0)
		explicit_bzero(b->data, b->cap);
	buf_reset(b);
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n > b->len)
		bug("buf_consume: %zu of %zu octets", n, b->len);
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}

char *
buf_detach(struct buf *b)
{
	char *data = b->cap != 0 ? b->data : mem_dup("", 0);

	*b = (struct buf)BUF_INIT_MAX(b->max);
	return data;
}

struct str
buf_str(const struct buf *b)
{
	return str_make(b->data, b->len);
}
