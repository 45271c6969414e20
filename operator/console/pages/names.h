/* names.h: what agencies, procedures and their legs are called, by their codes, in the page's language: looked up once for a page. */
#ifndef PAGES_NAMES_H
#define PAGES_NAMES_H

#include "layout.h"
#include "record/definitions.h"

/* The name; the code when it is not listed. Lives as long as the visit. */
const char *names_of(struct visit *visit, const char *code);
/* Suspended, or closed: whoever waits for it waits in vain. */
bool names_is_away(struct visit *visit, const char *code);
/* A link to the agency, with name and code; "": nothing. acting: who acts for it since a reorganisation, or "". */
void names_put_party(struct visit *visit, const char *who, const char *acting);
void names_put(struct visit *visit, const char *code);

/* An agency of a route in words: its name, or what a role says ("nơi tiếp nhận"); as long as the visit. */
const char *names_of_role(struct visit *visit, const char *role);
/* Likewise, an agency with its code and its page. */
void names_put_role(struct visit *visit, const char *role);

/* A procedure as the broker has it. NULL: it cannot be read, or too many stand on this page. */
const struct lt_procedure *names_procedure(struct visit *visit, const char *code, uint32_t version);
/* The copy has Vietnamese names alone: they are given back where no other is known. On a Vietnamese page nothing is asked. */
const char *names_of_procedure(struct visit *visit, const char *code, uint32_t version, const char *vietnamese);
const char *names_of_leg(struct visit *visit, const char *code, uint32_t version, const char *leg,
			 const char *vietnamese);

#endif
