/* HELLO -> CHALLENGE -> PROOF -> WELCOME (SPEC.md, "Session"). */
#include "link_internal.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* What was wrong may be mended by now: enrolled, renewed. Who was superseded stays away: another process has it. */
static void name_all_again(struct lt_link_client *client)
{
	for (size_t i = 0; client->all_again && i < client->agency_count; i++) {
		if (client->agencies[i].away != LT_SESSION_SUPERSEDED)
			client->agencies[i].away = LT_REASON_NONE;
	}
	client->all_again = false;
}

enum lt_err link_say_hello(struct lt_link_client *client)
{
	name_all_again(client);
	const char *codes[LT_LINK_AGENCIES_MAX];
	size_t count = 0;
	for (size_t i = 0; i < client->agency_count; i++) {
		if (!client->agencies[i].away)
			codes[count++] = client->agencies[i].code;
	}
	if (getrandom(client->nonce, sizeof client->nonce, 0) != (ssize_t)sizeof client->nonce)
		return LT_EIO;
	struct lt_link_holdings held = { 0 };
	struct lt_bytes lists[LT_LINK_HELD_LISTS];
	if (client->events.holdings)
		client->events.holdings(client->ctx, &held);
	for (size_t i = 0; i < held.list_count; i++)
		lists[i] = lt_bytes(held.lists[i], 32);
	struct lt_link link = { .type = LT_LINK_HELLO,
				.u.hello = { .directory_version = held.directory_version,
					     .directory_sha256 =
						     lt_bytes(held.directory_sha256, held.directory_version ? 32 : 0),
					     .list_count = held.list_count,
					     .lists = lists,
					     .definitions = held.definitions,
					     .version_min = LT_LINK_VERSION,
					     .version_max = LT_LINK_VERSION,
					     .nonce = lt_bytes(client->nonce, sizeof client->nonce),
					     .agency_count = count,
					     .agencies = codes,
					     .software = client->software } };
	enum lt_err err = link_send(client, &link);
	if (!err)
		client->state = LINK_HELLO_SENT;
	return err;
}

/* Signs the proof of each agency: 256 of them are 20 ms of signing. */
static enum lt_err sign_proofs(struct lt_link_client *client, const struct lt_challenge *challenge,
			       struct lt_agency_proof *proofs, size_t *count, struct lt_buf *cms)
{
	struct lt_buf text = { 0 };
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < client->agency_count && !err; i++) {
		const struct link_agency *agency = &client->agencies[i];
		if (agency->away)
			continue;
		uint64_t resume = client->events.resume ? client->events.resume(client->ctx, agency->code) : 0;
		lt_buf_clear(&text);
		err = lt_proof_text(client->domain, agency->code, challenge->nonce, lt_bytes(client->nonce, 32),
				    lt_bytes(client->broker_key, 32), lt_bytes(client->key.public_key, 32), resume,
				    &text);
		if (!err)
			err = lt_signer_cms(agency->signer, lt_buf_bytes(&text), &cms[i]);
		proofs[(*count)++] = (struct lt_agency_proof){ .agency = agency->code,
							       .cms = lt_buf_bytes(&cms[i]),
							       .resume = resume };
	}
	lt_buf_fini(&text);
	return err;
}

void link_on_challenge(struct lt_link_client *client, const struct lt_challenge *challenge)
{
	if (client->state != LINK_HELLO_SENT)
		return;
	if (challenge->version != LT_LINK_VERSION || challenge->nonce.len != 32 || challenge->incarnation.len != 16 ||
	    strcmp(challenge->domain, client->domain) != 0) {
		struct lt_refusal why;
		lt_refuse(&why, LT_DOMAIN_WRONG, "%.200s", challenge->domain);
		if (client->events.bye)
			client->events.bye(client->ctx, &why);
		link_lost(client);
		return;
	}
	memcpy(client->incarnation, challenge->incarnation.data, 16);
	if (client->events.clock)
		client->events.clock(client->ctx, challenge->time);
	struct lt_agency_proof *proofs = calloc(client->agency_count, sizeof *proofs);
	struct lt_buf *cms = calloc(client->agency_count, sizeof *cms);
	size_t count = 0;
	enum lt_err err = proofs && cms ? sign_proofs(client, challenge, proofs, &count, cms) : LT_ENOMEM;
	if (!err) {
		struct lt_link link = { .type = LT_LINK_PROOF, .u.proof = { .count = count, .agencies = proofs } };
		err = link_send(client, &link);
	}
	if (err)
		link_lost(client);
	else
		client->state = LINK_PROOF_SENT;
	for (size_t i = 0; cms && i < client->agency_count; i++)
		lt_buf_fini(&cms[i]);
	free(cms);
	free(proofs);
}

