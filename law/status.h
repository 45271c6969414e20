/* status.h: the national list of dossier statuses (status.def), its table of legal edges and the one setter. The list is
 * the National Portal's, which tells no edges: these are our own. docs/dossier.md. Pure functions. */
#ifndef BROKER_STATUS_H
#define BROKER_STATUS_H

#include <lienthong/reason.h>

enum status {
#define STATUS(name, number, english, vietnamese) STATUS_##name = number,
#include "status.def"
#undef STATUS
	STATUS_COUNT,
};

/* What a dossier's status is made of. */
struct status_facts {
	enum status stage;                /* what the work has come to: 1 to 4, 8, 9 or 10 */
	bool withdrawal, supplement, fee; /* is asked for and not answered */
};

/* For details and logs; "unknown" for a number that is none. */
const char *status_name(enum status status);
/* As the National Portal says it, for people; "?" for a number that is none. */
const char *status_vietnamese(uint32_t status);
/* The first of 10, 3, 8, 7, 9, 5, 6 that is so; else the stage: 4, 2 or 1. */
enum status status_derive(const struct status_facts *facts);
bool status_edge(enum status from, enum status to);
/* The only place where a dossier's status changes. STATUS_EDGE_ILLEGAL names what is allowed; then nothing has changed. */
enum lt_reason status_set(enum status *status, enum status to, struct lt_refusal *refusal);

#endif
