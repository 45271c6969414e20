/* identity_trust.c: CA certificates, their CRLs, and the verdict on a certificate at a time. Adding is for one thread
 * before the trust is shared; lt_trust_check may then be called from several. */
#include "identity_internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>

#define SECURITY_LEVEL 2 /* of OpenSSL: 112 bits, RSA of 2048, no SHA-1 in the chain */
#define CHAIN_DEPTH_MAX 6

struct lt_trust {
	X509_STORE *store; /* made anew when a CRL is replaced: a store can only grow */
	STACK_OF(X509) * cas;
	STACK_OF(X509_CRL) * crls; /* one for each CA at most */
};

enum lt_err lt_trust_new(struct lt_trust **out)
{
	struct lt_trust *trust = calloc(1, sizeof *trust);
	if (!trust)
		return LT_ENOMEM;
	trust->store = X509_STORE_new();
	trust->cas = sk_X509_new_null();
	trust->crls = sk_X509_CRL_new_null();
	if (!trust->store || !trust->cas || !trust->crls) {
		lt_trust_free(trust);
		return LT_ENOMEM;
	}
	*out = trust;
	return LT_OK;
}

void lt_trust_free(struct lt_trust *trust)
{
	if (!trust)
		return;
	X509_STORE_free(trust->store);
	sk_X509_pop_free(trust->cas, X509_free);
	sk_X509_CRL_pop_free(trust->crls, X509_CRL_free);
	free(trust);
}

static enum lt_err keep_ca(struct lt_trust *trust, X509 *ca)
{
	for (int i = 0; i < sk_X509_num(trust->cas); i++) {
		if (X509_cmp(sk_X509_value(trust->cas, i), ca) == 0)
			return LT_OK;
	}
	if (!X509_STORE_add_cert(trust->store, ca) || !X509_up_ref(ca))
		return LT_ENOMEM;
	if (!sk_X509_push(trust->cas, ca)) {
		X509_free(ca);
		return LT_ENOMEM;
	}
	return LT_OK;
}

enum lt_err lt_trust_add_ca(struct lt_trust *trust, struct lt_bytes der)
{
	struct lt_cert *cert;
	enum lt_err err = lt_cert_new(der, &cert);
	if (err != LT_OK)
		return err;
	/* X.509 version 3 with basicConstraints CA: every certificate of the store is an anchor. */
	err = X509_check_ca(cert->x509) == 1 ? keep_ca(trust, cert->x509) : LT_ECRYPTO;
	lt_cert_free(cert);
	ERR_clear_error();
	return err;
}

/* The CA of this trust that signed a CRL, or NULL. Two may have one name: a CA and its successor with a new key. */
static const X509 *find_signing_ca(const struct lt_trust *trust, X509_CRL *crl)
{
	for (int i = 0; i < sk_X509_num(trust->cas); i++) {
		const X509 *ca = sk_X509_value(trust->cas, i);
		if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(ca)) == 0 &&
		    X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
			return ca;
	}
	return NULL;
}

static int compare_age(const X509_CRL *a, const X509_CRL *b)
{
	int order = ASN1_TIME_compare(X509_CRL_get0_lastUpdate(a), X509_CRL_get0_lastUpdate(b));
	if (order != 0)
		return order;
	ASN1_INTEGER *number_a = X509_CRL_get_ext_d2i(a, NID_crl_number, NULL, NULL);
	ASN1_INTEGER *number_b = X509_CRL_get_ext_d2i(b, NID_crl_number, NULL, NULL);
	order = number_a && number_b ? ASN1_INTEGER_cmp(number_a, number_b) : 0;
	ASN1_INTEGER_free(number_a);
	ASN1_INTEGER_free(number_b);
	return order;
}

static enum lt_err rebuild(struct lt_trust *trust)
{
	X509_STORE *store = X509_STORE_new();
	bool done = store != NULL;
	for (int i = 0; done && i < sk_X509_num(trust->cas); i++)
		done = X509_STORE_add_cert(store, sk_X509_value(trust->cas, i)) == 1;
	for (int i = 0; done && i < sk_X509_CRL_num(trust->crls); i++)
		done = X509_STORE_add_crl(store, sk_X509_CRL_value(trust->crls, i)) == 1;
	if (!done) {
		X509_STORE_free(store);
		return LT_ENOMEM;
	}
	X509_STORE_free(trust->store);
	trust->store = store;
	return LT_OK;
}

