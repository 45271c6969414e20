/* verify.h: the end-to-end check of what arrives: nothing that the broker says is believed. One object, one thread (the
 * link's). Chain verdicts are kept per certificate for VERIFY_CHAIN_US. */
#ifndef ADAPTER_VERIFY_H
#define ADAPTER_VERIFY_H

#include "directory_current.h"

#include <lienthong/envelope.h>

#define VERIFY_CHAIN_US \
	60000000LL /* a chain check costs as much as the signature; a CRL is older than a minute anyway */

struct verify_files {
	const char *ca;  /* PEM or DER file of the pinned CA certificates */
	const char *crl; /* DER or PEM; NULL: no CRL is asked for */
};
struct verifier;
/* LT_EIO, LT_EPARSE, LT_ECRYPTO; error gets a line for a person. */
enum lt_err verifier_new(const char *domain, const struct verify_files *files, struct verifier **out, char *error,
			 size_t error_size);
void verifier_free(struct verifier *verifier);
/* Reads CA and CRL again; on an error the old ones stay. */
enum lt_err verifier_reload(struct verifier *verifier, char *error, size_t error_size);
void verifier_forget(struct verifier *verifier); /* the directory has changed */
struct lt_trust *verifier_trust(struct verifier *verifier);

struct verify_case {
	const struct lt_directory *directory; /* NULL: SENDER_UNKNOWN */
	const char *agency;                   /* whose mailbox it came to */
	const struct lt_envelope *envelope;
	bool parts_elided; /* the broker no longer keeps the part bytes: they are not checked */
	int64_t at;        /* when the certificate must have been good */
	int64_t now;       /* who follows whom in the directory is asked for this time */
};
/* Header form, domain, addressee, sender, certificate, signature, parts, in this order. When the header can be read,
 * *header is filled (in the arena) and *readable is true even if a later check fails. */
enum lt_reason verifier_check(struct verifier *verifier, const struct verify_case *item, struct lt_arena *arena,
			      struct lt_header *header, bool *readable, struct lt_refusal *refusal);

#endif
