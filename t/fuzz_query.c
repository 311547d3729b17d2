/* SPDX-License-Identifier: MIT */
/* fuzz_query.c: any octets as a query, and as a date in any zone */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "index/query.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct str text = str_make((const char *)data, n);
	struct str rest = text, zone = str_cut(&rest, '\n');
	struct buf why = BUF_INIT, folded = BUF_INIT;
	struct query *q = query_parse(text, STR("UTC"), &why);
	int64_t ms;

	/* Either terms, all of them in an alternative, or a text. */
	if ((q == NULL) != (why.len > 0))
		abort();
	if (q != NULL &&
	    (q->count == 0 || q->ends[q->alternatives - 1] != q->count))
		abort();
	for (size_t i = 0; q != NULL && i < q->count; i++)
		if (q->terms[i].value != NULL &&
		    !str_is_utf8(str_of(q->terms[i].value)))
			abort();
	query_free(q);
	(void)query_date(rest, zone, &ms);
	query_fold(&folded, text);
	if (str_is_utf8(text) && !str_is_utf8(buf_str(&folded)))
		abort();
	buf_fini(&why);
	buf_fini(&folded);
	return 0;
}
