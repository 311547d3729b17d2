/* SPDX-License-Identifier: MIT */
/* sink.c: the two places where decoded octets go */

#include "mime/sink.h"

#include "mime/utf8.h"

static void
put_buf(void *arg, const char *p, size_t n)
{
	buf_add(arg, p, n);
}

static void
put_count(void *arg, const char *p, size_t n)
{
	uint64_t *count = arg;

	(void)p;
	*count += n;
}

struct sink
sink_to_buf(struct buf *out)
{
	return (struct sink){put_buf, out};
}

struct sink
sink_to_count(uint64_t *count)
{
	return (struct sink){put_count, count};
}

void
sink_put(struct sink to, const char *p, size_t n)
{
	if (n > 0)
		to.put(to.arg, p, n);
}

void
sink_put_char(struct sink to, uint32_t c)
{
	char octets[UTF8_MAX];

	sink_put(to, octets, utf8_write(octets, c));
}
