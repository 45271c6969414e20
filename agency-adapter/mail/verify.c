/* verify.c: header, domain, addressee, sender, certificate, signature, parts. */
#include "verify.h"

#include "identity/crl.h"
#include "identity/lint.h"
#include "program/log.h"
#include "wire/kind.h"

#include <lienthong/time.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_SLOTS 2048u /* certificates remembered: three each of the agencies that one adapter hears of in a day */

struct chain_slot {
	uint8_t sha256[32];
	int64_t at;
	bool set;
	struct lt_refusal refusal;
};
struct verifier {
	char domain[LT_DOMAIN_MAX];
	char *ca_path, *crl_path, *lists_path;
	struct lt_trust *pinned, *trust; /* trust: with the directory's CAs */
	struct lists *lists;
	int64_t grace;
	struct chain_slot *chains;
	struct lt_roots *roots; /* of batches */
	uint64_t version;       /* counts what was forgotten */
};

static enum lt_err add_ca(void *ctx, struct lt_bytes der)
{
	return lt_trust_add_ca(ctx, der);
}

struct loading {
	struct lt_trust *pinned, *trust;
	struct lists *lists;
};

static enum lt_err add_crl(void *ctx, struct lt_bytes der)
{
	const struct loading *loading = ctx;
	enum lt_err err = lt_trust_add_crl(loading->pinned, der);
	if (!err)
		err = lt_trust_add_crl(loading->trust, der);
	if (!err && lists_check(loading->lists, der) == LT_OK)
		lists_take(loading->lists, der);
	return err;
}

/* A list whose CA is not trusted here any more stays on disk and is of no use. */
static void add_kept(void *ctx, struct lt_bytes der)
{
	const struct loading *loading = ctx;
	if (lists_check(loading->lists, der) != LT_OK || lt_trust_add_crl(loading->trust, der) != LT_OK)
		return;
	lists_take(loading->lists, der);
	(void)lt_trust_add_crl(loading->pinned, der);
}

static enum lt_err load(struct verifier *verifier, const struct lt_directory *directory, char *error, size_t error_size)
{
	struct loading loading = { 0 };
	const char *path = verifier->ca_path;
	enum lt_err err = lt_trust_new(&loading.pinned);
	if (!err)
		err = lt_trust_new(&loading.trust);
	if (!err)
		err = lists_new(verifier->lists_path, &loading.lists);
	if (!err)
		err = lt_certs_read(verifier->ca_path, add_ca, loading.pinned);
	if (!err)
		err = lt_certs_read(verifier->ca_path, add_ca, loading.trust);
	if (!err && directory)
		err = lt_directory_trust(directory, loading.trust);
	if (!err && verifier->crl_path) {
		path = verifier->crl_path;
		err = lt_crls_read(path, add_crl, &loading);
	}
	if (err) {
		snprintf(error, error_size, "%s: %s", path, err == LT_EIO ? strerror(errno) : lt_err_text(err));
		lists_free(loading.lists);
		lt_trust_free(loading.pinned);
		lt_trust_free(loading.trust);
		return err;
	}
	lists_read_kept(loading.lists, add_kept, &loading);
	lists_free(verifier->lists);
	lt_trust_free(verifier->pinned);
	lt_trust_free(verifier->trust);
	verifier->pinned = loading.pinned;
	verifier->lists = loading.lists;
	verifier->trust = loading.trust;
	return LT_OK;
}

enum lt_err verifier_new(const char *domain, const struct verify_files *files, struct verifier **out, char *error,
			 size_t error_size)
{
	struct verifier *verifier = calloc(1, sizeof(*verifier));
	if (!verifier)
		return LT_ENOMEM;
	enum lt_err err = strlen(domain) < sizeof(verifier->domain) ? LT_OK : LT_EINVAL;
	if (!err)
		memcpy(verifier->domain, domain, strlen(domain) + 1);
	verifier->chains = calloc(CHAIN_SLOTS, sizeof(*verifier->chains));
	verifier->ca_path = strdup(files->ca);
	verifier->crl_path = files->crl ? strdup(files->crl) : NULL;
	verifier->lists_path = files->lists ? strdup(files->lists) : NULL;
	if (!verifier->chains || !verifier->ca_path || (files->crl && !verifier->crl_path) ||
	    (files->lists && !verifier->lists_path))
		err = LT_ENOMEM;
	if (!err)
		err = lt_roots_new(&verifier->roots);
	if (!err)
		err = load(verifier, NULL, error, error_size);
	if (err) {
		verifier_free(verifier);
		return err;
	}
	*out = verifier;
	return LT_OK;
}

