/* SPDX-License-Identifier: MIT */
#ifndef MAIL_ID_H
#define MAIL_ID_H

/*
 * id: the message ID of the API.
 *
 * 22 characters of 0-9A-Za-z: a 128-bit number in base 62, zero-padded, with
 * the digits in that order, so the first is 0 to 7. Fresh ones are random
 * (UUID version 4) from getrandom(2).
 */

#include <stdbool.h>

#include "base/str.h"

#define ID_LENGTH 22
#define ID_SIZE (ID_LENGTH + 1)

/* Fills in a fresh ID and its NUL; without randomness the process dies. */
void id_fresh(char id[ID_SIZE]);

/* Fills in the ID that is this number (big-endian), which is used up. */
#define ID_OCTETS 16
void id_of_number(char id[ID_SIZE], unsigned char number[ID_OCTETS]);

/* Has the form of an ID. */
bool id_is_valid(struct str s);

#endif
