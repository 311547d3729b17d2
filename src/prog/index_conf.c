/* SPDX-License-Identifier: MIT */
/* index_conf.c: the index as it is configured */

#include "prog/index_conf.h"

struct index *
index_conf_open(const struct conf *c, int64_t patience, struct buf *why)
{
	const struct index_options options = {
	    .folder = c->index_folder,
	    .maildir = c->maildir_path,
	    .use_message_dates = c->use_message_dates,
	    .ignore_duplicate_ids = c->ignore_duplicate_ids,
	    .tags_from_header = c->tags_from_header,
	    .tags_from_plus = c->tags_from_plus,
	    .tags_title_case = c->tags_title_case,
	    .tags_username = c->tags_username,
	    .patience = patience,
	};

	return index_open(&options, why);
}
