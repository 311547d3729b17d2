/* SPDX-License-Identifier: MIT */
/* mem.c: allocate or die, and the one place where a process dies */

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"

static void (*death_hook)(void);

void
mem_on_death(void (*hook)(void))
{
	death_hook = hook;
}

__attribute__((format(printf, 1, 0))) static void
last_word(const char *fmt, va_list ap)
{
	void (*hook)(void) = death_hook;
	char text[256];

	death_hook = NULL; /* a hook that dies itself must not loop */
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	log_error("%s", text);
	if (hook != NULL)
		hook();
}

void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	last_word(fmt, ap);
	va_end(ap);
	exit(EX_TEMPFAIL);
}

void
bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	last_word(fmt, ap);
	va_end(ap);
	exit(EX_SOFTWARE);
}

void *
mem_new(size_t n)
{
	void *p = calloc(1, n != 0 ? n : 1);

	if (p == NULL)
		die("out of memory (%zu octets)", n);
	return p;
}

void *
mem_grow(void *p, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		die("out of memory (%zu items of %zu octets)", count, size);
	p = realloc(p, count * size != 0 ? count * size : 1);
	if (p == NULL)
		die("out of memory (%zu items of %zu octets)", count, size);
	return p;
}

char *
mem_dup(const void *p, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		die("out of memory (%zu octets)", n);
	copy = mem_grow(NULL, n + 1, 1);
	if (n != 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *
mem_dups(const char *s)
{
	return s == NULL ? NULL : mem_dup(s, strlen(s));
}

char *
mem_format(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		bug("unprintable format: %s", fmt);
	s = mem_grow(NULL, (size_t)n + 1, 1);
	va_start(ap, fmt);
	if (vsnprintf(s, (size_t)n + 1, fmt, ap) != n)
		bug("unprintable format: %s", fmt);
	va_end(ap);
	return s;
}
