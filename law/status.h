/* status.h: the national list of dossier statuses (status.def), its table of legal edges and the one setter. Source: DOMAIN section 5
 * (list of the National Portal; the edges are our own reading of two code bases). Pure functions. */
#ifndef BROKER_STATUS_H
#define BROKER_STATUS_H

#include <lienthong/reason.h>

enum status {
#define STATUS(name, number, english, vietnamese) STATUS_##name = number,
#include "status.def"
#undef STATUS
	STATUS_COUNT,
};

/* For details and logs; "unknown" for a number that is none. */
const char *status_name(enum status status);
/* As the National Portal says it, for people; "?" for a number that is none. */
const char *status_vietnamese(uint32_t status);
bool status_edge(enum status from, enum status to);
/* The only place where a dossier's status changes. STATUS_EDGE_ILLEGAL names what is allowed; then nothing has changed. */
enum lt_reason status_set(enum status *status, enum status to, struct lt_refusal *refusal);

#endif
