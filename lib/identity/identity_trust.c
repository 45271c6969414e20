/* identity_trust.c: CA certificates, their CRLs, and the verdict on a certificate at a time. Adding is for one thread
 * before the trust is shared; lt_trust_check may then be called from several. */
#include "identity_internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>

#define SECURITY_LEVEL 2 /* of OpenSSL: 112 bits, RSA of 2048, no SHA-1 in the chain */
#define CHAIN_DEPTH_MAX 6

struct trust_ended {
	X509 *ca; /* of cas */
	int64_t until;
};
struct lt_trust {
	X509_STORE *store; /* made anew with each CA and when a CRL is replaced: a store can only grow */
	STACK_OF(X509) * cas;
	STACK_OF(X509) *
		below; /* of them, those that another one issued: no anchors, so that the root's CRL is asked; not owned */
	STACK_OF(X509_CRL) * crls; /* one for each CA at most */
	struct trust_ended *ended;
	size_t ended_count;
};

enum lt_err lt_trust_new(struct lt_trust **out)
{
	struct lt_trust *trust = calloc(1, sizeof *trust);
	if (!trust)
		return LT_ENOMEM;
	trust->store = X509_STORE_new();
	trust->cas = sk_X509_new_null();
	trust->below = sk_X509_new_null();
	trust->crls = sk_X509_CRL_new_null();
	if (!trust->store || !trust->cas || !trust->below || !trust->crls) {
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
	sk_X509_free(trust->below);
	sk_X509_pop_free(trust->cas, X509_free);
	sk_X509_CRL_pop_free(trust->crls, X509_CRL_free);
	free(trust->ended);
	free(trust);
}

/* Whether another CA of this trust issued it. */
static bool is_below(const struct lt_trust *trust, X509 *ca)
{
	if (X509_NAME_cmp(X509_get_subject_name(ca), X509_get_issuer_name(ca)) == 0)
		return false;
	for (int i = 0; i < sk_X509_num(trust->cas); i++) {
		if (X509_check_issued(sk_X509_value(trust->cas, i), ca) == X509_V_OK)
			return true;
	}
	return false;
}

static enum lt_err rebuild(struct lt_trust *trust)
{
	X509_STORE *store = X509_STORE_new();
	bool done = store != NULL;
	sk_X509_zero(trust->below);
	for (int i = 0; done && i < sk_X509_num(trust->cas); i++) {
		X509 *ca = sk_X509_value(trust->cas, i);
		done = is_below(trust, ca) ? sk_X509_push(trust->below, ca) > 0 : X509_STORE_add_cert(store, ca) == 1;
	}
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

static enum lt_err keep_ca(struct lt_trust *trust, X509 *ca)
{
	for (int i = 0; i < sk_X509_num(trust->cas); i++) {
		if (X509_cmp(sk_X509_value(trust->cas, i), ca) == 0)
			return LT_OK;
	}
	if (!X509_up_ref(ca))
		return LT_ENOMEM;
	if (!sk_X509_push(trust->cas, ca)) {
		X509_free(ca);
		return LT_ENOMEM;
	}
	return rebuild(trust);
}

enum lt_err lt_trust_add_ca(struct lt_trust *trust, struct lt_bytes der)
{
	struct lt_cert *cert;
	enum lt_err err = lt_cert_new(der, &cert);
	if (err != LT_OK)
		return err;
	/* X.509 version 3 with basicConstraints CA: it may become an anchor. */
	err = X509_check_ca(cert->x509) == 1 ? keep_ca(trust, cert->x509) : LT_ECRYPTO;
	lt_cert_free(cert);
	ERR_clear_error();
	return err;
}

enum lt_err lt_trust_end_ca(struct lt_trust *trust, struct lt_bytes der, int64_t until)
{
	struct lt_cert *cert;
	enum lt_err err = lt_trust_add_ca(trust, der);
	if (!err)
		err = lt_cert_new(der, &cert);
	if (err)
		return err;
	struct trust_ended *list = realloc(trust->ended, (trust->ended_count + 1) * sizeof *list);
	for (int i = 0; list && i < sk_X509_num(trust->cas); i++) {
		X509 *ca = sk_X509_value(trust->cas, i);
		if (X509_cmp(ca, cert->x509) == 0)
			list[trust->ended_count] = (struct trust_ended){ ca, until };
	}
	if (list) {
		trust->ended = list;
		trust->ended_count++;
	}
	lt_cert_free(cert);
	return list ? LT_OK : LT_ENOMEM;
}

/* Whether the chain that was found leads through a CA that was withdrawn by then. */
static bool leads_through_ended(const struct lt_trust *trust, X509_STORE_CTX *ctx, int64_t at)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	for (int i = 1; trust->ended_count > 0 && i < sk_X509_num(chain); i++) {
		for (size_t k = 0; k < trust->ended_count; k++) {
			if (at >= trust->ended[k].until && X509_cmp(sk_X509_value(chain, i), trust->ended[k].ca) == 0)
				return true;
		}
	}
	return false;
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

/* Anything that says "this is not the whole list", or that would have to be understood to know. */
static bool is_full(const X509_CRL *crl)
{
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
		bool known = nid == NID_crl_number || nid == NID_authority_key_identifier;
		if (nid == NID_delta_crl || nid == NID_issuing_distribution_point ||
		    (!known && X509_EXTENSION_get_critical(extension)))
			return false;
	}
	return true;
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
		err = !ca ? LT_ECRYPTO : is_full(crl) ? keep_crl(trust, crl, ca, &kept) : LT_EINVAL;
	}
	if (!kept)
		X509_CRL_free(crl);
	ERR_clear_error();
	return err;
}

