/* directory_lint.c: see directory_lint.h. */
#include "directory_lint.h"

#include "identity/lint.h"

#include <string.h>

static bool ca_listed(const struct lt_directory *directory, struct lt_bytes ca)
{
	for (size_t i = 0; directory && i < lt_directory_ca_count(directory); i++) {
		if (lt_bytes_equal(lt_directory_ca(directory, i), ca))
			return true;
	}
	return false;
}

static bool certificate_listed(const struct lt_agency *agency, const struct lt_cert *cert)
{
	for (size_t i = 0; agency && i < agency->cert_count; i++) {
		if (memcmp(lt_cert_sha256(agency->certs[i]), lt_cert_sha256(cert), 32) == 0)
			return true;
	}
	return false;
}

static enum lt_reason lint_cas(const struct lt_directory *before, const struct lt_directory *next, int64_t now,
			       struct lt_trust *trust, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < lt_directory_ca_count(next); i++) {
		struct lt_refusal why = { 0 };
		struct lt_bytes ca = lt_directory_ca(next, i);
		if (!ca_listed(before, ca) && lint_ca(ca, now, &why))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "CA certificate %zu: %s: %.170s", i + 1,
					 lt_reason_name(why.reason), why.detail);
	}
	if (lt_directory_trust(next, trust))
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "a CA certificate is not a CA's");
	return LT_REASON_NONE;
}

static bool ca_kept(const struct lt_directory *next, struct lt_bytes ca, const int64_t *until)
{
	for (size_t i = 0; i < lt_directory_ended_ca_count(next); i++) {
		struct lt_ended_ca ended = lt_directory_ended_ca(next, i);
		if (lt_bytes_equal(ended.der, ca))
			return !until || ended.until <= *until;
	}
	return !until && ca_listed(next, ca);
}

/* What a CA has issued can be checked for ever: it stays listed, and once ended it is not called back. */
static enum lt_reason check_cas_kept(const struct lt_directory *before, const struct lt_directory *next,
				     struct lt_refusal *refusal)
{
	for (size_t i = 0; before && i < lt_directory_ca_count(before); i++) {
		if (!ca_kept(next, lt_directory_ca(before, i), NULL))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "CA certificate %zu of the version before is not listed any more; keep it as "
					 "an ended one (`lienthong ca withdraw`)",
					 i + 1);
	}
	for (size_t i = 0; before && i < lt_directory_ended_ca_count(before); i++) {
		struct lt_ended_ca ended = lt_directory_ended_ca(before, i);
		if (!ca_kept(next, ended.der, &ended.until))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "ended CA certificate %zu of the version before is missing, or ends later now",
					 i + 1);
	}
	return LT_REASON_NONE;
}

/* What it has signed with stays listed: otherwise nobody could check any more what was signed. */
static enum lt_reason check_kept(const struct lt_agency *before, const struct lt_agency *agency,
				 struct lt_refusal *refusal)
{
	for (size_t i = 0; before && i < before->cert_count + before->ended_count; i++) {
		bool kept = false;
		for (size_t k = 0; k < agency->cert_count + agency->ended_count && !kept; k++)
			kept = memcmp(lt_cert_sha256(before->certs[i]), lt_cert_sha256(agency->certs[k]), 32) == 0;
		if (!kept)
			return lt_refuse(
				refusal, LT_DIRECTORY_INVALID,
				"%s: certificate %zu of the version before is not listed any more; keep it as an ended "
				"one, so that what it signed can be checked",
				agency->code, i + 1);
	}
	return LT_REASON_NONE;
}

/* A key that went is kept with its end, which may come earlier and not later: one that was taken from a stolen machine does not come
 * back, and who connected with what can be told for ever. */
