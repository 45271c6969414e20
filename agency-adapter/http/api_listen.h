/* api_listen.h: makes the API's listening socket. */
#ifndef ADAPTER_API_LISTEN_H
#define ADAPTER_API_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

/* The descriptor, or -1 with a line for a person. */
int api_listen(const char *text, bool *is_unix, char *error, size_t size);

#endif
