/* SPDX-License-Identifier: MIT */
/* soak-sender.c: send message after message, each in its own way */

#include "soak-sender.h"

#include <inttypes.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "base/codec.h"
#include "base/mem.h"

#define KEPT_MOST 40 /* messages of a connection that is kept open */
#define RECIPIENTS_MOST 3
#define CHUNKS_MOST 4
#define SHA256_SIZE 32
#define PROGRESS 10000

void
sender_init(struct sender *s, struct soak *soak, uint64_t index)
{
	*s = (struct sender){
	    .soak = soak,
	    .index = index,
	    /* Far from the numbers of messages. */
	    .dice = dice_of(soak->seed, UINT64_MAX / 2 + index),
	    .client = CLIENT_INIT,
	    .out = BUF_INIT,
	};
}

void
sender_fini(struct sender *s)
{
	client_fini(&s->client);
	buf_fini(&s->out);
}

/* --- one message --- */

/* Sends what is held back and reads all replies to it. */
static bool
settle(struct sender *s)
{
	bool ok = client_send(&s->client, buf_str(&s->out));

	for (size_t i = 0; ok && i < s->owed_count; i++)
		ok = client_expect(&s->client, s->owed[i]);
	buf_reset(&s->out);
	s->owed_count = 0;
	return ok;
}

/* A command was added to out: sends it, or lets it wait for the others. */
static bool
said(struct sender *s, const char *code)
{
	if (s->owed_count == OWED_MAX)
		bug("more replies than there is room for");
	s->owed[s->owed_count++] = code;
	return s->grouped || settle(s);
}

static bool
send_envelope(struct sender *s, const struct message *m, struct dice *dice)
{
	/* Now and then a client does not announce what it sends. */
	bool announce = m->eight_bit && dice_below(dice, 8) != 0;
	uint64_t recipients = 1 + dice_below(dice, RECIPIENTS_MOST);

	buf_addf(&s->out, "MAIL FROM:<s%" PRIu64 "@example.org>%s\r\n",
	    s->index, announce ? " BODY=8BITMIME" : "");
	if (!said(s, "250"))
		return false;
	for (uint64_t i = 0; i < recipients; i++) {
		buf_addf(&s->out, "RCPT TO:<r%" PRIu64 "@example.com>\r\n", i);
		if (!said(s, "250"))
			return false;
	}
	return true;
}

static bool
send_data(struct sender *s, const struct message *m)
{
	buf_adds(&s->out, "DATA\r\n");
	if (!said(s, "354") || !settle(s))
		return false;
	message_by_data(m, &s->out);
	return said(s, "250");
}

static bool
send_chunks(struct sender *s, const struct message *m, struct dice *dice)
{
	uint64_t count = 1 + dice_below(dice, CHUNKS_MOST);
	struct buf octets = BUF_INIT;
	struct str rest;
	bool ok = true;

	message_by_chunk(m, &octets);
	rest = buf_str(&octets);
	while (ok && count > 0) {
		size_t n = --count == 0 ? rest.n : dice_below(dice, rest.n + 1);

		buf_addf(
		    &s->out, "BDAT %zu%s\r\n", n, count == 0 ? " LAST" : "");
		buf_add(&s->out, rest.p, n);
		rest = str_skip(rest, n);
		ok = said(s, "250");
	}
	buf_fini(&octets);
	return ok;
}

static void
note(struct sender *s, uint64_t number, struct str id, struct str text)
{
	struct soak *soak = s->soak;
	char digest[SHA256_SIZE];
	struct buf hex = BUF_INIT;

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, text.p, text.n, digest) != 0)
		die("no SHA-256");
	codec_hex_encode(&hex, str_make(digest, sizeof(digest)), '\0');
	pthread_mutex_lock(&soak->lock);
	fprintf(soak->ledger, "%" PRIu64 " %.*s %zu %s\n", number, STR_ARG(id),
	    text.n, hex.data);
	soak->octets += text.n;
	if (++soak->sent % PROGRESS == 0) {
		printf("sent %" PRIu64 "\n", soak->sent);
		fflush(stdout);
	}
	pthread_mutex_unlock(&soak->lock);
	buf_fini(&hex);
}

/* "250 2.0.0 Ok: queued as ID" */
static struct str
id_of(const struct client *c)
{
	static const char words[] = "queued as ";
	const char *at = strstr(c->line.data, words);

	return at != NULL ? str_of(at + sizeof(words) - 1) : STR("-");
}

static bool
send_message(struct sender *s, uint64_t number)
{
	struct dice dice = dice_of(s->soak->seed, number);
	struct message m = {.text = BUF_INIT};
	bool ok;

	message_make(&m, &dice, number);
	s->grouped = dice_below(&dice, 2) == 0;
	ok = send_envelope(s, &m, &dice);
	if (ok && m.whole_lines && dice_below(&dice, 3) != 0)
		ok = send_data(s, &m);
	else if (ok)
		ok = send_chunks(s, &m, &dice);
	ok = ok && settle(s);
	if (ok) {
		note(s, number, id_of(&s->client), buf_str(&m.text));
		s->way->messages++;
	}
	buf_fini(&m.text);
	return ok;
}

/* --- one connection --- */

static bool
open_session(struct sender *s)
{
	static const char ehlo[] = "EHLO sender.example.org\r\n";
	struct client *c = &s->client;
	const struct way *way = s->way;

	if (!client_connect(c, &way->address) ||
	    (way->smtps && !client_handshake(c, s->soak->cred)) ||
	    !client_expect(c, "220") || !client_ask(c, ehlo, "250"))
		return false;
	if (way->starttls && (!client_ask(c, "STARTTLS\r\n", "220") ||
				 !client_handshake(c, s->soak->cred) ||
				 !client_ask(c, ehlo, "250")))
		return false;
	return !way->auth || client_ask(c, s->soak->auth.data, "235");
}

/* Takes the next number. Returns false when there is none left. */
static bool
take(struct soak *soak, uint64_t *number)
{
	*number = atomic_fetch_add(&soak->next, 1);
	return *number < soak->messages && !atomic_load(&soak->failed);
}

static void
give_up(struct sender *s, uint64_t number)
{
	struct soak *soak = s->soak;

	pthread_mutex_lock(&soak->lock);
	if (soak->why.len == 0)
		buf_addf(&soak->why, "message %" PRIu64 " by %s: %s", number,
		    s->way->name, s->client.why.data);
	pthread_mutex_unlock(&soak->lock);
	atomic_store(&soak->failed, true);
}

/* One connection, which begins with this message. */
static bool
run_session(struct sender *s, uint64_t number)
{
	uint64_t left = 1;
	bool ok;

	s->way = &s->soak->ways[dice_below(&s->dice, s->soak->way_count)];
	if (dice_below(&s->dice, 2) == 0)
		left += dice_below(&s->dice, KEPT_MOST);
	s->way->sessions++;
	ok = open_session(s) && send_message(s, number);
	while (ok && --left > 0 && take(s->soak, &number))
		ok = send_message(s, number);
	/* Some just leave. */
	if (ok && dice_below(&s->dice, 8) != 0)
		ok = client_ask(&s->client, "QUIT\r\n", "221");
	if (!ok)
		give_up(s, number);
	client_fini(&s->client);
	return ok;
}

void *
sender_work(void *arg)
{
	struct sender *s = arg;
	uint64_t number;

	while (take(s->soak, &number) && run_session(s, number))
		;
	return NULL;
}
