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
		if (lt_trust_add_ca(trust, ca))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID, "CA certificate %zu: not a CA", i + 1);
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
	for (size_t i = 0; i < lt_directory_count(next) && !reason; i++) {
		const struct lt_agency *agency = lt_directory_at(next, i);
		const struct lt_agency *old = before ? lt_directory_find(before, agency->code) : NULL;
		reason = lint_agency(old, agency, now, trust, refusal);
		if (!reason)
			reason = check_kept(old, agency, refusal);
		if (!reason)
			reason = check_incarnations(old, agency, refusal);
	}
	lt_trust_free(trust);
	return reason;
}
