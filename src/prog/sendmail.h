/* SPDX-License-Identifier: MIT */
#ifndef PROG_SENDMAIL_H
#define PROG_SENDMAIL_H

/*
 * sendmail: what the parts of mailpit-sendmail(8) have in common.
 *
 * Options come first, then the message is read from stdin into a file without
 * a name, then it is handed over: by SMTP (sendmail.c) or straight into a
 * Maildir (sendmail_store.c). So nothing is sent of a message that could not
 * be read to its end, and memory does not grow with its size.
 *
 * Functions that can fail in several ways return an exit status of sysexits.h
 * (0: fine) and a text in *why.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "net/address.h"

/* Owned mailboxes, each once, in the order they were added. */
struct mailboxes {
	char **items;
	size_t count;
};

/*
 * Adds every mailbox of an address list (RFC 5322 section 3.4: names, quoted
 * strings, comments, groups, folds). A mailbox without a domain gets host.
 * False and a text: one of them is no mailbox, or there are too many.
 */
bool mailboxes_add(
    struct mailboxes *l, struct str list, const char *host, struct buf *why);
void mailboxes_fini(struct mailboxes *l);

/* Appends the one mailbox in text; nothing for the null path (<> or empty). */
bool mailbox_read(
    struct buf *out, struct str text, const char *host, struct buf *why);

enum sendmail_mode {
	SENDMAIL_SUBMIT,
	SENDMAIL_DIALOGUE, /* -bs */
	SENDMAIL_QUEUE, /* -q: run a queue, and there is none */
	SENDMAIL_HELP,
};

struct sendmail_options {
	enum sendmail_mode mode;
	bool from_header; /* -t */
	bool verbose;
	const char *server; /* borrowed, as given */
	const char *maildir; /* borrowed; NULL: by SMTP */
	const char *full_name; /* borrowed; NULL: none */
	struct address address; /* server, parsed */
	char *host; /* owned: this machine's name */
	struct buf sender; /* mailbox; empty: the null path */
	struct mailboxes operands;
};

int sendmail_options_read(
    struct sendmail_options *o, int argc, char **argv, struct buf *why);
void sendmail_options_fini(struct sendmail_options *o);
void sendmail_options_help(struct buf *out);

/* A message that was read; its lines end in CRLF, also the last one. */
struct sendmail_message {
	int fd; /* at its beginning; -1: nothing was read */
	uint64_t size; /* octets */
	struct buf to; /* the values of To, Cc and Bcc, comma-separated */
	struct buf resent_to; /* those of Resent-To, Resent-Cc, Resent-Bcc */
};

/*
 * Reads in to its end. Bcc and Resent-Bcc are left out; From, Date and
 * Message-ID are added if they are missing.
 */
int sendmail_message_read(struct sendmail_message *m, int in,
    const struct sendmail_options *o, struct buf *why);
void sendmail_message_fini(struct sendmail_message *m);

/* Append a header field with its CRLF. */
void sendmail_add_from(struct buf *out, const struct sendmail_options *o);
void sendmail_add_date(struct buf *out);
void sendmail_add_message_id(struct buf *out, const struct sendmail_options *o);

/* Delivers into the Maildir, without a server. */
int sendmail_store(const struct sendmail_options *o,
    const struct sendmail_message *m, const struct mailboxes *to,
    struct buf *why);

/* Copies stdin to the server and what it says to stdout, until it closes. */
int sendmail_dialogue(const struct sendmail_options *o, struct buf *why);

#endif