static enum lt_reason check_keys_kept(const struct lt_agency *before, const struct lt_agency *agency,
				      struct lt_refusal *refusal)
{
	for (size_t i = 0; before && i < before->curve_count; i++) {
		bool kept = false;
		for (size_t k = 0; k < agency->curve_count && !kept; k++)
			kept = memcmp(before->curve_keys[i], agency->curve_keys[k], 32) == 0;
		for (size_t k = 0; k < agency->ended_key_count && !kept; k++)
			kept = memcmp(before->curve_keys[i], agency->ended_keys[k].key, 32) == 0;
		if (!kept)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s: CURVE key %zu of the version before is not listed any more; keep it as "
					 "an ended one",
					 agency->code, i + 1);
	}
	for (size_t i = 0; before && i < before->ended_key_count; i++) {
		bool kept = false;
		for (size_t k = 0; k < agency->ended_key_count && !kept; k++)
			kept = memcmp(before->ended_keys[i].key, agency->ended_keys[k].key, 32) == 0 &&
			       agency->ended_keys[k].until <= before->ended_keys[i].until;
		if (!kept)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s: ended CURVE key %zu of the version before is missing, in force again, or "
					 "ends later now; give the agency a new key",
					 agency->code, i + 1);
	}
	return LT_REASON_NONE;
}

/* What was once said of the ledger is not taken back. */
static enum lt_reason check_incarnations(const struct lt_agency *before, const struct lt_agency *agency,
					 struct lt_refusal *refusal)
{
	for (size_t i = 0; before && i < before->incarnation_count; i++) {
		const struct lt_incarnation *old = &before->incarnations[i];
		bool kept = false;
		for (size_t k = 0; k < agency->incarnation_count && !kept; k++) {
			const struct lt_incarnation *next = &agency->incarnations[k];
			kept = strcmp(old->origin, next->origin) == 0 && strcmp(old->before, next->before) == 0 &&
			       old->size == next->size && memcmp(old->root, next->root, 32) == 0;
		}
		if (!kept)
			return lt_refuse(
				refusal, LT_DIRECTORY_INVALID,
				"%s: incarnation %.100s of the version before is not listed any more, or otherwise",
				agency->code, old->origin);
	}
	return LT_REASON_NONE;
}

static enum lt_reason lint_agency(const struct lt_agency *before, const struct lt_agency *agency, int64_t now,
				  struct lt_trust *trust, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < agency->cert_count; i++) {
		struct lt_refusal why = { 0 };
		if (certificate_listed(before, agency->certs[i]))
			continue;
		enum lt_reason reason = lint_certificate(lt_cert_der(agency->certs[i]), now, &why);
		if (!reason)
			reason = lt_trust_check(trust, agency->certs[i], now, false, &why);
		if (reason == LT_CERTIFICATE_UNTRUSTED && why.detail[0] == '\0')
			(void)lt_refuse(&why, reason, "no CA of the directory issued it");
		if (reason)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "%s: certificate %zu: %s: %.150s", agency->code,
					 i + 1, lt_reason_name(reason), why.detail);
	}
	return LT_REASON_NONE;
}

enum lt_reason directory_lint(const struct lt_directory *before, const struct lt_directory *next, int64_t now,
			      struct lt_refusal *refusal)
{
	struct lt_trust *trust = NULL;
	if (lt_trust_new(&trust))
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "out of memory");
	enum lt_reason reason = lint_cas(before, next, now, trust, refusal);
	if (!reason)
		reason = check_cas_kept(before, next, refusal);
	for (size_t i = 0; i < lt_directory_count(next) && !reason; i++) {
		const struct lt_agency *agency = lt_directory_at(next, i);
		const struct lt_agency *old = before ? lt_directory_find(before, agency->code) : NULL;
		reason = lint_agency(old, agency, now, trust, refusal);
		if (!reason)
			reason = check_kept(old, agency, refusal);
		if (!reason)
			reason = check_keys_kept(old, agency, refusal);
		if (!reason)
			reason = check_incarnations(old, agency, refusal);
	}
	lt_trust_free(trust);
	return reason;
}
