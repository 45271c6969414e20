/* api_listen.h: makes the API's listening socket. */
#ifndef ADAPTER_API_LISTEN_H
#define ADAPTER_API_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The descriptor, or -1 with a line for a person. Port 0 asks for a free one; *port is the one bound. */
int api_listen(const char *text, bool *is_unix, uint16_t *port, char *error, size_t size);

#endif
