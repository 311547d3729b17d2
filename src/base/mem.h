/* SPDX-License-Identifier: MIT */
#ifndef BASE_MEM_H
#define BASE_MEM_H

/*
 * mem: memory that is either there or the end of the process.
 *
 * One process serves one connection, so running out of memory ends that
 * connection and nothing else: no caller tests for it. Before the process
 * ends, the hook of mem_on_death() may write a fixed last word to the peer.
 * All results are owned by the caller and released with free().
 */

#include <stddef.h>

/* Returns n zeroed octets; n of 0 gives a unique pointer. */
void *mem_new(size_t n);

/* realloc() for count items of size octets each, overflow checked. */
void *mem_grow(void *p, size_t count, size_t size);

/* Returns an owned copy of n octets with a NUL behind them. */
char *mem_dup(const void *p, size_t n);

/* Returns an owned copy of a C string; NULL gives NULL. */
char *mem_dups(const char *s);

/* Returns an owned formatted string of any length. */
char *mem_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Installs what runs once, before the process dies; NULL removes it. */
void mem_on_death(void (*hook)(void));

/* Logs the text and ends the process with EX_TEMPFAIL (75). */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* As die(), for what cannot happen: ends with EX_SOFTWARE (70). */
_Noreturn void bug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
