/* lint.h: whether a certificate, a CA or a revocation list could ever do its work here, asked before it is put in force: by the
 * operator's tool before it is sent, by the broker before it is journaled. What is wrong is named with what to do. The checks that
 * are made in use (identity_trust.c) stay as they are: this is what would fail there later, told while somebody can still mend it,
 * and what RFC 5280 asks of a CA or list so that it means what it seems to mean.
 *
 * The outcome is a refusal of the definition; replay does not ask again. Any thread. Source: RFC 5280 sections 4.1, 4.2, 5.1, 5.2. */
#ifndef IDENTITY_LINT_H
#define IDENTITY_LINT_H

#include <lienthong/identity.h>

#define LINT_CRL_MAX (4u << 20)         /* bytes: about 100,000 revoked; adapters take it over the link */
#define LINT_AHEAD_US (300LL * 1000000) /* a list may be dated so far ahead of our clock, and no more */

/* Of one that shall sign for an agency: key, usage, serial number, extensions, dates, no CA's. Reason of the fault by name:
 * ALGORITHM_NOT_ALLOWED, KEY_TOO_SHORT, CERTIFICATE_KEY_USAGE, CERTIFICATE_EXPIRED, CERTIFICATE_UNTRUSTED. */
enum lt_reason lint_certificate(struct lt_bytes der, int64_t now, struct lt_refusal *refusal);
/* Of a CA whose certificates shall be trusted: the same reasons. */
enum lt_reason lint_ca(struct lt_bytes der, int64_t now, struct lt_refusal *refusal);
/* Of a list that shall be in force for one of `cas`; `current` is the one that it would replace, or empty. A partial list never
 * takes the place of a full one. DEFINITION_INVALID. */
enum lt_reason lint_crl(struct lt_bytes der, const struct lt_bytes *cas, size_t ca_count, int64_t now,
			struct lt_refusal *refusal);
/* Against the list in force of the same CA: the number rises, the date does not fall. */
enum lt_reason lint_crl_next(struct lt_bytes current, struct lt_bytes next, struct lt_refusal *refusal);
/* Whether both lists are of one CA of `cas`. */
bool lint_crl_same_ca(struct lt_bytes a, struct lt_bytes b, const struct lt_bytes *cas, size_t ca_count);

#endif
