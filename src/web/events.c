/* SPDX-License-Identifier: MIT */
/* events.c: tell a client what happens, as a websocket or as a stream */

#include "web/events.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "mail/sessions.h"
#include "web/api.h"
#include "web/frames.h"
#include "web/route.h"
#include "web/tail.h"

#define PING_INTERVAL 25000
/* A web server may notice only by writing that nobody listens to a stream. */
#define STREAM_PING_INTERVAL 5000
#define LOOK_INTERVAL 2000
#define STATS_INTERVAL 250
#define HAPPENINGS_MAX 1000 /* taken at a time */

/* One client, whichever way it is told. */
struct client {
	struct web *w;
	struct frames *frames; /* NULL: a stream of events */
	struct tail *tail;
	uint64_t number; /* of the last change that it knows */
	int64_t ping, stats; /* when the next is due, when the last was */
	bool stats_due;
};

struct happenings {
	struct index_happening *items;
	size_t count;
};

static void
plan_ping(struct client *c)
{
	c->ping = io_now() +
		  (c->frames != NULL ? PING_INTERVAL : STREAM_PING_INTERVAL);
}

/* Sends {"Type":type,"Data":data}; number 0: not of the journal. */
static bool
tell(struct client *c, const char *type, struct str data, uint64_t number)
{
	struct buf text = BUF_INIT;
	bool alive;

	buf_addf(&text, "{\"Type\":\"%s\",\"Data\":", type);
	buf_add_str(&text, data);
	buf_addc(&text, '}');
	if (c->frames != NULL) {
		alive = frames_send(c->frames, buf_str(&text));
	} else {
		struct out *o = &c->w->out;

		if (number > 0)
			out_addf(o, "id: %llu\n", (unsigned long long)number);
		out_addf(o, "event: %s\ndata: ", type);
		out_add(o, buf_str(&text));
		out_adds(o, "\n\n");
		alive = out_flush(o);
	}
	buf_fini(&text);
	plan_ping(c);
	return alive;
}

static bool
no_row(void *arg, const struct index_row *row)
{
	(void)arg;
	(void)row;
	return false;
}

static bool
tell_stats(struct client *c)
{
	static const struct index_page nothing = {.limit = 0};
	struct index_counts counts;
	struct out data;
	bool alive;

	if (index_list(c->w->index, NULL, &nothing, &counts, no_row, NULL) != 0)
		return false;
	out_hold(&data);
	out_addf(&data, "{\"Total\":%llu,\"Unread\":%llu,\"Version\":",
	    (unsigned long long)counts.total,
	    (unsigned long long)counts.unread);
	out_json(&data, str_of(c->w->settings.version));
	out_adds(&data, "}");
	alive = tell(c, "stats", buf_str(&data.buf), 0);
	out_fini(&data);
	c->stats = io_now();
	c->stats_due = false;
	return alive;
}

/* What is to be said of one message: its row is needed for some of it. */
static bool
tell_message(struct client *c, const struct index_happening *h)
{
	bool tags = h->event == INDEX_EVENT_TAGS;
	struct buf memory = BUF_INIT;
	struct index_row row;
	struct out data;
	bool alive = true;

	/* Gone meanwhile: that will be told as well. */
	if (index_find(c->w->index, h->id, NULL, &memory, &row) ==
	    INDEX_FOUND) {
		out_hold(&data);
		if (tags) {
			out_addf(&data, "{\"ID\":\"%s\",\"Tags\":", h->id);
			api_lines(&data, row.tags);
			out_adds(&data, "}");
		} else
			api_summary(&data, &row);
		alive = tell(
		    c, tags ? "update" : "new", buf_str(&data.buf), h->number);
		out_fini(&data);
	}
	buf_fini(&memory);
	return alive;
}

static bool
tell_happening(struct client *c, const struct index_happening *h)
{
	struct buf data = BUF_INIT;
	const char *type = "update";
	bool alive;

	switch (h->event) {
	case INDEX_EVENT_NEW:
	case INDEX_EVENT_TAGS:
		return tell_message(c, h);
	case INDEX_EVENT_READ:
	case INDEX_EVENT_UNREAD:
		buf_addf(&data, "{\"ID\":\"%s\",\"Read\":%s}", h->id,
		    h->event == INDEX_EVENT_READ ? "true" : "false");
		break;
	case INDEX_EVENT_DELETE:
		type = "delete";
		buf_addf(&data, "{\"ID\":\"%s\"}", h->id);
		break;
	case INDEX_EVENT_RELOAD:
		type = "prune";
		buf_adds(&data, "null");
		break;
	case INDEX_EVENT_TRUNCATE:
		type = "truncate";
		buf_adds(&data, "null");
		break;
	}
	alive = tell(c, type, buf_str(&data), h->number);
	buf_fini(&data);
	return alive;
}

static bool
collect(void *arg, const struct index_happening *h)
{
	struct happenings *all = arg;

	all->items[all->count++] = *h;
	return all->count < HAPPENINGS_MAX;
}

