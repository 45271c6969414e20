/* rulebook.h: one immutable snapshot of directory, trust, suspensions and announcements. The engine makes a new one when a definition or an
 * admin act was applied and publishes it after the sync; ADMIT and GATE read it. Reference-counted, any thread. */
#ifndef BROKER_RULEBOOK_H
#define BROKER_RULEBOOK_H

#include <pthread.h>
#include <stdatomic.h>

#include <lienthong/directory.h>

#include "announced.h"

struct rulebook;
struct rulebook_announcement {
	const char *code;
	struct lt_bytes value; /* announced_read has read it */
};
struct rulebook_parts {
	const char *domain;
	struct lt_bytes registrar, ca;    /* DER: registrar's certificate and its CA, from genesis */
	struct lt_bytes signed_directory; /* encoded SignedDirectory; empty before the first */
	size_t crl_count;
	const struct lt_bytes *crls; /* DER */
	size_t suspended_count;
	const char *const *suspended; /* agency codes */
	size_t announced_count;
	const struct rulebook_announcement *announced;
	uint64_t directory_version, trust_version; /* trust_version: sequence of the last CRL or suspension */
	bool crl_required; /* an operator has given a CRL once: every certificate needs one, a lost or withdrawn one lifts nothing */
	int64_t grace;  /* microseconds that a CRL counts past its nextUpdate */
	bool restoring; /* restored from a backup and not confirmed: definitions are taken back from adapters */
};
/* DIRECTORY_INVALID or DEFINITION_INVALID with the place in words. Checks no signature and reads no certificate and no CRL: so a
 * record's outcome is the same whatever library reads them (trust/trust.h). When `previous` has the same directory version, its
 * parsed directory is shared, not parsed again. */
enum lt_reason rulebook_new(const struct rulebook_parts *parts, struct rulebook *previous, struct rulebook **out,
			    struct lt_refusal *refusal);
struct rulebook *rulebook_ref(struct rulebook *rulebook);
void rulebook_unref(struct rulebook *rulebook);

const char *rulebook_domain(const struct rulebook *rulebook);
uint64_t rulebook_directory_version(const struct rulebook *rulebook);
uint64_t rulebook_trust_version(const struct rulebook *rulebook);
const struct lt_directory *
rulebook_directory(const struct rulebook *rulebook); /* NULL before the first; without certificates */
struct lt_bytes rulebook_signed_directory(const struct rulebook *rulebook);
struct lt_bytes
rulebook_directory_body(const struct rulebook *rulebook);            /* the Directory within; empty before the first */
struct lt_bytes rulebook_registrar(const struct rulebook *rulebook); /* DER: certificate of the registrar */
struct lt_bytes rulebook_ca(const struct rulebook *rulebook);        /* DER: of its CA */
bool rulebook_restoring(const struct rulebook *rulebook);
/* The revocation lists in force. index < count. */
size_t rulebook_list_count(const struct rulebook *rulebook);
struct lt_bytes rulebook_list(const struct rulebook *rulebook, size_t index); /* DER */
const uint8_t *rulebook_list_sha256(const struct rulebook *rulebook, size_t index);
/* NULL when not listed. */
const struct lt_agency *rulebook_agency(const struct rulebook *rulebook, const char *code);
/* The agency of level broker, which signs notices; NULL when there is none. */
const struct lt_agency *rulebook_broker(const struct rulebook *rulebook);
bool rulebook_suspended(const struct rulebook *rulebook, const char *code);
/* NULL: nothing. */
const struct announced *rulebook_announced(const struct rulebook *rulebook, const char *code);
/* All of them, by code. index < count. */
size_t rulebook_announced_count(const struct rulebook *rulebook);
const struct announced *rulebook_announced_at(const struct rulebook *rulebook, size_t index, const char **code);
#define RULEBOOK_GRACE_HOURS 24u /* a CA that is down over a day is somebody's night's work, not a stop of a province */
#define RULEBOOK_GRACE_HOURS_MAX 8760u                   /* a year */
int64_t rulebook_grace(const struct rulebook *rulebook); /* microseconds */
/* An operator has given a CRL once: every certificate needs one in force, and a lost one lifts no revocation. */
bool rulebook_crl_required(const struct rulebook *rulebook);

/* What another room makes of a rulebook (RULEBOOK_WHOLE), or of the directory that rulebooks of one version share, is made once, by
 * whoever asks first, and goes with it. Any thread. */
enum rulebook_slot { RULEBOOK_WHOLE, RULEBOOK_DIRECTORY };
void *rulebook_made(struct rulebook *rulebook, enum rulebook_slot slot, void *(*make)(struct rulebook *rulebook),
		    void (*end)(void *made));

/* Where the rulebook in force is found by GATE and ADMIT. The engine puts a new one after its sync; the others look at a number
 * per message and take the lock only when it has changed. Any thread. */
struct rulebook_current {
	pthread_mutex_t lock;
	struct rulebook *rulebook; /* NULL before the first */
	_Atomic uint64_t number;   /* rises with each put */
};
void rulebook_current_init(struct rulebook_current *current);
void rulebook_current_fini(struct rulebook_current *current);
void rulebook_current_put(struct rulebook_current *current,
			  struct rulebook *rulebook); /* takes a reference of its own */
/* Brings *mine up to date; *mine and *seen start as NULL and 0. True when it has changed. The caller unrefs *mine at the end. */
bool rulebook_current_refresh(struct rulebook_current *current, struct rulebook **mine, uint64_t *seen);

#endif
