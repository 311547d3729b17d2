/* SPDX-License-Identifier: MIT */
#ifndef PROG_SERVER_H
#define PROG_SERVER_H

/*
 * server: listens, and forks one short-lived child per connection.
 *
 * The parent holds what is costly to make (certificate, priorities, ticket
 * key) and never speaks with a peer. It is fit to be the first process of a
 * container: it reaps every child and needs no terminal.
 */

#include "prog/connection.h"

/*
 * Binds, serves until a stop signal, ends its children. Returns an exit
 * status.
 */
int server_run(struct service *service);

#endif