void verifier_free(struct verifier *verifier)
{
	if (!verifier)
		return;
	lt_trust_free(verifier->pinned);
	lt_trust_free(verifier->trust);
	free(verifier->chains);
	lt_roots_free(verifier->roots);
	free(verifier->ca_path);
	free(verifier->crl_path);
	free(verifier->lists_path);
	lists_free(verifier->lists);
	free(verifier);
}

enum lt_err verifier_reload(struct verifier *verifier, const struct lt_directory *directory, char *error,
			    size_t error_size)
{
	enum lt_err err = load(verifier, directory, error, error_size);
	if (!err)
		verifier_forget(verifier);
	return err;
}

void verifier_directory(struct verifier *verifier, const struct lt_directory *directory)
{
	char error[256] = "";
	if (verifier_reload(verifier, directory, error, sizeof(error)))
		lt_log(LT_LOG_ERROR, "the directory's CAs cannot be taken, those of before stay", "error", error, NULL);
	verifier_forget(verifier);
}

enum lt_reason verifier_take_list(struct verifier *verifier, struct lt_bytes der, int64_t now,
				  struct lt_refusal *refusal)
{
	struct crl_info info;
	enum lt_err err = lists_check(verifier->lists, der);
	if (err == LT_EEXIST)
		return lt_refuse(refusal, LT_ALREADY_SO, "ours is as new, or of a higher number");
	if (err || crl_read(der, &info))
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "not a list in DER, or too many CAs");
	if (crl_time(info.this_update) > now + LINT_AHEAD_US)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "made %s, ahead of our clock", info.this_update);
	err = lt_trust_add_crl(verifier->trust, der);
	if (err)
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "no CA of ours has signed it, or it is not the whole list: %s", lt_err_text(err));
	lists_take(verifier->lists, der);
	(void)lt_trust_add_crl(verifier->pinned, der); /* when it is of a pinned CA */
	verifier_forget(verifier);
	if (lists_keep(verifier->lists, der))
		lt_log(LT_LOG_ERROR, "a revocation list cannot be kept", "folder", verifier->lists_path, "error",
		       strerror(errno), NULL);
	return LT_REASON_NONE;
}

void verifier_list_newest(struct verifier *verifier, bool newest)
{
	int64_t grace = newest ? VERIFY_GRACE_US : 0;
	if (grace != verifier->grace)
		verifier_forget(verifier);
	verifier->grace = grace;
}

const struct lists *verifier_lists(const struct verifier *verifier)
{
	return verifier->lists;
}

static bool need_list(const struct verifier *verifier)
{
	return verifier->crl_path != NULL || lists_count(verifier->lists) > 0;
}

void verifier_forget(struct verifier *verifier)
{
	memset(verifier->chains, 0, CHAIN_SLOTS * sizeof(*verifier->chains));
	lt_roots_renew(verifier->roots, ++verifier->version);
}

struct lt_trust *verifier_trust(struct verifier *verifier)
{
	return verifier->pinned;
}

static enum lt_reason check_chain(struct verifier *verifier, const struct lt_cert *cert, int64_t at,
				  struct lt_refusal *refusal)
{
	const uint8_t *sha256 = lt_cert_sha256(cert);
	size_t index = ((size_t)sha256[0] << 8 | sha256[1]) % CHAIN_SLOTS;
	struct chain_slot *slot = &verifier->chains[index];
	const struct lt_trust_question question = {
		.at = at, .require_crl = need_list(verifier), .grace = verifier->grace, .past = true
	};
	int64_t from, to;
	lt_cert_valid(cert, &from, &to);
	bool fits = slot->set && at >= from && at <= to && memcmp(slot->sha256, sha256, 32) == 0 && at >= slot->at &&
		    at - slot->at < VERIFY_CHAIN_US;
	if (!fits) {
		slot->refusal = (struct lt_refusal){ 0 };
		lt_trust_ask(verifier->trust, cert, &question, NULL, &slot->refusal);
		memcpy(slot->sha256, sha256, 32);
		slot->at = at;
		slot->set = true;
	}
	if (slot->refusal.reason)
		*refusal = slot->refusal;
	return slot->refusal.reason;
}

/* A fork's item is for one of its recipients, which has a leg of its own; of a record that was skipped the broker does not say. */
static bool is_meant(const struct verify_case *item, const struct lt_header *header, size_t index)
{
	bool fork = lt_kind_offers(header->kind) && header->to_count > 1;
	return !fork || item->recipient == 0 || item->recipient == index + 1;
}

static bool follows(const struct verify_case *item, const struct lt_header *header, int64_t now)
{
	for (size_t i = 0; item->directory && i < header->to_count; i++) {
		if (is_meant(item, header, i) &&
		    lt_directory_succeeds(item->directory, item->agency, header->to[i].agency, now))
			return true;
	}
	return false;
}

