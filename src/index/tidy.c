/* SPDX-License-Identifier: MIT */
/* tidy.c: make the full text anew, without messages that are gone */

#include "index/inside.h"

/* So many are borne with in any case. */
#define DEAD_MIN 2000

/* The texts that are alive, from those kept beside. */
static void
fill_again(struct index *x)
{
	struct db_statement *s = db_statement(x->db,
	    "SELECT b.key, b.text, d.subject, d.sender, d.recipients, d.cc,"
	    " d.bcc, d.reply_to, d.message_id FROM body b"
	    " JOIN detail d ON d.key = b.key ORDER BY b.key");
	struct db_statement *in = db_statement(x->db,
	    "INSERT INTO ft(rowid, text, subject, sender, recipients, cc, bcc,"
	    " reply_to, message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	struct buf folded[8];

	for (int i = 0; i < 8; i++)
		folded[i] = (struct buf)BUF_INIT;
	while (db_step(s)) {
		db_int(in, 1, db_get_int(s, 0));
		for (int i = 0; i < 8; i++) {
			buf_reset(&folded[i]);
			query_fold(&folded[i], db_get_text(s, i + 1));
			db_text(in, i + 2, buf_str(&folded[i]));
		}
		db_go(in);
	}
	for (int i = 0; i < 8; i++)
		buf_fini(&folded[i]);
}

int
inside_tidy(struct index *x)
{
	int64_t dead = db_number(x->db, "SELECT dead FROM state");
	int64_t alive = db_number(x->db, "SELECT total FROM state");

	if (dead < DEAD_MIN || dead < alive)
		return db_state(x->db) == DB_FINE ? 0 : -1;
	inside_begin(x);
	db_run(x->db, "INSERT INTO ft(ft) VALUES ('delete-all')");
	fill_again(x);
	db_run(x->db, "UPDATE state SET dead = 0");
	return inside_commit(x);
}
