/* SPDX-License-Identifier: MIT */
/* sendmail_options.c: the command line that callers of sendmail expect */

#include <getopt.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/addr.h"
#include "mail/trace.h"
#include "prog/sendmail.h"

#define OPTION_MAILDIR 1000

/*
 * A colon: an argument; two: only one that is glued to the letter. What has no
 * case in take() is accepted for its callers' sake and changes nothing.
 */
static const char letters[] =
    ":A:B:C:D:F:GL:N:O:Q::R:S:UV:X:b:d::e:f:himno::p:q::r:tv";

static const struct option long_options[] = {
    {"from", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"maildir", required_argument, NULL, OPTION_MAILDIR},
    {"smtp-addr", required_argument, NULL, 'S'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: sendmail [options] [recipient ...] <message\n"
    "       sendmail -bs\n"
    "\n"
    "  -S, --smtp-addr ADDR  HOST:PORT or unix:PATH (localhost:1025)\n"
    "                        [MP_SENDMAIL_SMTP_ADDR]\n"
    "  -f, -r, --from ADDR   envelope sender, <> for none\n"
    "                        [MP_SENDMAIL_FROM]\n"
    "  -t                    recipients also from To, Cc and Bcc; without a\n"
    "                        recipient argument they always are\n"
    "  -F NAME               full name for a From that is missing\n"
    "      --maildir DIR     deliver into DIR, without a server\n"
    "  -bs                   speak SMTP on stdin and stdout\n"
    "  -v                    show the dialogue\n"
    "  -h, --help            show this text\n"
    "\n"
    "Accepted without effect: -A -B -C -D -G -L -N -O -Q -R -U -V -X -bm -d\n"
    "-e -i -m -n -o -p. A line with a dot alone never ends the message.\n"
    "\n"
    "Exit status: 0 sent, 64 usage, 65 bad message or address, 69 refused,\n"
    "73 no such Maildir, 75 try again. See mailpit-sendmail(8).\n";

void
sendmail_options_help(struct buf *out)
{
	buf_adds(out, help);
}

/* The user who calls; what cannot stand in an address becomes a hyphen. */
static void
own_mailbox(struct buf *out, const char *host)
{
	const struct passwd *pw = getpwuid(getuid());
	struct buf user = BUF_INIT;

	if (pw != NULL && pw->pw_name[0] != '\0')
		buf_adds(&user, pw->pw_name);
	else
		buf_addf(&user, "uid-%ld", (long)getuid());
	for (size_t i = 0; i < user.len; i++) {
		char c = user.data[i];
		bool dot = c == '.' && i > 0 && i + 1 < user.len &&
			   user.data[i - 1] != '.';

		buf_addc(
		    out, chr_alnum(c) || c == '_' || c == '-' || dot ? c : '-');
	}
	buf_addf(out, "@%s", host);
	buf_fini(&user);
}

static bool
take_mode(struct sendmail_options *o, const char *mode, struct buf *why)
{
	if (strcmp(mode, "m") == 0) {
		o->mode = SENDMAIL_SUBMIT;
	} else if (strcmp(mode, "s") == 0) {
		o->mode = SENDMAIL_DIALOGUE;
	} else {
		buf_addf(why,
		    "-b%s is not supported: there is no queue, no "
		    "alias list and no daemon here; use -bm or -bs",
		    mode);
		return false;
	}
	return true;
}

/* Takes what getopt found. */
static bool
take(struct sendmail_options *o, int c, const char **sender, struct buf *why)
{
	switch (c) {
	case 'F':
		o->full_name = optarg;
		break;
	case 'S':
		o->server = optarg;
		break;
	case 'b':
		return take_mode(o, optarg, why);
	case 'f':
	case 'r':
		*sender = optarg;
		break;
	case 'h':
		o->mode = SENDMAIL_HELP;
		break;
	case 'q':
		if (o->mode == SENDMAIL_SUBMIT)
			o->mode = SENDMAIL_QUEUE;
		break;
	case 't':
		o->from_header = true;
		break;
	case 'v':
		o->verbose = true;
		break;
	case OPTION_MAILDIR:
		o->maildir = optarg;
		break;
	default:
		break;
	}
	return true;
}

static bool
read_flags(struct sendmail_options *o, int argc, char **argv,
    const char **sender, struct buf *why)
{
	int c;

	opterr = 0;
	while (
	    (c = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		if (c == ':' || c == '?') {
			const char *word = argv[optind - 1];
			const char *text =
			    c == ':' ? "needs an argument" : "is not known";

			if (strncmp(word, "--", 2) == 0 || optopt == 0)
				buf_addf(why, "%s %s", word, text);
			else
				buf_addf(why, "-%c %s", optopt, text);
			return false;
		}
		if (!take(o, c, sender, why))
			return false;
	}
	return true;
}

/* The forms of --smtp of the server, and "unix:PATH" without a mode. */
static bool
settle_server(struct sendmail_options *o, struct buf *why)
{
	char *with_mode;
	bool ok = address_parse(&o->address, o->server);

	if (!ok && str_begins(str_of(o->server), STR("unix:"))) {
		with_mode = mem_format("%s:600", o->server);
		ok = address_parse(&o->address, with_mode);
		free(with_mode);
	}
	if (!ok)
		buf_addf(
		    why, "-S: neither HOST:PORT nor unix:PATH: %s", o->server);
	return ok;
}

static int
settle(struct sendmail_options *o, const char *sender, struct buf *why)
{
	if (o->mode == SENDMAIL_DIALOGUE && o->maildir != NULL) {
		buf_adds(why, "-bs and --maildir exclude each other");
		return EX_USAGE;
	}
	if (o->full_name != NULL && !str_is_utf8(str_of(o->full_name))) {
		buf_adds(why, "-F: neither ASCII nor UTF-8");
		return EX_USAGE;
	}
	if (o->maildir == NULL && !settle_server(o, why))
		return EX_USAGE;
	if (sender == NULL)
		own_mailbox(&o->sender, o->host);
	else if (!mailbox_read(&o->sender, str_of(sender), o->host, why))
		return EX_DATAERR;
	return 0;
}

/* NULL also for a variable that is empty. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

int
sendmail_options_read(
    struct sendmail_options *o, int argc, char **argv, struct buf *why)
{
	const char *sender = variable("MP_SENDMAIL_FROM");
	int status;

	*o = (struct sendmail_options){
	    .server = variable("MP_SENDMAIL_SMTP_ADDR"),
	    .host = trace_own_host(),
	    .sender = BUF_INIT,
	};
	if (o->server == NULL)
		o->server = "localhost:1025";
	if (!read_flags(o, argc, argv, &sender, why))
		return EX_USAGE;
	if (o->mode == SENDMAIL_HELP)
		return 0;
	status = settle(o, sender, why);
	for (int i = optind; status == 0 && i < argc; i++)
		if (!mailboxes_add(&o->operands, str_of(argv[i]), o->host, why))
			status = EX_DATAERR;
	/* Whoever names recipients has a message for them, not a queue. */
	if (o->mode == SENDMAIL_QUEUE &&
	    (o->from_header || o->operands.count > 0))
		o->mode = SENDMAIL_SUBMIT;
	return status;
}

void
sendmail_options_fini(struct sendmail_options *o)
{
	address_fini(&o->address);
	free(o->host);
	buf_fini(&o->sender);
	mailboxes_fini(&o->operands);
}
