/* verify.h: the end-to-end check of what arrives: nothing that the broker says is believed. One object, one thread (the
 * link's). Chain verdicts are kept per certificate for VERIFY_CHAIN_US. */
#ifndef ADAPTER_VERIFY_H
#define ADAPTER_VERIFY_H

#include "directory_current.h"
#include "lists.h"

#include <lienthong/envelope.h>

#define VERIFY_CHAIN_US \
	60000000LL /* a chain check costs as much as the signature; a CRL is older than a minute anyway */

/* As the broker's own grace by default: its CA may be down for a night (docs/decisions/0020). */
#define VERIFY_GRACE_US (24 * 3600 * INT64_C(1000000))

struct verify_files {
	const char *ca; /* PEM or DER file of the pinned CA certificates */
	const char *
		crl; /* DER or PEM; NULL: none to begin with. Once there is a list, from here or over the link, one is asked for */
	const char *lists; /* folder of those that came over the link; NULL: they are not kept */
};
struct verifier;
/* LT_EIO, LT_EPARSE, LT_ECRYPTO; error gets a line for a person. */
enum lt_err verifier_new(const char *domain, const struct verify_files *files, struct verifier **out, char *error,
			 size_t error_size);
void verifier_free(struct verifier *verifier);
/* Reads CA and CRL again; on an error the old ones stay. */
enum lt_err verifier_reload(struct verifier *verifier, const struct lt_directory *directory, char *error,
			    size_t error_size);
/* A list that came over the link, of one of our CAs: taken when it is newer than ours, and kept. 0: it was taken. ALREADY_SO: ours is as
 * new or newer. DEFINITION_INVALID. */
enum lt_reason verifier_take_list(struct verifier *verifier, struct lt_bytes der, int64_t now,
				  struct lt_refusal *refusal);
/* Whether our lists are those that the broker has in force: then one past its nextUpdate counts for VERIFY_GRACE_US more, since there is
 * no newer one to be had. Else it is ours alone that is old, and what rests on it is held. */
void verifier_list_newest(struct verifier *verifier, bool newest);
const struct lists *verifier_lists(const struct verifier *verifier);
/* The directory has changed: beside the pinned CAs those that the registrar names in it are trusted, for senders' certificates alone. */
void verifier_directory(struct verifier *verifier, const struct lt_directory *directory);
void verifier_forget(struct verifier *verifier);
struct lt_trust *verifier_trust(struct verifier *verifier); /* the pinned CAs: of the registrar */

struct verify_case {
	const struct lt_directory *directory; /* NULL: SENDER_UNKNOWN */
	const char *agency;                   /* whose mailbox it came to */
	const struct lt_envelope *envelope;
	uint32_t recipient;    /* of a fork: for whose leg it came, as the broker says; 0: no fork */
	bool parts_elided;     /* the broker no longer keeps the part bytes: they are not checked */
	int64_t time;          /* of its record, as the broker says */
	int64_t not_before;    /* records before it had this time already (times.h); 0: none is known */
	int64_t now;           /* our clock; 0: the broker's word is taken, as nobody but a test may */
	bool directory_behind; /* the broker has told of a newer directory than ours */
};
/* Whose time counts: the record's, which only the broker says, so within bounds: not before the time in the envelope's id, nor before
 * what earlier records had; not after our clock. *by_clock: our clock bounds it. */
int64_t verify_time(const struct verify_case *item, const struct lt_header *header, bool *by_clock);
/* Header form, domain, addressee, sender, certificate, signature, parts, in this order. When the header can be read,
 * *header is filled (in the arena) and *readable is true even if a later check fails. */
enum lt_reason verifier_check(struct verifier *verifier, const struct verify_case *item, struct lt_arena *arena,
			      struct lt_header *header, bool *readable, struct lt_refusal *refusal);
/* Whether what verifier_check found may be our own trouble: a list or a directory that is old, a CA that we lack, our clock. Then
 * the envelope is no worse for it: it is held and tried again. Everything else is wrong whoever looks. header NULL: unreadable. */
bool verify_is_ours(const struct verify_case *item, const struct lt_header *header, enum lt_reason reason);
/* Our own certificate by the trust in force, without grace: tells of a list past its time, or of a CA that we lack, before anything arrives. */
/* When the first of the lists in force ends (lists.h), and a certificate; 0: there is none, or it has no end. */
int64_t verifier_list_ends(const struct verifier *verifier, int64_t *margin);
int64_t verify_certificate_ends(const struct lt_cert *cert);
enum lt_reason verifier_check_own(struct verifier *verifier, const struct lt_cert *own, int64_t now,
				  struct lt_refusal *refusal);

#endif
