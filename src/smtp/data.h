/* SPDX-License-Identifier: MIT */
#ifndef SMTP_DATA_H
#define SMTP_DATA_H

/*
 * data: where a message ends, and which of its octets are content.
 *
 * The only place that decides on line ends and dots (RFC 5321 section 4.5.2).
 * The command that opened the data fixes the line end of the dialogue:
 *
 * DATA_CRLF   only CR LF . CR LF ends; a bare LF or CR is content
 * DATA_LF     only LF . LF ends; for people who type into a socket
 * DATA_CHUNK  BDAT: nothing ends, the octets are counted; no dots
 *
 * No mixture ever ends a message. The machine keeps one octet of state, so it
 * does not matter how the octets are split over reads; it never allocates.
 */

#include <stdbool.h>
#include <stddef.h>

enum data_mode {
	DATA_CRLF,
	DATA_LF,
	DATA_CHUNK,
};

enum data_line_end {
	DATA_END_CRLF,
	DATA_END_LF, /* the line end of a DATA_LF dialogue */
	DATA_END_BARE_LF, /* an LF where CR LF is the line end */
};

/* Where the content goes, in order. */
struct data_sink {
	void (*text)(void *ctx, const char *p, size_t n); /* no CR, no LF */
	void (*bare_cr)(void *ctx);
	void (*line_end)(void *ctx, enum data_line_end how);
};

struct data {
	enum data_mode mode;
	int state;
};

void data_begin(struct data *d, enum data_mode mode);

/*
 * Takes up to n octets and hands the content to the sink. Returns how many
 * were taken; *ended tells that the end of the data was among them, and then
 * what follows is not content.
 */
size_t data_feed(struct data *d, const char *p, size_t n, bool *ended,
    const struct data_sink *sink, void *ctx);

/* The last chunk is complete: hands over what was held back. */
void data_finish(struct data *d, const struct data_sink *sink, void *ctx);

#endif
