/* link_renew.c: other keys and certificates, while the adapter runs.
 *
 * Who reloads has read them and hands them over (adapter_renew). The link takes its signers and begins a new session, since the proofs of the
 * present one are of the keys before; the store takes its own, and what waits is signed anew, a few at a time, before anything goes to
 * the broker again. The same is looked after when the adapter starts and when a restored broker is offered again what it had: a
 * certificate that ended meanwhile would spend the agency's budget of refusals. */
#include "link_thread.h"

#include "program/log.h"

#include <lienthong/time.h>

#include <stdlib.h>
#include <string.h>

#define AT_A_TIME 256u      /* in one transaction: as many as one signature serves */
#define AGAIN_US 60000000LL /* after a store that had no room */

struct renewal {
	struct adapter *adapter;
	struct lt_signer *store[LINK_AGENCIES_MAX], *link[LINK_AGENCIES_MAX]; /* NULL: as before */
	bool has_curve;
	struct lt_curve_key curve;
	uint64_t from, next; /* of the queue: this step's, the next one's; 0: the end */
	uint64_t count, counted;
};

static void renewal_free(struct renewal *renewal)
{
	for (size_t i = 0; renewal && i < LINK_AGENCIES_MAX; i++) {
		lt_signer_free(renewal->store[i]);
		lt_signer_free(renewal->link[i]);
	}
	if (renewal)
		explicit_bzero(&renewal->curve, sizeof(renewal->curve));
	free(renewal);
}

static bool same_certificate(const struct adapter *adapter, size_t index, const struct lt_signer *signer)
{
	uint8_t sha256[32];
	lt_sha256(lt_signer_certificate(signer), sha256);
	return memcmp(sha256, adapter->renewed[index], sizeof(sha256)) == 0;
}

static enum lt_err open_signers(const struct adapter *adapter, const struct adapter_key *key, struct renewal *renewal,
				const char **bad)
{
	size_t index = link_agency_index(adapter, key->agency);
	*bad = key->agency;
	if (index == LINK_AGENCIES_MAX)
		return LT_ENOENT;
	enum lt_err err = lt_signer_open(key->key, key->cert, key->pss, &renewal->store[index]);
	if (!err && same_certificate(adapter, index, renewal->store[index])) {
		lt_signer_free(renewal->store[index]);
		renewal->store[index] = NULL;
		return LT_OK;
	}
	return err ? err : lt_signer_open(key->key, key->cert, key->pss, &renewal->link[index]);
}

/* What the link has not taken yet goes with it; where both have a key, the newer one. */
static void join_pending(struct renewal *renewal, struct renewal *pending)
{
	for (size_t i = 0; pending && i < LINK_AGENCIES_MAX; i++) {
		if (renewal->store[i] || !pending->store[i])
			continue;
		renewal->store[i] = pending->store[i];
		renewal->link[i] = pending->link[i];
		pending->store[i] = pending->link[i] = NULL;
	}
	if (pending && pending->has_curve && !renewal->has_curve) {
		renewal->has_curve = true;
		renewal->curve = pending->curve;
	}
	renewal_free(pending);
}

enum lt_err adapter_renew(struct adapter *adapter, const struct adapter_key *keys, size_t count,
			  const struct lt_curve_key *curve, size_t *changed, const char **bad)
{
	struct renewal *renewal = calloc(1, sizeof(*renewal));
	enum lt_err err = renewal ? LT_OK : LT_ENOMEM;
	*changed = 0;
	for (size_t i = 0; i < count && !err; i++)
		err = open_signers(adapter, &keys[i], renewal, bad);
	for (size_t i = 0; i < LINK_AGENCIES_MAX && !err; i++) {
		if (!renewal->store[i])
			continue;
		lt_sha256(lt_signer_certificate(renewal->store[i]), adapter->renewed[i]);
		++*changed;
	}
	if (!err && memcmp(curve->public_key, adapter->renewed_curve, sizeof(adapter->renewed_curve)) != 0) {
		renewal->has_curve = true;
		renewal->curve = *curve;
		memcpy(adapter->renewed_curve, curve->public_key, sizeof(adapter->renewed_curve));
		++*changed;
	}
	if (err || *changed == 0) {
		renewal_free(renewal);
		return err;
	}
	renewal->adapter = adapter;
	join_pending(renewal, atomic_exchange(&adapter->renewal, NULL));
	atomic_store(&adapter->renewal, renewal);
	adapter_wake(adapter);
	return LT_OK;
}