/* To us, or to an agency whose successor we are by the directory, which the registrar has signed: what the broker says of it
 * counts for nothing. Its clock may be ahead of ours, as far as ids may be. */
static bool addressed_to(const struct verify_case *item, const struct lt_header *header)
{
	int64_t now = item->now + (int64_t)LT_ID_FUTURE_SECONDS * 1000000;
	for (size_t i = 0; i < header->to_count; i++) {
		if (is_meant(item, header, i) && strcmp(header->to[i].agency, item->agency) == 0)
			return true;
	}
	return follows(item, header, now);
}

int64_t verify_time(const struct verify_case *item, const struct lt_header *header, bool *by_clock)
{
	int64_t at = item->time, made = lt_uuid_time(header->id);
	*by_clock = false;
	if (item->now == 0)
		return at;
	if (at < made)
		at = made;
	if (at < item->not_before)
		at = item->not_before;
	*by_clock = at > item->now;
	return *by_clock ? item->now : at;
}

static enum lt_reason check_signature(struct verifier *verifier, const struct verify_case *item,
				      const struct lt_header *header, struct lt_refusal *refusal)
{
	const struct lt_cert *used = NULL;
	const struct lt_agency *sender = item->directory ? lt_directory_find(item->directory, header->sender) : NULL;
	if (!sender)
		return lt_refuse(refusal, LT_SENDER_UNKNOWN, "sender: %s is not in our directory", header->sender);
	/* Notices are the broker's alone, and it sends nothing else. */
	if (kind_is_notice(header->kind) != (sender->level == LT_LEVEL_BROKER))
		return lt_refuse(refusal, LT_KIND_NOT_SUPPORTED, "kind: %s is not for %s to send",
				 lt_kind_name(header->kind), header->sender);
	enum lt_reason reason = lt_signature_verify_with(
		verifier->roots, item->envelope->signature, item->envelope->header,
		(const struct lt_cert *const *)sender->certs, sender->cert_count + sender->ended_count, &used, refusal);
	bool ignored;
	int64_t at = verify_time(item, header, &ignored);
	/* Replaced since: good for what was recorded before. */
	if (!reason && !lt_agency_cert_at(sender, used, at))
		return lt_refuse(refusal, LT_CERTIFICATE_NOT_ENROLLED,
				 "the certificate was replaced before this was recorded");
	return reason ? reason : check_chain(verifier, used, at, refusal);
}

enum lt_reason verifier_check(struct verifier *verifier, const struct verify_case *item, struct lt_arena *arena,
			      struct lt_header *header, bool *readable, struct lt_refusal *refusal)
{
	*readable = false;
	enum lt_reason reason = lt_header_parse(item->envelope->header, arena, header, refusal);
	if (reason)
		return reason;
	*readable = true;
	if (strcmp(header->domain, verifier->domain) != 0)
		return lt_refuse(refusal, LT_DOMAIN_WRONG, "domain: %.100s, ours is %s", header->domain,
				 verifier->domain);
	if (!addressed_to(item, header))
		return lt_refuse(refusal, LT_NOT_ADDRESSED_TO_US, "to: %s does not stand in it", item->agency);
	reason = check_signature(verifier, item, header, refusal);
	if (!reason && !item->parts_elided)
		reason = lt_envelope_check_parts(header, item->envelope, refusal);
	return reason;
}

bool verify_is_ours(const struct verify_case *item, const struct lt_header *header, enum lt_reason reason)
{
	if (!header) /* no list and no clock makes bytes readable */
		return false;
	if (reason == LT_NOT_ADDRESSED_TO_US) /* or will be ours: then our clock is behind */
		return item->directory_behind || !item->directory || follows(item, header, INT64_MAX);
	if (reason == LT_KIND_NOT_SUPPORTED)
		return item->directory_behind;
	bool by_clock;
	verify_time(item, header, &by_clock);
	if (reason == LT_CERTIFICATE_EXPIRED)
		return by_clock;
	return reason == LT_SENDER_UNKNOWN || reason == LT_CERTIFICATE_NOT_ENROLLED ||
	       reason == LT_CERTIFICATE_UNTRUSTED || lt_reason_retry(reason);
}

enum lt_reason verifier_check_own(struct verifier *verifier, const struct lt_cert *own, int64_t now,
				  struct lt_refusal *refusal)
{
	return lt_trust_check(verifier->trust, own, now, need_list(verifier), refusal);
}

int64_t verifier_list_ends(const struct verifier *verifier, int64_t *margin)
{
	return lists_first_end(verifier->lists, margin);
}

int64_t verify_certificate_ends(const struct lt_cert *cert)
{
	int64_t from, to;
	lt_cert_valid(cert, &from, &to);
	return to;
}