static bool grow_pending(struct lt_link_client *client, uint32_t credit)
{
	if (credit <= client->pending_cap)
		return true;
	struct link_pending *pending = calloc(credit, sizeof *pending);
	if (!pending)
		return false;
	free(client->pending);
	client->pending = pending;
	client->pending_cap = credit;
	return true;
}

static void offer_window(struct lt_link_client *client)
{
	for (size_t i = 0; i < client->agency_count; i++) {
		if (client->agencies[i].away)
			continue;
		struct lt_link link = { .type = LT_LINK_CREDIT,
					.u.credit = { .agency = client->agencies[i].code,
						      .envelopes = client->window_envelopes,
						      .bytes = client->window_bytes } };
		link_send(client, &link);
	}
}

static void refuse_welcome(struct lt_link_client *client, const char *field)
{
	struct lt_refusal why;
	lt_refuse(&why, LT_BROKER_DOUBTFUL, "WELCOME: %s is 0: nothing could be sent", field);
	if (client->events.bye)
		client->events.bye(client->ctx, &why);
	link_lost(client);
}

static void tell_excepted(struct lt_link_client *client, const struct lt_agency_welcome *agency)
{
	uint64_t numbers[LT_LINK_EXCEPTED_MAX];
	size_t count = agency->excepted_count < LT_LINK_EXCEPTED_MAX ? agency->excepted_count : LT_LINK_EXCEPTED_MAX;
	for (size_t i = 0; i < count; i++)
		numbers[i] = agency->excepted[i].number;
	client->events.excepted(client->ctx, agency->agency, numbers, count);
}

void link_on_welcome(struct lt_link_client *client, const struct lt_welcome *welcome)
{
	if (client->state != LINK_PROOF_SENT)
		return;
	uint32_t credit = welcome->credit_envelopes > 65536 ? 65536 : welcome->credit_envelopes;
	const char *none = credit == 0                      ? "credit_envelopes"
			   : welcome->credit_bytes == 0     ? "credit_bytes"
			   : welcome->max_envelopes == 0    ? "max_envelopes"
			   : welcome->max_message == 0      ? "max_message"
			   : welcome->ping_interval_ms == 0 ? "ping_interval_ms"
							    : NULL;
	if (none) { /* nothing could ever be sent: said by name, not a silent standstill */
		refuse_welcome(client, none);
		return;
	}
	if (!grow_pending(client, credit)) {
		link_lost(client);
		return;
	}
	client->state = LINK_ACTIVE;
	client->session_began = welcome->directory_version;
	client->backoff_ms = LINK_BACKOFF_MIN_MS;
	client->credit_envelopes = credit;
	client->credit_bytes = welcome->credit_bytes;
	client->max_envelopes = welcome->max_envelopes < LT_LINK_BATCH_MAX ? welcome->max_envelopes : LT_LINK_BATCH_MAX;
	if (welcome->ping_interval_ms >= 100 && welcome->ping_interval_ms <= 600000)
		client->ping_interval_ms = welcome->ping_interval_ms;
	client->pinged_at = INT64_MIN / 2; /* at once: PONG tells what is in force */
	struct lt_link_welcome event = { .epoch = welcome->epoch,
					 .head = welcome->head,
					 .directory_version = welcome->directory_version,
					 .checkpoint = welcome->checkpoint,
					 .max_envelopes = client->max_envelopes,
					 .credit_envelopes = credit,
					 .credit_bytes = client->credit_bytes };
	memcpy(event.incarnation, client->incarnation, 16);
	if (client->events.welcome)
		client->events.welcome(client->ctx, &event);
	for (size_t i = 0; i < welcome->count && client->events.acknowledged; i++)
		client->events.acknowledged(client->ctx, welcome->agencies[i].agency, welcome->agencies[i].acknowledged,
					    welcome->agencies[i].head, welcome->agencies[i].received);
	for (size_t i = 0; i < welcome->count && client->events.excepted; i++)
		tell_excepted(client, &welcome->agencies[i]);
	if (client->events.directory_version)
		client->events.directory_version(client->ctx, welcome->directory_version);
	offer_window(client);
}

