/* lint_crl.c: revocation lists. A list says who is revoked only if it is the whole list: OpenSSL, unless it is told to look, takes a
 * delta list or one for some certificates for the whole one, and with that lifts every revocation that it does not repeat. */
#include "lint_internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <time.h>

#define NAME_MAX_BYTES 64

void lint_time(const ASN1_TIME *time, char *out, size_t size)
{
	struct tm tm;
	if (!ASN1_TIME_to_tm(time, &tm) || strftime(out, size, "%Y-%m-%d %H:%M:%SZ", &tm) == 0)
		snprintf(out, size, "?");
}

static X509_CRL *parse(struct lt_bytes der)
{
	const unsigned char *p = der.data;
	X509_CRL *crl = der.len > 0 && der.len <= LINT_CRL_MAX ? d2i_X509_CRL(NULL, &p, (long)der.len) : NULL;
	if (crl && p != der.data + der.len) {
		X509_CRL_free(crl);
		crl = NULL;
	}
	return crl;
}

/* Those of the list that are understood; the two that say "this is not the whole list" are named apart. */
static enum lt_reason check_extension(X509_CRL *crl, int at, struct lt_refusal *refusal)
{
	X509_EXTENSION *extension = X509_CRL_get_ext(crl, at);
	char name[NAME_MAX_BYTES];
	lint_extension_name(extension, name, sizeof name);
	switch (OBJ_obj2nid(X509_EXTENSION_get_object(extension))) {
	case NID_delta_crl:
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "crl: a delta list (deltaCRLIndicator) would lift the revocations that it does not "
				 "repeat; import the full list of this CA");
	case NID_issuing_distribution_point:
		return lt_refuse(
			refusal, LT_DEFINITION_INVALID,
			"crl: a list of some certificates only (issuingDistributionPoint); import the full list "
			"of this CA");
	case NID_crl_number:
	case NID_authority_key_identifier:
		return LT_REASON_NONE;
	default:
		break;
	}
	if (X509_EXTENSION_get_critical(extension))
		return lt_refuse(
			refusal, LT_DEFINITION_INVALID,
			"crl: the critical extension %s is not understood here; ask the CA for a list without it",
			name);
	return LT_REASON_NONE;
}

/* An entry of another issuer makes the list an indirect one. */
static enum lt_reason check_entries(X509_CRL *crl, struct lt_refusal *refusal)
{
	const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
	char name[NAME_MAX_BYTES];
	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
		for (int k = 0; k < X509_REVOKED_get_ext_count(entry); k++) {
			X509_EXTENSION *extension = X509_REVOKED_get_ext(entry, k);
			lint_extension_name(extension, name, sizeof name);
			if (OBJ_obj2nid(X509_EXTENSION_get_object(extension)) == NID_certificate_issuer)
				return lt_refuse(
					refusal, LT_DEFINITION_INVALID,
					"crl: entry %d is of another issuer (certificateIssuer); indirect lists "
					"are not taken, import each CA's own",
					i + 1);
			if (X509_EXTENSION_get_critical(extension))
				return lt_refuse(refusal, LT_DEFINITION_INVALID,
						 "crl: entry %d has the critical extension %s, which is not understood "
						 "here; ask the CA for a list without it",
						 i + 1, name);
		}
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_number(X509_CRL *crl, struct lt_refusal *refusal)
{
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	bool good = number && ASN1_STRING_type(number) != V_ASN1_NEG_INTEGER && ASN1_STRING_length(number) <= 20;
	ASN1_INTEGER_free(number);
	return good ? LT_REASON_NONE
		    : lt_refuse(refusal, LT_DEFINITION_INVALID,
				"crl: no cRLNumber, once, of at most 20 bytes (RFC 5280, 5.2.3); without it an older "
				"list "
				"cannot be told from a newer one; ask the CA for a list with it");
}

static enum lt_reason check_dates(X509_CRL *crl, int64_t now, struct lt_refusal *refusal)
{
	const ASN1_TIME *made = X509_CRL_get0_lastUpdate(crl), *next = X509_CRL_get0_nextUpdate(crl);
	time_t at = (time_t)(now / 1000000), ahead = (time_t)((now + LINT_AHEAD_US) / 1000000);
	char text[32];
	lint_time(made, text, sizeof text);
	if (X509_cmp_time(made, &ahead) >= 0)
		return lt_refuse(
			refusal, LT_DEFINITION_INVALID,
			"crl: made %s, which is in the future and would shut out every list before it; import today's",
			text);
	if (!next)
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "crl: no nextUpdate (RFC 5280, 5.1.2.5); nobody could tell when it is out of date");
	lint_time(next, text, sizeof text);
	if (X509_cmp_time(next, &at) <= 0)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "crl: it ended %s; import the newest one of this CA",
				 text);
	if (ASN1_TIME_compare(made, next) >= 0)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "crl: it ends before it was made");
	return LT_REASON_NONE;
}

/* Name and key; two CAs may have one name. *named: one of this name was seen. */
static X509 *find_ca(X509_CRL *crl, const struct lt_bytes *cas, size_t count, bool *named)
{
	*named = false;
	for (size_t i = 0; i < count; i++) {
		const unsigned char *p = cas[i].data;
		X509 *ca = d2i_X509(NULL, &p, (long)cas[i].len);
		bool same = ca && X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(ca)) == 0;
		*named = *named || same;
		if (same && X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
			return ca;
		X509_free(ca);
	}
	return NULL;
}

