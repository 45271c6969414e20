/* gate_recover.c: after a restore from a backup adapters hold directory and revocation lists that the broker has lost. HELLO says
 * which; they are asked for, one after the other, judged as an operator's would be, and become definitions. Registrar and CA have
 * signed them, so it does not matter who hands them back. What an adapter claims counts for itself alone: one that gives rubbish,
 * or nothing, or a byte at a time, keeps nobody else from being asked for the same; and since turns are counted by key, whoever
 * begins its session anew does not come first again. */
#include "gate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/env.h"
#include "record/record.h"
#include "trust/trust.h"

#define ANSWER_US INT64_C(5000000) /* between two chunks; then the next adapter is asked */
#define WHOLE_US INT64_C(20000000) /* for all of its chunks: 8 at a second each, and as much again */
#define LIST_MAX (4u << 20)

static struct recovery_turn *turn_of(struct gate_recovery *recovery, const uint8_t key[32])
{
	for (size_t i = 0; i < recovery->turn_count; i++) {
		if (memcmp(recovery->turns[i].key, key, 32) == 0)
			return &recovery->turns[i];
	}
	return NULL;
}

static void count_turn(struct gate_recovery *recovery, struct session *session)
{
	struct recovery_turn *turn = turn_of(recovery, session->key);
	if (!turn) {
		recovery->turns = realloc(recovery->turns, (recovery->turn_count + 1) * sizeof *recovery->turns);
		if (!recovery->turns)
			lt_fatal("out of memory: turns");
		turn = &recovery->turns[recovery->turn_count++];
		turn->turns = 0;
		memcpy(turn->key, session->key, 32);
	}
	session->holdings->turns = ++turn->turns;
}

void gate_recover_fini(struct gate_recovery *recovery)
{
	free(recovery->turns);
	lt_buf_fini(&recovery->bytes);
}

void gate_recover_note(struct gate *gate, struct session *session, const struct lt_hello *hello)
{
	if (!rulebook_restoring(gate->rulebook))
		return;
	struct holdings *holdings = calloc(1, sizeof *holdings);
	if (!holdings)
		lt_fatal("out of memory: holdings");
	const struct recovery_turn *turn = turn_of(&gate->recovery, session->key);
	holdings->turns = turn ? turn->turns : 0;
	holdings->directory_version = hello->directory_version;
	for (size_t i = 0; i < hello->list_count && i < LT_LINK_LISTS_MAX; i++) {
		if (hello->lists[i].len == 32)
			memcpy(holdings->lists[holdings->list_count++], hello->lists[i].data, 32);
	}
	session->holdings = holdings;
}

static bool known_list(const struct gate *gate, const uint8_t sha256[32])
{
	const struct gate_recovery *recovery = &gate->recovery;
	for (size_t i = 0; i < recovery->looked_count; i++) {
		if (memcmp(recovery->looked[i], sha256, 32) == 0)
			return true;
	}
	for (size_t i = 0; i < rulebook_list_count(gate->rulebook); i++) {
		if (memcmp(rulebook_list_sha256(gate->rulebook, i), sha256, 32) == 0)
			return true;
	}
	return false;
}

/* The next thing that this session has and we lack. The directory first: it names the CAs of the lists. */
static bool choose(struct gate *gate, const struct session *session)
{
	const struct holdings *holdings = session->holdings;
	struct gate_recovery *recovery = &gate->recovery;
	recovery->directory = holdings->directory_version > rulebook_directory_version(gate->rulebook);
	if (recovery->directory)
		return true;
	for (size_t i = 0; i < holdings->list_count; i++) {
		if (known_list(gate, holdings->lists[i]))
			continue;
		memcpy(recovery->sha256, holdings->lists[i], 32);
		return true;
	}
	return false;
}

static void ask(struct gate *gate, const struct session *session)
{
	struct gate_recovery *recovery = &gate->recovery;
	uint64_t offset = recovery->bytes.len;
	struct lt_link get = { .type = recovery->directory ? LT_LINK_DIRECTORY_GET : LT_LINK_LIST_GET };
	if (recovery->directory)
		get.u.directory_get = (struct lt_directory_get){ .offset = offset };
	else
		get.u.list_get = (struct lt_list_get){ .sha256 = lt_bytes(recovery->sha256, 32), .offset = offset };
	recovery->asked_at = gate->options.env->boottime(gate->options.env->ctx);
	gate_send_link(gate, session->routing, session->routing_len, &get);
}

/* This adapter's was looked at, whatever came of it; a list that is the one that was asked for need not come from anybody again. */
static void done(struct gate_recovery *recovery, const struct session *session)
{
	uint8_t sha256[32];
	lt_sha256(lt_buf_bytes(&recovery->bytes), sha256);
	if (recovery->directory) {
		session->holdings->directory_version = 0;
	} else if (memcmp(sha256, recovery->sha256, sizeof sha256) != 0) {
		session->holdings->list_count = 0;
	} else {
		if (recovery->looked_count == LT_LINK_LISTS_MAX)
			recovery->looked_count = 0;
		memcpy(recovery->looked[recovery->looked_count++], recovery->sha256, 32);
	}
	recovery->from.serial = 0;
	lt_buf_fini(&recovery->bytes);
}

