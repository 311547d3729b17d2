/* SPDX-License-Identifier: MIT */
#ifndef WEB_ASSET_H
#define WEB_ASSET_H

/*
 * asset: files of ours that are part of the program.
 *
 * scripts/embed turns what lies in src/web/assets/ into one table, each file
 * with its type and the beginning of its SHA-256. Pages name an asset by a URL
 * that holds this hash, so a browser may keep it for ever; after an update the
 * URL is another one. A URL with a hash that is not the present one is 404.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

struct asset {
	const char *name, *type, *hash;
	const unsigned char *data;
	size_t size;
};

/* The table that the build makes. */
extern const struct asset asset_files[];
extern const size_t asset_count;

/* By its file name, as "app.js"; NULL if there is none. */
const struct asset *asset_find(struct str name);

/* The same for one that is there; never NULL. */
const struct asset *asset_need(const char *name);

/* Appends "dist/HASH/NAME", to be put behind the webroot. */
void asset_url(struct buf *out, const char *name);

#endif
