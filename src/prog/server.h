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

#include "prog/service.h"

/*
 * Serves until a stop signal, then ends its children: on sockets that it
 * binds, or on those that were handed over (then it also ends after
 * --idle-exit seconds without a connection). Returns an exit status.
 */
int server_run(struct service *service, bool handed_over);

#endif