/* Who has something and had the fewest turns. Who has nothing is not looked at again. */
static struct session *next_turn(struct gate *gate)
{
	struct session *best = NULL;
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		struct session *session = gate->slots[i];
		if (!session || session->state != SESSION_ACTIVE || !session->holdings)
			continue;
		if (!choose(gate, session)) {
			free(session->holdings);
			session->holdings = NULL;
		} else if (!best || session->holdings->turns < best->holdings->turns) {
			best = session;
		}
	}
	return best;
}

void gate_recover_step(struct gate *gate, int64_t now)
{
	struct gate_recovery *recovery = &gate->recovery;
	if (!gate->rulebook || !rulebook_restoring(gate->rulebook))
		return;
	struct session *from = recovery->from.serial ? gate_session_at(gate, recovery->from) : NULL;
	bool awaited = rulebook_directory_version(gate->rulebook) < recovery->awaited; /* it names the lists' CAs */
	if ((from || awaited) && now - recovery->asked_at < ANSWER_US && now - recovery->begun_at < WHOLE_US)
		return;
	if (from) { /* it says that it has something and does not give it */
		free(from->holdings);
		from->holdings = NULL;
	}
	recovery->from.serial = 0;
	lt_buf_clear(&recovery->bytes);
	struct session *next = next_turn(gate);
	if (!next || !choose(gate, next))
		return;
	recovery->from = next->ref;
	recovery->begun_at = now;
	count_turn(recovery, next);
	ask(gate, next);
}

static void take(struct gate *gate, const struct session *session)
{
	struct gate_recovery *recovery = &gate->recovery;
	struct lt_bytes data = lt_buf_bytes(&recovery->bytes);
	struct lt_refusal refusal = { 0 };
	char reason[64 + LT_AGENCY_MAX];
	int64_t now = env_time(gate->options.env);
	uint8_t list[32];
	struct lt_crl_verdict verdict = { 0 };
	enum lt_reason wrong = recovery->directory
				       ? trust_check_directory(gate->rulebook, data, now, &refusal)
				       : trust_check_crl(gate->rulebook, data, now, list, &verdict, &refusal);
	lt_log(wrong ? LT_LOG_WARNING : LT_LOG_NOTICE,
	       wrong ? "a definition that an adapter hands back is not taken"
		     : "a definition comes back from an adapter",
	       "what", recovery->directory ? "directory" : "revocation list", "agency", session->agencies[0], "detail",
	       refusal.detail, NULL);
	if (wrong)
		return;
	if (recovery->directory)
		recovery->awaited = rulebook_directory_version(gate->rulebook) + 1;
	snprintf(reason, sizeof reason, "restore: the adapter of %s holds it", session->agencies[0]);
	struct lt_command command = { .type = LT_COMMAND_DEFINE,
				      .u.define = { .type = recovery->directory ? LT_DEFINE_DIRECTORY : LT_DEFINE_CRL,
						    .data = data,
						    .operator_name = "lienthong-broker",
						    .login = "",
						    .reason = reason,
						    .crl = verdict } };
	struct lt_buf encoded = { 0 };
	if (lt_command_encode(&command, &encoded))
		lt_fatal("out of memory: definition");
	struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&encoded) };
	gate_put_job(gate, &input);
	gate_flush_jobs(gate);
	lt_buf_fini(&encoded);
}

void gate_recover_chunk(struct gate *gate, const struct session *session, const struct lt_link *link)
{
	struct gate_recovery *recovery = &gate->recovery;
	bool directory = link->type == LT_LINK_DIRECTORY_CHUNK;
	const struct lt_list_chunk *list = &link->u.list_chunk;
	const struct lt_directory_chunk *whole = &link->u.directory_chunk;
	uint64_t offset = directory ? whole->offset : list->offset, size = directory ? whole->size : list->size;
	struct lt_bytes data = directory ? whole->data : list->data;
	if (recovery->from.serial != session->ref.serial || recovery->directory != directory)
		return; /* too late, or unasked: nothing is kept of it */
	if (size > (directory ? LT_DIRECTORY_MAX : LIST_MAX) || data.len == 0 || offset != recovery->bytes.len ||
	    recovery->bytes.len + data.len > size || (recovery->bytes.len > 0 && size != recovery->size)) {
		recovery->asked_at = INT64_MIN / 2; /* the next step gives it up */
		return;
	}
	recovery->size = size;
	if (lt_buf_append(&recovery->bytes, data.data, data.len))
		lt_fatal("out of memory: definition");
	if (recovery->bytes.len < size) {
		ask(gate, session);
		return;
	}
	take(gate, session);
	done(recovery, session);
}
