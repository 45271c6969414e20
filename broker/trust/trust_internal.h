/* trust_internal.h: what the files of trust share. */
#ifndef TRUST_TRUST_INTERNAL_H
#define TRUST_TRUST_INTERNAL_H

#include "trust.h"

#include <pthread.h>

struct trust {
	struct lt_cert *registrar, *ca;  /* NULL: cannot be read */
	struct lt_trust *registrar_only; /* the registrar's CA alone */
	struct lt_trust *all;            /* CAs of the directory, with CRLs */
	pthread_mutex_t lock;            /* admit threads share the two */
};
struct trust *trust_of(struct rulebook *rulebook);

#endif
