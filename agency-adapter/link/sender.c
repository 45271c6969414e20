/* sender.c: the window over the queue.
 *
 * Envelopes leave in the order of the outbox. Some have to wait: for an earlier one of their dossier that is not
 * answered, for credit, for a refusal that is told to try again. They wait alone, with the later ones of the same
 * dossier behind them; others go past. */
#include "sender.h"

#include "program/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX (4u * 1024u * 1024u)
#define BATCH_BYTES (512u * 1024u) /* bytes after which no further envelope joins a SUBMIT; one alone may be larger */
#define RETRY_FIRST_US 1000000LL   /* doubles with each try: SPEC.md section 5, "Submitting" */
#define RETRY_MAX_US 10000000LL
#define AGAIN_US 5000000LL            /* between tries of an envelope offered again */
#define CARRIED_US 300000LL           /* between looks whether large parts are with the broker; and when one is */
#define DAMAGED_US (3600LL * 1000000) /* a damaged row is looked at again when somebody may have mended it */
#define KEY_US (3600LL * 1000000)     /* our key is refused: a new session lets it go, and a new key begins one */
#define HELD_BITS 65536u              /* of the set of dossiers held back; a false hit only delays by one retry */

struct sender_entry {
	uint64_t number;
	uint8_t id[16];
	char sender[LT_AGENCY_MAX];
	uint32_t dossier; /* hash */
	bool again, in_flight, done;
	unsigned tries;
	int64_t retry_at;
};
struct sender {
	struct sender_entry entries[SENDER_WINDOW];
	size_t count, done;
	uint64_t loaded; /* highest number read from the queue */
	int64_t again_until;
	struct lt_arena *arena;
	uint8_t held[HELD_BITS / 8];
	struct carry *carry; /* of the pump that runs */
};

enum lt_err sender_new(struct sender **out)
{
	struct sender *sender = calloc(1, sizeof(*sender));
	if (!sender)
		return LT_ENOMEM;
	enum lt_err err = lt_arena_new(ARENA_MAX, &sender->arena);
	if (err) {
		free(sender);
		return err;
	}
	*out = sender;
	return LT_OK;
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	lt_arena_free(sender->arena);
	free(sender);
}

static void let_go(struct sender_entry *entry)
{
	entry->in_flight = false;
	entry->retry_at = 0;
	entry->tries = 0;
}

void sender_lost(struct sender *sender)
{
	for (size_t i = 0; i < sender->count; i++)
		let_go(&sender->entries[i]);
}

/* What the broker says of our key, it says of everything that waits with it. */
static void hold_agency(struct sender *sender, const char *agency, int64_t until)
{
	for (size_t i = 0; i < sender->count; i++) {
		struct sender_entry *entry = &sender->entries[i];
		if (!entry->done && !entry->in_flight && strcmp(entry->sender, agency) == 0)
			entry->retry_at = until;
	}
}

void sender_restart(struct sender *sender, bool reload, int64_t again_until)
{
	sender_lost(sender);
	sender->again_until = again_until;
	if (!reload)
		return;
	sender->count = 0;
	sender->done = 0;
	sender->loaded = 0;
}

static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash;
}

static void compact(struct sender *sender)
{
	size_t kept = 0;
	for (size_t i = 0; i < sender->count; i++) {
		if (!sender->entries[i].done)
			sender->entries[kept++] = sender->entries[i];
	}
	sender->count = kept;
	sender->done = 0;
}

static enum lt_err load(struct sender *sender, struct vault_tx *tx)
{
	enum lt_err err = LT_OK;
	if (sender->done > SENDER_WINDOW / 4 || (sender->done && sender->count == SENDER_WINDOW))
		compact(sender);
	while (sender->count < SENDER_WINDOW) {
		struct lt_bytes value;
		struct outbox_state state;
		uint64_t number;
		err = vault_seek_u64(tx, VAULT_QUEUE, sender->loaded + 1, &number, &value);
		if (err && err != LT_ECORRUPT)
			break;
		struct sender_entry *entry = &sender->entries[sender->count];
		*entry = (struct sender_entry){ .number = number,
						.again = !err && value.len == 1 && value.data[0] == 1 };
		sender->loaded = number;
		if (!err)
			err = outbox_get_state(tx, number, &state);
		if (err) {
			lt_log(LT_LOG_ERROR, "an envelope of the outbox cannot be read", "number", lt_log_u64(number),
			       "error", lt_err_text(err), NULL);
			continue;
		}
		memcpy(entry->id, state.id, sizeof(entry->id));
		memcpy(entry->sender, state.sender, sizeof(entry->sender));
		entry->dossier = hash_text(state.dossier);
		sender->count++;
	}
	return err == LT_ENOENT ? LT_OK : err;
}

