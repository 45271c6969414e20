/* caller.h: whose request it is. HTTP thread; between api.c and the page for people. */
#ifndef ADAPTER_DOOR_CALLER_H
#define ADAPTER_DOOR_CALLER_H

#include "http/exchange.h"

/* Finds what it is for and whose it is: exchange->tokens and token. True: the caller is known. open: nobody need be. */
bool caller_route(struct exchange *exchange, const char *method, const char *path, bool *open);
/* The tokens that count now: into exchange->tokens, with its reference. */
void caller_take_tokens(struct exchange *exchange);

#endif
