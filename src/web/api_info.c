/* SPDX-License-Identifier: MIT */
/* api_info.c: what this server is and holds, and whether it works */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/sessions.h"
#include "web/api.h"
#include "web/asset.h"

void
api_livez(struct web *w)
{
	out_begin(&w->out, 200, NULL, OUT_API);
}

void
api_readyz(struct web *w)
{
	struct buf why = BUF_INIT;

	if (w->index == NULL)
		w->index = w->open_index(w->arg, &why);
	if (w->index != NULL)
		out_begin(&w->out, 200, NULL, OUT_API);
	else
		out_error(&w->out, 503, "Service Unavailable\n");
	buf_fini(&why);
}

static bool
no_row(void *arg, const struct index_row *row)
{
	(void)arg;
	(void)row;
	return false;
}

/* The octets that this process holds: the only process of ours there is. */
static uint64_t
memory_now(void)
{
	unsigned long long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f != NULL) {
		if (fscanf(f, "%llu %llu", &pages, &resident) != 2)
			resident = 0;
		fclose(f);
	}
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int
compare_names(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	struct str s = str_skip(*x, str_find(*x, '\t') + 1);
	struct str t = str_skip(*y, str_find(*y, '\t') + 1);
	size_t n = s.n < t.n ? s.n : t.n;
	int order = n == 0 ? 0 : memcmp(s.p, t.p, n);

	return order != 0 ? order : (s.n > t.n) - (s.n < t.n);
}

/* A map, sorted by its keys octet by octet. */
static void
put_tags(struct out *o, struct str lines)
{
	struct str rest = lines;
	struct str *rows;
	size_t count = 0;

	while (rest.n > 0) {
		str_cut(&rest, '\n');
		count++;
	}
	rows = mem_new((count + 1) * sizeof(*rows));
	rest = lines;
	for (size_t i = 0; i < count; i++)
		rows[i] = str_cut(&rest, '\n');
	qsort(rows, count, sizeof(*rows), compare_names);
	out_adds(o, "{");
	for (size_t i = 0; i < count; i++) {
		struct str number = str_cut(&rows[i], '\t');

		out_adds(o, i > 0 ? "," : "");
		out_json(o, rows[i]);
		out_adds(o, ":");
		out_add(o, number);
	}
	out_adds(o, "}");
	free(rows);
}

static void
put_stats(struct web *w)
{
	struct session_totals t = {.since = 0};
	int64_t now = (int64_t)time(NULL), uptime;

	(void)sessions_total(index_reader(w->index), 0, &t);
	/* The time that the counters speak of, since no process lives on. */
	uptime = t.since > 0 && t.since < now ? now - t.since : 0;
	out_addf(&w->out,
	    ",\"RuntimeStats\":{\"Uptime\":%lld,\"Memory\":%llu,"
	    "\"MessagesDeleted\":%llu,\"SMTPAccepted\":%llu,"
	    "\"SMTPAcceptedSize\":%llu,\"SMTPRejected\":%llu,"
	    "\"SMTPIgnored\":%llu}}\n",
	    (long long)uptime, (unsigned long long)memory_now(),
	    (unsigned long long)index_deleted(w->index, 0),
	    (unsigned long long)t.accepted, (unsigned long long)t.bytes,
	    (unsigned long long)t.rejected, (unsigned long long)t.ignored);
}

void
api_info(struct web *w)
{
	static const struct index_page nothing = {.limit = 0};
	struct index *x = web_index(w);
	struct index_counts counts;
	struct buf tags = BUF_INIT;
	struct out *o = &w->out;

	if (x == NULL)
		return;
	if (index_list(x, NULL, &nothing, &counts, no_row, NULL) != 0 ||
	    index_tags(x, false, &tags) != 0) {
		buf_fini(&tags);
		api_failed(w);
		return;
	}
	api_json(w);
	out_adds(o, "{\"Version\":");
	out_json(o, str_of(w->settings.version));
	out_adds(o, ",\"LatestVersion\":\"disabled\",\"Database\":");
	out_json(o, str_of(w->settings.maildir));
	out_addf(o, ",\"DatabaseSize\":%llu,\"Messages\":%llu,\"Unread\":%llu",
	    (unsigned long long)index_size(x), (unsigned long long)counts.total,
	    (unsigned long long)counts.unread);
	out_adds(o, ",\"Tags\":");
	put_tags(o, buf_str(&tags));
	put_stats(w);
	buf_fini(&tags);
}

void
api_webui(struct web *w)
{
	struct out *o = &w->out;

	api_json(w);
	out_adds(o, "{\"Label\":");
	out_json(o, str_of(w->settings.label));
	out_adds(o, ",\"MessageRelay\":{\"Enabled\":false,\"SMTPServer\":\"\","
		    "\"ReturnPath\":\"\",\"AllowedRecipients\":\"\","
		    "\"BlockedRecipients\":\"\",\"OverrideFrom\":\"\","
		    "\"PreserveMessageIDs\":false,\"RecipientAllowlist\":\"\"},"
		    "\"SpamAssassin\":false,\"ChaosEnabled\":false,"
		    "\"DuplicatesIgnored\":");
	api_bool(o, w->settings.ignore_duplicate_ids);
	out_adds(o, ",\"HideDeleteAllButton\":");
	api_bool(o, w->settings.hide_delete_all);
	out_adds(o, "}\n");
}

void
api_chaos(struct web *w)
{
	out_error(&w->out, 400, "Chaos is not enabled");
}

void
api_swagger(struct web *w)
{
	const struct asset *a = asset_need("openapi.json");
	struct str root = str_of(w->settings.webroot), text;

	text = str_make((const char *)a->data, a->size);
	api_json(w);
	if (root.n > 1) {
		root.n--;
		out_adds(&w->out, "{\"basePath\":");
		out_json(&w->out, root);
		out_adds(&w->out, ",");
		text = str_skip(text, str_find(text, '{') + 1);
	}
	out_add(&w->out, text);
}