/* Everything that the journal has for it. */
static bool
tell_changes(struct client *c)
{
	struct happenings all = {
	    .items = mem_new(HAPPENINGS_MAX * sizeof(*all.items))};
	bool alive = true;

	do {
		all.count = 0;
		if (index_follow(c->w->index) != 0 ||
		    index_events(c->w->index, c->number, collect, &all) != 0)
			alive = false;
		for (size_t i = 0; alive && i < all.count; i++) {
			c->number = all.items[i].number;
			c->stats_due = true;
			alive = tell_happening(c, &all.items[i]);
		}
	} while (alive && all.count == HAPPENINGS_MAX);
	free(all.items);
	return alive;
}

/* A session of SMTP in which something was refused. */
static bool
tell_session(void *arg, struct str line)
{
	struct client *c = arg;
	struct buf reply = BUF_INIT;
	struct session_line s;
	bool alive = true;

	if (!session_parse(line, &s))
		return true;
	while (alive && session_reply(&s.replies, &reply)) {
		struct out data;

		out_hold(&data);
		out_addf(&data, "{\"Level\":\"%s\",\"Type\":\"smtpd\",\"IP\":",
		    reply.len > 0 && reply.data[0] == '5' ? "error"
							  : "warning");
		out_json(&data, s.peer);
		out_adds(&data, ",\"Message\":");
		out_json(&data, buf_str(&reply));
		out_adds(&data, "}");
		alive = tell(c, "error", buf_str(&data.buf), 0);
		out_fini(&data);
		buf_reset(&reply);
	}
	buf_fini(&reply);
	return alive;
}

static bool
keep_alive(struct client *c)
{
	if (io_now() < c->ping)
		return true;
	plan_ping(c);
	if (c->frames != NULL)
		return frames_ping(c->frames);
	out_adds(&c->w->out, ": ping\n\n");
	return out_flush(&c->w->out);
}

static int64_t
next_deadline(const struct client *c)
{
	int64_t next = io_now() + LOOK_INTERVAL;

	if (c->stats_due && c->stats + STATS_INTERVAL < next)
		next = c->stats + STATS_INTERVAL;
	return next;
}

static void
follow(struct client *c)
{
	int input = c->frames != NULL ? STDIN_FILENO : -1;
	struct watch *watch = watch_new(index_reader(c->w->index));
	bool alive = true;

	c->tail = tail_new(index_reader(c->w->index));
	plan_ping(c);
	c->stats_due = true;
	while (alive && !io_stopping()) {
		alive = tell_changes(c);
		tail_read(c->tail, tell_session, c);
		if (alive && c->stats_due &&
		    io_now() >= c->stats + STATS_INTERVAL)
			alive = tell_stats(c);
		if (alive)
			alive = keep_alive(c);
		if (!alive)
			break;
		(void)watch_wait(watch, input, next_deadline(c));
		if (watch_is_alone())
			break;
		if (input >= 0 && io_has_input(input))
			alive = frames_receive(c->frames);
	}
	tail_free(c->tail);
	watch_free(watch);
}

static void
stream(struct web *w)
{
	struct client c = {.w = w};
	struct str after = w->cgi.last_event_id;

	if (web_index(w) == NULL)
		return;
	/* A browser that comes back says how far it got. */
	if (after.n == 0)
		after = cgi_parameter(&w->cgi, "after", NULL);
	if (!str_u64(after, &c.number) &&
	    index_last_event(w->index, &c.number) != 0) {
		api_failed(w);
		return;
	}
	out_header(&w->out, "X-Accel-Buffering", STR("no"));
	out_begin(&w->out, 200, "text/event-stream", OUT_STREAM);
	out_adds(&w->out, "retry: 2000\n\n");
	if (out_flush(&w->out) && !w->cgi.head)
		follow(&c);
}

static void
websocket(struct web *w)
{
	struct client c = {.w = w};
	struct buf accept = BUF_INIT;

	if (!str_ieq(w->cgi.upgrade, STR("websocket")) || w->cgi.head ||
	    !str_eq(w->cgi.ws_version, STR("13")) ||
	    !frames_accept(w->cgi.ws_key, &accept)) {
		out_header(&w->out, "Sec-WebSocket-Version", STR("13"));
		out_error(&w->out, 400, "Bad Request\n");
	} else if (web_index(w) != NULL) {
		if (index_last_event(w->index, &c.number) != 0) {
			api_failed(w);
		} else {
			out_header(&w->out, "Upgrade", STR("websocket"));
			out_header(&w->out, "Connection", STR("Upgrade"));
			out_header(
			    &w->out, "Sec-WebSocket-Accept", buf_str(&accept));
			out_begin(&w->out, 101, NULL, OUT_STREAM);
			c.frames = frames_new(STDIN_FILENO, STDOUT_FILENO);
			if (out_flush(&w->out))
				follow(&c);
			frames_free(c.frames);
		}
	}
	buf_fini(&accept);
}

static const struct route rows[] = {
    {CGI_GET, "events", ROUTE_LIVE, stream},
    {CGI_GET, "api/events", ROUTE_API | ROUTE_LIVE, websocket},
};

const struct route_table event_routes = {
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};