static enum lt_reason check_signer(X509_CRL *crl, const struct lt_bytes *cas, size_t count, struct lt_refusal *refusal)
{
	const X509_ALGOR *algorithm = NULL;
	bool named;
	X509 *ca = find_ca(crl, cas, count, &named);
	if (!ca)
		return lt_refuse(
			refusal, LT_DEFINITION_INVALID,
			named ? "crl: its signature is not by the CA that it names; import it anew from the CA"
			      : "crl: no CA of the directory has signed it; add its CA first, or take another list");
	bool usage = (X509_get_key_usage(ca) & KU_CRL_SIGN) != 0; /* all ones without the extension */
	X509_free(ca);
	X509_CRL_get0_signature(crl, NULL, &algorithm);
	if (!usage)
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "crl: the key usage of its CA has no cRLSign; it may not sign lists");
	if (!lint_digest_good(X509_CRL_get_signature_nid(crl), algorithm))
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "crl: signed by %s; allowed are SHA-256, SHA-384 and SHA-512; ask the CA for another",
				 OBJ_nid2sn(X509_CRL_get_signature_nid(crl)));
	return LT_REASON_NONE;
}

static enum lt_reason lint_parsed(X509_CRL *crl, const struct lt_bytes *cas, size_t ca_count, int64_t now,
				  struct lt_refusal *refusal)
{
	if (X509_CRL_get_version(crl) != X509_CRL_VERSION_2)
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "crl: version %ld, version 2 is needed (RFC 5280, 5.1.2.1)",
				 X509_CRL_get_version(crl) + 1);
	enum lt_reason reason = LT_REASON_NONE;
	for (int i = 0; i < X509_CRL_get_ext_count(crl) && !reason; i++)
		reason = check_extension(crl, i, refusal);
	if (!reason)
		reason = check_entries(crl, refusal);
	if (!reason)
		reason = check_number(crl, refusal);
	if (!reason)
		reason = check_dates(crl, now, refusal);
	return reason ? reason : check_signer(crl, cas, ca_count, refusal);
}

enum lt_reason lint_crl(struct lt_bytes der, const struct lt_bytes *cas, size_t ca_count, int64_t now,
			struct lt_refusal *refusal)
{
	ERR_set_mark();
	X509_CRL *crl = parse(der);
	enum lt_reason reason = crl ? lint_parsed(crl, cas, ca_count, now, refusal)
				    : lt_refuse(refusal, LT_DEFINITION_INVALID,
						"crl: not one CRL in DER of at most %u bytes", LINT_CRL_MAX);
	X509_CRL_free(crl);
	ERR_pop_to_mark();
	return reason;
}

bool lint_crl_same_ca(struct lt_bytes a, struct lt_bytes b, const struct lt_bytes *cas, size_t ca_count)
{
	bool named;
	ERR_set_mark();
	X509_CRL *first = parse(a), *second = parse(b);
	X509 *x = first ? find_ca(first, cas, ca_count, &named) : NULL;
	X509 *y = second ? find_ca(second, cas, ca_count, &named) : NULL;
	bool same = x && y && EVP_PKEY_eq(X509_get0_pubkey(x), X509_get0_pubkey(y)) == 1 &&
		    X509_NAME_cmp(X509_get_subject_name(x), X509_get_subject_name(y)) == 0;
	X509_free(x);
	X509_free(y);
	X509_CRL_free(first);
	X509_CRL_free(second);
	ERR_pop_to_mark();
	return same;
}

static int compare_numbers(X509_CRL *a, X509_CRL *b)
{
	ASN1_INTEGER *x = X509_CRL_get_ext_d2i(a, NID_crl_number, NULL, NULL);
	ASN1_INTEGER *y = X509_CRL_get_ext_d2i(b, NID_crl_number, NULL, NULL);
	int order = x && y ? ASN1_INTEGER_cmp(x, y) : 0;
	ASN1_INTEGER_free(x);
	ASN1_INTEGER_free(y);
	return order;
}

enum lt_reason lint_crl_next(struct lt_bytes current, struct lt_bytes next, struct lt_refusal *refusal)
{
	enum lt_reason reason = LT_REASON_NONE;
	char made[32];
	ERR_set_mark();
	X509_CRL *old = parse(current), *new = parse(next);
	if (!old || !new) {
		reason = old ? lt_refuse(refusal, LT_DEFINITION_INVALID, "crl: not one CRL in DER") : LT_REASON_NONE;
	} else {
		lint_time(X509_CRL_get0_lastUpdate(new), made, sizeof made);
		if (ASN1_TIME_compare(X509_CRL_get0_lastUpdate(new), X509_CRL_get0_lastUpdate(old)) < 0)
			reason = lt_refuse(refusal, LT_DEFINITION_INVALID,
					   "crl: made %s, older than the one in force; import the newest one", made);
		else if (compare_numbers(new, old) < 0)
			reason = lt_refuse(
				refusal, LT_DEFINITION_INVALID,
				"crl: its cRLNumber is below that of the one in force; import the newest one, or "
				"withdraw the one in force first");
		else if (compare_numbers(new, old) == 0 && !lt_bytes_equal(current, next))
			reason = lt_refuse(refusal, LT_DEFINITION_INVALID,
					   "crl: its cRLNumber is that of the one in force, its bytes are others "
					   "(RFC 5280, 5.2.3); ask the CA for a list with a number of its own");
	}
	X509_CRL_free(old);
	X509_CRL_free(new);
	ERR_pop_to_mark();
	return reason;
}
