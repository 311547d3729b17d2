/* SPDX-License-Identifier: MIT */
#ifndef SMTP_CONTENT_H
#define SMTP_CONTENT_H

/*
 * content: from the octets of the dialogue to the octets of the store.
 *
 * Sits behind smtp/data. Line ends become LF; CR CR LF in the header is
 * repaired if asked; an empty line goes in front of a message that does not
 * begin with a header field, so that it cannot extend our own header block;
 * all else passes unchanged. On the way it counts size and findings.
 *
 * Time is linear in the octets, memory constant. Beyond max octets nothing is
 * passed on any more and oversized is set. Nothing here is ever a reason to
 * refuse a message; that is for the session to decide.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "smtp/data.h"
#include "smtp/finding.h"

typedef void content_write(void *ctx, const void *p, size_t n);

#define CONTENT_NAME_MAX 1000

struct content {
	/* set by the caller after content_begin() */
	bool repair_header;
	bool utf8_announced, body_8bit_announced;
	uint64_t max; /* octets of the dialogue; 0: no limit */

	/* results */
	struct findings findings;
	uint64_t size; /* octets of the dialogue, dots removed */
	bool oversized;

	/* private */
	content_write *write;
	void *ctx;
	int place; /* first line, header, body */
	int shape; /* what the header line looks like so far */
	bool held_cr; /* a bare CR that may be one of CR CR LF */
	bool line_8bit;
	bool saw_from, saw_date;
	uint64_t line_length;
	struct buf name; /* the line until its shape is known */
};

extern const struct data_sink content_sink;

void content_begin(struct content *c, content_write *write, void *ctx);

/* All octets were fed: writes what is held back, concludes the findings. */
void content_finish(struct content *c);

/* Releases memory; may come at any time after content_begin(). */
void content_fini(struct content *c);

#endif
