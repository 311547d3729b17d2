/* SPDX-License-Identifier: MIT */
/* frames.c: websocket frames, by libwslay */

#include "web/frames.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/io.h"
#include "base/mem.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_SIZE 16
#define MESSAGE_MAX 65536
#define WRITE_TIME 30000
/* A pipe that has room at all has room for that much. */
#define PIECE 4096

struct frames {
	int in, out;
	wslay_event_context_ptr context;
	bool failed;
};

static ssize_t
receive(
    wslay_event_context_ptr context, uint8_t *p, size_t n, int flags, void *arg)
{
	struct frames *f = arg;
	ssize_t got = -1;

	(void)flags;
	if (!io_has_input(f->in)) {
		wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	got = read(f->in, p, n);
	if (got > 0)
		return got;
	f->failed = true;
	wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t
send_out(wslay_event_context_ptr context, const uint8_t *p, size_t n, int flags,
    void *arg)
{
	struct frames *f = arg;
	ssize_t put = -1;

	(void)flags;
	if (io_wait(f->out, POLLOUT, io_now() + WRITE_TIME) == 0)
		put = write(f->out, p, n < PIECE ? n : PIECE);
	if (put > 0)
		return put;
	f->failed = true;
	wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

struct frames *
frames_new(int in, int out)
{
	static const struct wslay_event_callbacks callbacks = {
	    .recv_callback = receive,
	    .send_callback = send_out,
	};
	struct frames *f = mem_new(sizeof(*f));

	f->in = in;
	f->out = out;
	if (wslay_event_context_server_init(&f->context, &callbacks, f) != 0)
		die("out of memory");
	wslay_event_config_set_max_recv_msg_length(f->context, MESSAGE_MAX);
	return f;
}

void
frames_free(struct frames *f)
{
	if (f == NULL)
		return;
	wslay_event_context_free(f->context);
	free(f);
}

static bool
flush(struct frames *f)
{
	while (!f->failed && wslay_event_want_write(f->context))
		if (wslay_event_send(f->context) != 0)
			f->failed = true;
	return !f->failed && !wslay_event_get_close_received(f->context) &&
	       wslay_event_want_read(f->context);
}

static bool
queue(struct frames *f, uint8_t opcode, struct str text)
{
	struct wslay_event_msg message = {.opcode = opcode,
	    .msg = (const uint8_t *)text.p,
	    .msg_length = text.n};

	if (!f->failed && wslay_event_queue_msg(f->context, &message) != 0)
		f->failed = true;
	return flush(f);
}

bool
frames_send(struct frames *f, struct str text)
{
	return queue(f, WSLAY_TEXT_FRAME, text);
}

bool
frames_ping(struct frames *f)
{
	return queue(f, WSLAY_PING, STR(""));
}

bool
frames_receive(struct frames *f)
{
	if (!f->failed && wslay_event_recv(f->context) != 0)
		f->failed = true;
	/* An answer to a ping or a close may be due. */
	return flush(f);
}

bool
frames_accept(struct str key, struct buf *out)
{
	unsigned char sum[DIGEST_SHA1_SIZE];
	struct buf nonce = BUF_INIT;
	bool ok = key.n < 64 && codec_base64_decode(&nonce, key) &&
		  nonce.len == KEY_SIZE;

	buf_fini(&nonce);
	if (!ok)
		return false;
	digest_sha1(key, STR(GUID), sum);
	codec_base64_encode(out, str_make((const char *)sum, sizeof(sum)));
	return true;
}