static enum lt_err run(void *ctx, struct vault_tx *tx)
{
	struct renewal *renewal = ctx;
	struct speaker *speaker = &renewal->adapter->speaker;
	for (size_t i = 0; i < speaker->agency_count; i++) {
		if (renewal->store[i])
			speaker_take_signer(&speaker->agencies[i], renewal->store[i]);
		renewal->store[i] = NULL;
	}
	uint64_t from = renewal->from, count = 0; /* the transaction may be run twice */
	enum lt_err err = outbox_sign_stale(tx, speaker, AT_A_TIME, &from, &count);
	renewal->next = from;
	renewal->counted = count;
	return err;
}

static void done(void *ctx, enum lt_err err)
{
	struct renewal *renewal = ctx;
	struct adapter *adapter = renewal->adapter;
	if (!err) {
		renewal->from = renewal->next;
		renewal->count += renewal->counted;
		if (renewal->from) {
			vault_post(adapter->vault, &(struct vault_job){ .run = run, .done = done, .ctx = renewal });
			return;
		}
	}
	if (err)
		lt_log(LT_LOG_ERROR, "what waits cannot be signed anew, it is tried again", "error", lt_err_text(err),
		       NULL);
	else if (renewal->count)
		lt_log(LT_LOG_NOTICE, "what waits was signed anew with the key in use", "envelopes",
		       lt_log_u64(renewal->count), NULL);
	if (err)
		atomic_store(&adapter->renew_at, adapter->speaker.now() + AGAIN_US);
	atomic_store(&adapter->renewing, false);
	renewal_free(renewal);
	adapter_wake(adapter);
}

/* NULL: no keys, the walk alone. */
static void begin(struct adapter *adapter, struct renewal *renewal)
{
	if (!renewal)
		renewal = calloc(1, sizeof(*renewal));
	if (!renewal)
		lt_fatal("out of memory");
	renewal->adapter = adapter;
	atomic_store(&adapter->renewing, true);
	atomic_store(&adapter->renew_at, 0);
	vault_post(adapter->vault, &(struct vault_job){ .run = run, .done = done, .ctx = renewal });
}

static void take_key(struct adapter *adapter, size_t index, struct lt_signer *signer)
{
	const char *agency = adapter->speaker.agencies[index].code;
	struct lt_cert *cert = NULL;
	char subject[256], ends[LT_TIME_TEXT];
	if (lt_cert_new(lt_signer_certificate(signer), &cert))
		lt_fatal("the certificate of an open key cannot be read");
	lt_cert_subject(cert, subject, sizeof(subject));
	lt_time_format(verify_certificate_ends(cert), ends);
	lt_link_client_signer(adapter->client, agency, signer);
	lt_signer_free(adapter->link_signers[index]);
	lt_cert_free(adapter->own_certs[index]);
	adapter->link_signers[index] = signer;
	adapter->own_certs[index] = cert;
	lt_log(LT_LOG_NOTICE, "another key and certificate are in use", "agency", agency, "subject", subject, "ends",
	       ends, NULL);
}

void link_renew(struct adapter *adapter)
{
	atomic_store(&adapter->renew_at, adapter->speaker.now());
}

void link_renew_step(struct adapter *adapter, int64_t now)
{
	int64_t at = atomic_load(&adapter->renew_at);
	if (atomic_load(&adapter->renewing))
		return;
	struct renewal *renewal = atomic_exchange(&adapter->renewal, NULL);
	for (size_t i = 0; renewal && i < LINK_AGENCIES_MAX; i++) {
		if (renewal->link[i])
			take_key(adapter, i, renewal->link[i]);
		renewal->link[i] = NULL;
	}
	if (renewal && renewal->has_curve) {
		lt_link_client_key(adapter->client, &renewal->curve);
		carry_keys(adapter->carry, NULL, &renewal->curve);
		lt_log(LT_LOG_NOTICE, "another CURVE key is in use", NULL);
	}
	if (renewal)
		link_own_trust(adapter, now);
	if (renewal || (at && now >= at))
		begin(adapter, renewal);
}

void link_renew_drop(struct adapter *adapter)
{
	renewal_free(atomic_exchange(&adapter->renewal, NULL));
}