/* A new directory may list what the one before did not: a new session begins, with all of them. Who is closed stays closed. */
void link_on_directory_version(struct lt_link_client *client, uint64_t version)
{
	bool again = false;
	for (size_t i = 0; i < client->agency_count; i++) {
		enum lt_reason away = client->agencies[i].away;
		again = again || (away && away != LT_SESSION_SUPERSEDED && away != LT_SENDER_CLOSED);
	}
	if (client->state != LINK_ACTIVE || version <= client->session_began || !again)
		return;
	client->session_began = version;
	client->backoff_ms = LINK_BACKOFF_MIN_MS;
	link_lost(client);
}

/* True when others are left: the session, or the next HELLO, goes on with them. */
static bool take_away(struct lt_link_client *client, const struct lt_bye *bye, const struct lt_refusal *why)
{
	bool left = false;
	for (size_t i = 0; i < client->agency_count; i++) {
		struct link_agency *agency = &client->agencies[i];
		for (size_t k = 0; k < bye->agency_count && !agency->away; k++) {
			if (strcmp(agency->code, bye->agencies[k]) != 0)
				continue;
			agency->away = bye->reason ? bye->reason : LT_SESSION_UNKNOWN;
			agency->received = 0;
			if (client->events.taken_away)
				client->events.taken_away(client->ctx, agency->code, why);
		}
		left = left || !agency->away;
	}
	return left;
}

void link_on_bye(struct lt_link_client *client, const struct lt_bye *bye)
{
	if (client->state == LINK_HELLO_SENT && bye->reason == LT_SESSION_UNKNOWN && bye->agency_count == 0)
		return; /* to what was under way when the session before ended (SPEC.md section 5, "Sessions") */
	struct lt_refusal why;
	lt_link_heard(bye->reason, &bye->said, &why);
	if (bye->agency_count > 0 && take_away(client, bye, &why)) {
		if (client->state != LINK_ACTIVE) /* in the handshake: begin again without them */
			link_lost(client);
		return;
	}
	if (client->events.bye)
		client->events.bye(client->ctx, &why);
	if (bye->reason == LT_SESSION_REFUSALS)
		client->backoff_ms = 2 * LINK_REFUSALS_MS; /* half of it and a random part of the other half */
	if (bye->reason == LT_SESSION_SUPERSEDED || bye->reason == LT_KEY_NOT_ENROLLED || bye->agency_count > 0)
		link_end(client, bye->reason);
	else
		link_lost(client);
}

/* A new session with all agencies, at once. */
void lt_link_client_anew(struct lt_link_client *client)
{
	struct lt_link bye = { .type = LT_LINK_BYE, .u.bye = { .reason = LT_REASON_NONE } };
	if (client->state == LINK_ENDED)
		return;
	if (client->state == LINK_ACTIVE)
		link_send(client, &bye);
	client->backoff_ms = LINK_BACKOFF_MIN_MS;
	client->all_again = true;
	link_lost(client);
}

enum lt_err lt_link_client_signer(struct lt_link_client *client, const char *agency, struct lt_signer *signer)
{
	size_t i = 0;
	while (i < client->agency_count && strcmp(client->agencies[i].code, agency) != 0)
		i++;
	if (i == client->agency_count)
		return LT_ENOENT;
	client->agencies[i].signer = signer;
	lt_link_client_anew(client);
	return LT_OK;
}

void lt_link_client_broker_key(struct lt_link_client *client, const uint8_t broker_key[32])
{
	memcpy(client->broker_key, broker_key, sizeof(client->broker_key));
}

void lt_link_client_key(struct lt_link_client *client, const struct lt_curve_key *key)
{
	client->key = *key;
	lt_link_client_anew(client);
}

void link_ping(struct lt_link_client *client, uint64_t token)
{
	struct lt_link_report own = { 0 };
	struct lt_link ping = { .type = LT_LINK_PING, .u.ping = { .token = token } };
	if (client->events.report)
		client->events.report(client->ctx, &own);
	struct lt_adapter_report report = {
		.clock = own.clock,
		.disk_free = own.disk_free,
		.disk_size = own.disk_size,
		.disk_reserve = own.disk_reserve,
		.store_bytes = own.store_bytes,
		.full = own.full,
		.unsent = own.unsent,
		.unsent_since = own.unsent_since,
		.restored_at = own.restored_at,
	};
	if (own.clock != 0)
		ping.u.ping.report = &report;
	link_send(client, &ping);
}
