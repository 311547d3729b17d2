/* SPDX-License-Identifier: MIT */
#ifndef PROG_INDEX_CONF_H
#define PROG_INDEX_CONF_H

/*
 * index_conf: the index that a configuration names. All programs open it here:
 * with other options it would be made anew.
 */

#include "conf/conf.h"
#include "index/index.h"

/* Opens it, conf_settle_web() done; patience: index.h. As index_open(). */
struct index *
index_conf_open(const struct conf *c, int64_t patience, struct buf *why);

#endif
