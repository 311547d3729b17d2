/* SPDX-License-Identifier: MIT */
#ifndef MAIL_SIDE_H
#define MAIL_SIDE_H

/*
 * side: the plain files in <Maildir>/mailpit/ for what a MUA has no place for.
 * Their formats stand in maildir-layout/README.md.
 *
 * findings/<ID>      what was odd about a message, and its DSN parameters;
 *                    written before the message becomes visible
 * sessions.<host>    one line per session, appended
 *
 * Functions return 0, or -1 with errno; then no findings are left behind. Of
 * the session log, a line that a full disk cut short stays; readers skip what
 * does not parse.
 */

#include "base/str.h"
#include "mail/maildir.h"

/*
 * Writes the findings of the message with this ID; text is whole lines. The
 * file is durable on return if the maildir syncs. EEXIST: there is one.
 */
int side_write_findings(struct maildir *m, const char *id, struct str text);

/* Removes it again, for a message that was not delivered after all. */
void side_remove_findings(struct maildir *m, const char *id);

/*
 * Commits a delivery into m, its findings (may be empty) first; without them
 * there is no message. The delivery is over in both cases.
 */
int side_commit(struct maildir *m, struct delivery *d, struct str findings);

/* Removes the tags of a message that is deleted (mail/reader.h writes them). */
void side_remove_tags(struct maildir *m, const char *id);

/* Appends one line (its LF is added) in one write. EINVAL: an LF is in it. */
int side_log_session(struct maildir *m, struct str line);

#endif
