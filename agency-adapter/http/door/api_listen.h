/* api_listen.h: makes the API's listening socket. */
#ifndef ADAPTER_API_LISTEN_H
#define ADAPTER_API_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

/* The descriptor, or -1 with a line for a person. */
int api_listen(const char *text, bool *is_unix, char *error, size_t size);
/* Connects to such a socket's address and asks for /healthz: whether any answer begins within timeout_ms. */
struct sockaddr;
bool api_listen_answers(const struct sockaddr *at, unsigned at_len, int timeout_ms);

#endif