/* What one check asks, and what it found. */
struct trust_check {
	const struct lt_trust *trust;
	const struct lt_trust_question *question;
	bool stale;
};

/* Within the grace a list past its nextUpdate still says whom it revokes; the verdict is marked. */
static bool within_grace(X509_STORE_CTX *ctx, const struct lt_trust_question *question)
{
	const X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
	const ASN1_TIME *next = crl ? X509_CRL_get0_nextUpdate(crl) : NULL;
	time_t latest = (time_t)((question->at - question->grace) / 1000000);
	return question->grace > 0 && next && X509_cmp_time(next, &latest) > 0;
}

/* Good when the record was made: the list names a later date. (OpenSSL does not say here which list it was.) */
static bool revoked_later(X509 *x509, const struct trust_check *check)
{
	time_t at = (time_t)(check->question->at / 1000000);
	bool found = false;
	for (int i = 0; check->question->past && i < sk_X509_CRL_num(check->trust->crls); i++) {
		X509_CRL *crl = sk_X509_CRL_value(check->trust->crls, i);
		X509_REVOKED *entry = NULL;
		if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(x509)) != 0 ||
		    X509_CRL_get0_by_cert(crl, &entry, x509) != 1)
			continue;
		if (X509_cmp_time(X509_REVOKED_get0_revocationDate(entry), &at) <= 0)
			return false;
		found = true;
	}
	return found;
}

/* A CRL dated after the asked time knows more, not less. Without require_crl, a missing or old CRL is no obstacle; what it revokes
 * stays revoked. Nobody above an anchor says that it is revoked. */
static int pass_some(int ok, X509_STORE_CTX *ctx)
{
	struct trust_check *check = X509_STORE_CTX_get_app_data(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx), top = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;
	if (ok)
		return 1;
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_CRL_NOT_YET_VALID:
		return 1;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		return !check->question->require_crl || (depth > 0 && depth == top);
	case X509_V_ERR_CRL_HAS_EXPIRED:
		if (depth > 0 && depth == top)
			return 1;
		check->stale = true;
		return !check->question->require_crl || within_grace(ctx, check->question);
	case X509_V_ERR_CERT_REVOKED:
		return revoked_later(X509_STORE_CTX_get_current_cert(ctx), check);
	default:
		return 0;
	}
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
		if (depth > 0)
			return lt_refuse(refusal, LT_CERTIFICATE_REVOKED, "CA %d above it: %s", depth, text);
		return lt_refuse(refusal, LT_CERTIFICATE_REVOKED, "%s", text);
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED:
		return lt_refuse(refusal, LT_TRUST_STALE, "the list for %s: %s", depth > 0 ? "a CA above it" : "it",
				 text);
	case X509_V_ERR_EE_KEY_TOO_SMALL:
		return lt_refuse(refusal, LT_KEY_TOO_SHORT, "%s", text);
	default:
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "%s", text);
	}
}

static enum lt_reason verify_chain(X509_STORE_CTX *ctx, struct trust_check *check, struct lt_refusal *refusal)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)(check->question->at / 1000000));
	X509_VERIFY_PARAM_set_flags(param,
				    X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_STORE_CTX_set_app_data(ctx, check);
	X509_STORE_CTX_set_verify_cb(ctx, pass_some);
	if (X509_verify_cert(ctx) == 1)
		return LT_REASON_NONE;
	return refuse_chain(X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx), refusal);
}

enum lt_reason lt_trust_ask(struct lt_trust *trust, const struct lt_cert *cert,
			    const struct lt_trust_question *question, bool *stale, struct lt_refusal *refusal)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	struct trust_check check = { .trust = trust, .question = question };
	enum lt_reason reason;
	if (!ctx || !X509_STORE_CTX_init(ctx, trust->store, cert->x509, trust->below))
		reason = lt_refuse(refusal, LT_OVERLOADED, "out of memory");
	else
		reason = verify_chain(ctx, &check, refusal);
	if (reason == LT_REASON_NONE && leads_through_ended(trust, ctx, question->at))
		reason = lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "a CA above it was withdrawn");
	if (reason == LT_REASON_NONE && !cert->may_sign)
		reason = lt_refuse(refusal, LT_CERTIFICATE_KEY_USAGE,
				   "neither digitalSignature nor nonRepudiation, or a CA");
	if (stale)
		*stale = check.stale;
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return reason;
}

enum lt_reason lt_trust_check(struct lt_trust *trust, const struct lt_cert *cert, int64_t at, bool require_crl,
			      struct lt_refusal *refusal)
{
	const struct lt_trust_question question = { .at = at, .require_crl = require_crl };
	return lt_trust_ask(trust, cert, &question, NULL, refusal);
}

static enum lt_err load_ca(void *ctx, struct lt_bytes der)
{
	return lt_trust_add_ca(ctx, der);
}

static enum lt_err load_crl(void *ctx, struct lt_bytes der)
{
	return lt_trust_add_crl(ctx, der);
}

enum lt_err lt_trust_load(const char *ca_path, const char *crl_path, struct lt_trust **out)
{
	struct lt_trust *trust = NULL;
	enum lt_err err = lt_trust_new(&trust);
	if (!err)
		err = lt_certs_read(ca_path, load_ca, trust);
	if (!err && crl_path)
		err = lt_crls_read(crl_path, load_crl, trust);
	if (err)
		lt_trust_free(trust);
	else
		*out = trust;
	return err;
}