static bool is_held(const struct sender *sender, uint32_t dossier)
{
	return sender->held[dossier % HELD_BITS / 8] & (1u << (dossier % 8));
}

static void hold(struct sender *sender, uint32_t dossier)
{
	sender->held[dossier % HELD_BITS / 8] |= (uint8_t)(1u << (dossier % 8));
}

/* The next entry that may go, from `at` on; an entry that waits for its time holds its dossier back. */
static struct sender_entry *next_entry(struct sender *sender, size_t *at, int64_t now)
{
	for (; *at < sender->count; ++*at) {
		struct sender_entry *entry = &sender->entries[*at];
		if (entry->done || entry->in_flight)
			continue;
		if (entry->retry_at > now || is_held(sender, entry->dossier)) {
			hold(sender, entry->dossier);
			continue;
		}
		++*at;
		return entry;
	}
	return NULL;
}

struct sending {
	size_t count, bytes;
	struct sender_entry *entries[SENDER_BATCH];
	struct lt_envelope envelopes[SENDER_BATCH];
	struct lt_bytes parts[SENDER_BATCH][LT_PARTS_MAX];
};

static size_t envelope_bytes(const struct lt_envelope *envelope)
{
	size_t bytes = envelope->header.len + envelope->signature.len + 32;
	for (size_t i = 0; i < envelope->part_count; i++)
		bytes += envelope->parts[i].len + 8;
	return bytes;
}

/* Large parts go before their envelope; each is asked for, so that they go together. */
static bool parts_are_there(struct sender *sender, const struct lt_envelope *envelope)
{
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	bool large = false, there = true;
	for (size_t i = 0; i < envelope->part_count; i++)
		large = large || envelope->parts[i].len == 0;
	if (!large || lt_header_parse(envelope->header, sender->arena, &header, &refusal))
		return true;
	for (size_t i = 0; i < header.part_count; i++) {
		const struct lt_part_info *part = &header.parts[i];
		if (lt_part_is_large(part) && !carry_bring(sender->carry, header.sender, part->sha256, part->size))
			there = false;
	}
	return there;
}

/* Fills a batch within the credit. False when nothing more can go now. */
static bool fill(struct sender *sender, struct vault_tx *tx, struct sending *batch, size_t *at, int64_t now,
		 uint32_t credit, uint64_t credit_bytes)
{
	struct sender_entry *entry;
	lt_arena_reset(sender->arena);
	batch->count = 0;
	batch->bytes = 0;
	while (batch->count < SENDER_BATCH && batch->count < credit && (entry = next_entry(sender, at, now)) != NULL) {
		struct lt_envelope *envelope = &batch->envelopes[batch->count];
		enum lt_err err = outbox_load(tx, entry->number, sender->arena, batch->parts[batch->count], envelope);
		if (err) {
			lt_log(LT_LOG_ERROR, "an envelope of the outbox cannot be read", "number",
			       lt_log_u64(entry->number), "error", lt_err_text(err), NULL);
			entry->retry_at = now + DAMAGED_US;
			hold(sender, entry->dossier);
			continue;
		}
		if (!parts_are_there(sender, envelope)) {
			entry->retry_at = now + CARRIED_US;
			hold(sender, entry->dossier);
			continue;
		}
		size_t bytes = envelope_bytes(envelope);
		if (batch->bytes + bytes > credit_bytes || (batch->count && batch->bytes + bytes > BATCH_BYTES)) {
			--*at;
			break;
		}
		batch->entries[batch->count++] = entry;
		batch->bytes += bytes;
	}
	return batch->count > 0;
}

enum lt_err sender_pump(struct sender *sender, struct vault *vault, struct carry *carry, struct lt_link_client *client,
			int64_t now)
{
	uint32_t credit = 0;
	uint64_t credit_bytes = 0;
	struct vault_tx *tx;
	struct sending batch;
	size_t at = 0;
	if (!lt_link_client_ready(client))
		return LT_OK;
	lt_link_client_credit(client, &credit, &credit_bytes);
	if (credit == 0)
		return LT_OK;
	enum lt_err err = vault_read_begin(vault, &tx);
	if (err)
		return err;
	sender->carry = carry;
	err = load(sender, tx);
	memset(sender->held, 0, sizeof(sender->held));
	while (!err && fill(sender, tx, &batch, &at, now, credit, credit_bytes)) {
		if (lt_link_client_submit(client, batch.envelopes, batch.count))
			break; /* no session or no credit: they go with a later pump */
		for (size_t i = 0; i < batch.count; i++)
			batch.entries[i]->in_flight = true;
		lt_link_client_credit(client, &credit, &credit_bytes);
	}
	vault_read_end(tx);
	return err;
}

