/* SPDX-License-Identifier: MIT */
/* soak-load.c: send very many different messages in every way, and note each */

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "soak-sender.h"

#define SENDERS_MAX 256

/* The options; up to NUMBERS they take a number. */
enum {
	MESSAGES,
	SENDERS,
	SEED,
	NUMBERS,
	AUTH = NUMBERS,
	LEDGER,
	OPTIONS,
};

static const struct {
	const char *name;
	uint64_t min, max, preset;
} numbers[NUMBERS] = {
    [MESSAGES] = {"messages", 1, 100000000, 1000},
    [SENDERS] = {"senders", 1, SENDERS_MAX, 32},
    [SEED] = {"seed", 0, UINT64_MAX, 1},
};

/* Runs the senders to their end and returns the seconds that took. */
static double
run_senders(struct soak *soak, size_t n)
{
	pthread_t threads[SENDERS_MAX];
	struct sender *senders = mem_grow(NULL, n, sizeof(*senders));
	int64_t start = io_now();

	for (size_t i = 0; i < n; i++) {
		sender_init(&senders[i], soak, i);
		if (pthread_create(
			&threads[i], NULL, sender_work, &senders[i]) != 0)
			die("cannot start a thread");
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		sender_fini(&senders[i]);
	}
	free(senders);
	return (double)(io_now() - start) / 1e3;
}

/* Returns the exit status. */
static int
run(struct soak *soak, size_t senders)
{
	double seconds = run_senders(soak, senders);

	if (soak->why.len != 0) {
		log_error("%s", soak->why.data);
		return EX_PROTOCOL;
	}
	printf("seconds %.3f\nmessages %" PRIu64 "\noctets %" PRIu64 "\n",
	    seconds, soak->sent, soak->octets);
	for (size_t i = 0; i < soak->way_count; i++)
		printf("way %zu %ju %ju\n", i,
		    (uintmax_t)soak->ways[i].sessions,
		    (uintmax_t)soak->ways[i].messages);
	return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

/* --- options --- */

/* ADDRESS[,smtps][,starttls][,auth] */
static bool
add_way(struct soak *soak, const char *text)
{
	struct str rest = str_of(text), address = str_cut(&rest, ',');
	struct way *way;
	char *copy;
	bool ok;

	if (soak->way_count == WAYS_MAX)
		return false;
	way = &soak->ways[soak->way_count++];
	way->name = text;
	copy = mem_dup(address.p, address.n);
	ok = address_parse(&way->address, copy);
	free(copy);
	while (ok && rest.n > 0) {
		struct str word = str_cut(&rest, ',');

		if (str_eq(word, STR("smtps")))
			way->smtps = true;
		else if (str_eq(word, STR("starttls")))
			way->starttls = true;
		else if (str_eq(word, STR("auth")) && soak->auth.len > 0)
			way->auth = true;
		else
			ok = false;
	}
	return ok;
}

_Noreturn static void
usage(void)
{
	fputs("usage: soak-load --ledger FILE [--auth USER:PASSWORD] [LIMITS]"
	      " WAY...\n"
	      "  WAY is HOST:PORT or unix:PATH:MODE, and behind it any of"
	      " ,smtps ,starttls ,auth\n",
	    stderr);
	for (size_t i = 0; i < NUMBERS; i++)
		fprintf(stderr, "  --%s N\t%ju to %ju, else %ju\n",
		    numbers[i].name, (uintmax_t)numbers[i].min,
		    (uintmax_t)numbers[i].max, (uintmax_t)numbers[i].preset);
	exit(EX_USAGE);
}

static bool
set_option(struct soak *soak, uint64_t number[], int option, const char *value)
{
	switch (option) {
	case AUTH:
		return client_auth_plain(&soak->auth, value);
	case LEDGER:
		soak->ledger = fopen(value, "we");
		return soak->ledger != NULL;
	default:
		return option >= 0 && option < NUMBERS &&
		       str_u64(str_of(value), &number[option]) &&
		       number[option] >= numbers[option].min &&
		       number[option] <= numbers[option].max;
	}
}

static void
set_options(struct soak *soak, uint64_t number[], int argc, char **argv)
{
	struct option table[OPTIONS + 1] = {
	    [AUTH] = {"auth", required_argument, NULL, AUTH},
	    [LEDGER] = {"ledger", required_argument, NULL, LEDGER},
	};
	int option;

	for (int i = 0; i < NUMBERS; i++) {
		table[i] = (struct option){
		    numbers[i].name, required_argument, NULL, i};
		number[i] = numbers[i].preset;
	}
	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1)
		if (!set_option(soak, number, option, optarg))
			usage();
	if (soak->ledger == NULL || optind == argc)
		usage();
	for (; optind < argc; optind++)
		if (!add_way(soak, argv[optind]))
			usage();
}

int
main(int argc, char **argv)
{
	struct soak soak = {
	    .auth = BUF_INIT,
	    .why = BUF_INIT,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	};
	uint64_t number[NUMBERS];
	int rc;

	set_options(&soak, number, argc, argv);
	if (gnutls_certificate_allocate_credentials(&soak.cred) != 0)
		die("TLS is not available");
	soak.messages = number[MESSAGES];
	soak.seed = number[SEED];
	rc = run(&soak, number[SENDERS]);
	if (fclose(soak.ledger) != 0 && rc == 0)
		rc = EX_IOERR;
	gnutls_certificate_free_credentials(soak.cred);
	for (size_t i = 0; i < soak.way_count; i++)
		address_fini(&soak.ways[i].address);
	buf_fini(&soak.auth);
	buf_fini(&soak.why);
	return rc;
}