/* Takes the CRL over on success; *kept says whether. An older one than what is there is left out without an error,
 * so that the order of loading does not matter. */
static enum lt_err keep_crl(struct lt_trust *trust, X509_CRL *crl, const X509 *ca, bool *kept)
{
	*kept = false;
	for (int i = 0; i < sk_X509_CRL_num(trust->crls); i++) {
		X509_CRL *have = sk_X509_CRL_value(trust->crls, i);
		if (find_signing_ca(trust, have) != ca)
			continue;
		if (compare_age(crl, have) <= 0)
			return LT_OK;
		(void)sk_X509_CRL_set(trust->crls, i, crl);
		*kept = true;
		X509_CRL_free(have);
		return rebuild(trust);
	}
	if (!sk_X509_CRL_push(trust->crls, crl))
		return LT_ENOMEM;
	*kept = true;
	return X509_STORE_add_crl(trust->store, crl) ? LT_OK : LT_ENOMEM;
}

enum lt_err lt_trust_add_crl(struct lt_trust *trust, struct lt_bytes der)
{
	const unsigned char *p = der.data;
	if (der.len == 0 || der.len > IDENTITY_CRL_MAX)
		return LT_EPARSE;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.len);
	bool kept = false;
	enum lt_err err = LT_EPARSE;
	if (crl && p == der.data + der.len) {
		const X509 *ca = find_signing_ca(trust, crl);
		err = ca ? keep_crl(trust, crl, ca, &kept) : LT_ECRYPTO;
	}
	if (!kept)
		X509_CRL_free(crl);
	ERR_clear_error();
	return err;
}

/* A CRL dated after the asked time knows more, not less. Without require_crl, a missing or old CRL is no obstacle;
 * what it revokes stays revoked. */
static int pass_some(int ok, X509_STORE_CTX *ctx)
{
	const bool *require_crl = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx);
	if (ok || error == X509_V_ERR_CRL_NOT_YET_VALID)
		return 1;
	return !*require_crl && (error == X509_V_ERR_UNABLE_TO_GET_CRL || error == X509_V_ERR_CRL_HAS_EXPIRED);
}

static enum lt_reason refuse_chain(int error, int depth, struct lt_refusal *refusal)
{
	const char *text = X509_verify_cert_error_string(error);
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		if (depth > 0)
			return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "CA %d above it: %s", depth, text);
		return lt_refuse(refusal, LT_CERTIFICATE_EXPIRED, "%s", text);
	case X509_V_ERR_CERT_REVOKED:
		return lt_refuse(refusal, LT_CERTIFICATE_REVOKED, "%s", text);
	case X509_V_ERR_EE_KEY_TOO_SMALL:
		return lt_refuse(refusal, LT_KEY_TOO_SHORT, "%s", text);
	default:
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "%s", text);
	}
}

static enum lt_reason verify_chain(X509_STORE_CTX *ctx, int64_t at, bool *require_crl, struct lt_refusal *refusal)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)(at / 1000000));
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_STORE_CTX_set_app_data(ctx, require_crl);
	X509_STORE_CTX_set_verify_cb(ctx, pass_some);
	if (X509_verify_cert(ctx) == 1)
		return LT_REASON_NONE;
	return refuse_chain(X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx), refusal);
}

enum lt_reason lt_trust_check(struct lt_trust *trust, const struct lt_cert *cert, int64_t at, bool require_crl,
			      struct lt_refusal *refusal)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum lt_reason reason;
	if (!ctx || !X509_STORE_CTX_init(ctx, trust->store, cert->x509, NULL))
		reason = lt_refuse(refusal, LT_OVERLOADED, "out of memory");
	else
		reason = verify_chain(ctx, at, &require_crl, refusal);
	if (reason == LT_REASON_NONE && !cert->may_sign)
		reason = lt_refuse(refusal, LT_CERTIFICATE_KEY_USAGE,
				   "neither digitalSignature nor nonRepudiation, or a CA");
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return reason;
}
