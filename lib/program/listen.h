/* listen.h: the listening socket of a program that serves HTTP to its own machine. */
#ifndef PROGRAM_LISTEN_H
#define PROGRAM_LISTEN_H

#include <lienthong/base.h>

/* The descriptor, or -1 with a line for a person. */
int listen_at(const char *text, bool *is_unix, char *error, size_t size);
/* For MHD_OPTION_URI_LOG_CALLBACK of libmicrohttpd: cuts the query of an address behind so many members, in place, before the library takes it
 * apart. A query that does not fit into a connection's memory (64 bytes a member) has no answer at all: 0.9.75 goes on without noticing. */
void listen_cut_query(const char *address, unsigned members);

/* Connects to such a socket's address and asks for /healthz: whether any answer begins within timeout_ms. */
struct sockaddr;
bool listen_answers(const struct sockaddr *at, unsigned at_len, int timeout_ms);

/* Sends a request to whoever listens at such an address (as listen_at takes it) and reads to the end of the connection. LT_EAGAIN: nobody
 * does, or not in time; LT_EFULL: more than max bytes; LT_EINVAL. */
enum lt_err listen_ask(const char *text, const char *request, int timeout_ms, size_t max, struct lt_buf *answer);

#endif