static struct sender_entry *find(struct sender *sender, const struct lt_link_answer *answer)
{
	for (size_t i = 0; i < sender->count; i++) {
		struct sender_entry *entry = &sender->entries[i];
		if (!entry->done && memcmp(entry->id, answer->id, 16) == 0 &&
		    (!answer->sender || !answer->sender[0] || strcmp(entry->sender, answer->sender) == 0))
			return entry;
	}
	return NULL;
}

/* Other adapters offer theirs again as well; until they have, ours may not fit. */
static bool may_fit_later(enum lt_reason reason)
{
	return reason == LT_STALE_VERSION || reason == LT_NOT_OFFERED || reason == LT_REPLY_UNKNOWN ||
	       reason == LT_DOSSIER_UNKNOWN || reason == LT_NOT_HOLDER || reason == LT_OFFER_OPEN ||
	       reason == LT_BRANCH_UNKNOWN;
}

static bool goes_again(struct sender *sender, struct sender_entry *entry, const struct lt_link_answer *answer,
		       int64_t now)
{
	if (!answer->reason)
		return false;
	if (answer->reason == LT_PART_NOT_STORED)
		carry_forget(sender->carry);
	if (answer->retry) {
		int64_t wait = RETRY_FIRST_US << (entry->tries < 6 ? entry->tries : 6);
		entry->tries++;
		entry->retry_at = now + (wait < RETRY_MAX_US ? wait : RETRY_MAX_US);
		return true;
	}
	if (!entry->again || now >= sender->again_until || !may_fit_later(answer->reason))
		return false;
	entry->retry_at = now + AGAIN_US;
	return true;
}

static void fill_answer(const struct lt_link_answer *answer, const char *sender, struct outbox_answer *out)
{
	*out = (struct outbox_answer){ .reason = answer->reason,
				       .sequence = answer->sequence,
				       .time = answer->time,
				       .branch = answer->branch,
				       .branch_version = answer->branch_version };
	memcpy(out->id, answer->id, sizeof(out->id));
	snprintf(out->sender, sizeof(out->sender), "%s", sender);
	out->has_receipt = answer->has_receipt;
	out->receipt = answer->receipt;
	lt_text_clean(answer->detail ? answer->detail : "", out->detail, sizeof(out->detail));
	lt_text_clean(answer->vietnamese ? answer->vietnamese : "", out->vietnamese, sizeof(out->vietnamese));
}

bool sender_answered(struct sender *sender, const struct lt_link_answer *answer, int64_t now, struct outbox_answer *out)
{
	struct sender_entry *entry = answer->has_id ? find(sender, answer) : NULL;
	if (!entry && answer->has_id &&
	    !answer->reason) { /* a second receipt: the store knows whether it is the first one's */
		fill_answer(answer, answer->sender ? answer->sender : "", out);
		return true;
	}
	if (!entry) {
		lt_log(LT_LOG_WARNING, "an answer to nothing that is waiting", "reason", lt_reason_name(answer->reason),
		       "detail", answer->detail, NULL);
		return false;
	}
	entry->in_flight = false;
	if (goes_again(sender, entry, answer, now)) {
		lt_log(LT_LOG_INFO, "an envelope goes again later", "envelope", lt_log_id(entry->id), "reason",
		       lt_reason_name(answer->reason), "detail", answer->detail, NULL);
		return false;
	}
	fill_answer(answer, entry->sender, out);
	if (outbox_of_our_key(answer->reason)) {
		hold_agency(sender, entry->sender, now + KEY_US);
		return true;
	}
	entry->done = true;
	sender->done++;
	return true;
}

int sender_wait_ms(const struct sender *sender, int64_t now, int max)
{
	int wait = max;
	for (size_t i = 0; i < sender->count; i++) {
		const struct sender_entry *entry = &sender->entries[i];
		if (entry->done || entry->in_flight || entry->retry_at <= now)
			continue;
		int64_t ms = (entry->retry_at - now) / 1000 + 1;
		if (ms < wait)
			wait = (int)ms;
	}
	return wait;
}
