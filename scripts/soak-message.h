/* SPDX-License-Identifier: MIT */
#ifndef SCRIPTS_SOAK_MESSAGE_H
#define SCRIPTS_SOAK_MESSAGE_H

/*
 * soak-message: messages that are all different and hard to keep.
 *
 * Everything comes from dice, so that the same seed and number always give the
 * same message: 100 octets to 64 kB, small ones more often; dots where lines
 * begin, lines beyond the 998 octets of RFC 5322, empty ones, and in every
 * other message all octets but CR and LF. It begins with header fields.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define MESSAGE_MIN 100
#define MESSAGE_MAX 65536

struct dice {
	uint64_t state;
};

/* Dice of their own for a number below a seed. */
struct dice dice_of(uint64_t seed, uint64_t number);

/* 0 to n-1. */
uint64_t dice_below(struct dice *dice, uint64_t n);

struct message {
	bool eight_bit; /* octets above 127 are in it */
	bool whole_lines; /* the last one has its end: DATA can carry it */
	struct buf text; /* as it is to be stored, lines end in LF; owned */
};

/* The caller has initialized the text and releases it. */
void message_make(struct message *m, struct dice *dice, uint64_t number);

/* Appends the text as DATA carries it, with the line that ends it. */
void message_by_data(const struct message *m, struct buf *wire);

/* Appends the octets that BDAT carries. */
void message_by_chunk(const struct message *m, struct buf *wire);

#endif
