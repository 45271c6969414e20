/* gate_session.c: sessions as the gate knows them: by routing id and by slot. A serial is never used twice, so that a late output
 * cannot reach a newer session in the same slot. */
#include "gate_internal.h"
#include "queue/env.h"

#include <stdlib.h>
#include <string.h>

enum lt_err gate_sessions_init(struct gate *gate)
{
	gate->slots = calloc(GATE_SESSIONS_MAX, sizeof *gate->slots);
	gate->hash = calloc(GATE_SESSIONS_MAX, sizeof *gate->hash);
	gate->free_slots = calloc(GATE_SESSIONS_MAX, sizeof *gate->free_slots);
	return gate->slots && gate->hash && gate->free_slots ? LT_OK : LT_ENOMEM;
}

static void drop(struct session *session)
{
	lt_buf_fini(&session->hello);
	free(session->agencies);
	free(session->gone);
	free(session->proofs);
	free(session->holdings);
	free(session);
}

void gate_sessions_fini(struct gate *gate)
{
	for (uint32_t i = 0; gate->slots && i < gate->slot_used; i++) {
		if (gate->slots[i])
			drop(gate->slots[i]);
	}
	free(gate->slots);
	free(gate->hash);
	free(gate->free_slots);
}

/* FNV-1a. Routing ids are ours (rising numbers) or a client's own; a client can only slow its own lookups by about its limit. */
static struct session **bucket(struct gate *gate, const uint8_t *routing, size_t len)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ routing[i]) * 16777619u;
	return &gate->hash[hash % GATE_SESSIONS_MAX];
}

struct session *gate_session_find(struct gate *gate, const uint8_t *routing, size_t len)
{
	struct session *session = *bucket(gate, routing, len);
	while (session && (session->routing_len != len || memcmp(session->routing, routing, len) != 0))
		session = session->next;
	return session;
}

struct session *gate_session_at(struct gate *gate, struct session_ref ref)
{
	struct session *session = ref.slot < gate->slot_used ? gate->slots[ref.slot] : NULL;
	return session && session->ref.serial == ref.serial ? session : NULL;
}

/* Room for one more session of this key. Those that stop halfway do not count against those that go on: they wait for themselves,
 * and the oldest makes room. */
static bool room_for_key(struct gate *gate, const uint8_t key[32])
{
	struct session *oldest = NULL;
	size_t count = 0, half_open = 0;
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		struct session *session = gate->slots[i];
		if (!session || memcmp(session->key, key, 32) != 0)
			continue;
		if (session->state != SESSION_CHALLENGED) {
			count++;
			continue;
		}
		half_open++;
		if (!oldest || session->ref.serial < oldest->ref.serial)
			oldest = session;
	}
	if (half_open >= GATE_HALF_OPEN_OF_KEY)
		gate_session_free(gate, oldest);
	return count < GATE_SESSIONS_OF_KEY;
}

struct session *gate_session_new(struct gate *gate, const struct gate_message *message)
{
	bool room = room_for_key(gate, message->key);
	if (!room || (gate->free_count == 0 && gate->slot_used == GATE_SESSIONS_MAX))
		return NULL;
	struct session *session = calloc(1, sizeof *session);
	if (!session)
		lt_fatal("out of memory: session");
	session->ref.slot = gate->free_count > 0 ? gate->free_slots[--gate->free_count] : gate->slot_used++;
	session->ref.serial = ++gate->serial;
	session->routing_len = message->routing_len;
	memcpy(session->routing, message->routing, message->routing_len);
	memcpy(session->user, message->user, GATE_USER_TEXT);
	memcpy(session->key, message->key, 32);
	session->connection = connections_of(message->fd);
	connections_keep(session->connection, true);
	session->given = connections_sent(session->connection);
	gate->slots[session->ref.slot] = session;
	struct session **head = bucket(gate, message->routing, message->routing_len);
	session->next = *head;
	*head = session;
	return session;
}

void gate_session_heard(struct gate *gate, struct session *session)
{
	session->heard_at = gate->options.env->boottime(gate->options.env->ctx);
	atomic_store_explicit(&gate->options.stats->heard[session->ref.slot], session->heard_at, memory_order_relaxed);
}

static void let(struct gate *gate, struct session *session)
{
	session->held_until = 0;
	gate->held--;
	ring_let(gate->options.ring, session->ref.slot);
}

void gate_sessions_let(struct gate *gate, int64_t now)
{
	gate->held_looked_at = now;
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		struct session *session = gate->slots[i];
		if (session && session->held_until && now >= session->held_until)
			let(gate, session);
	}
}

/* Nothing is refused: the answers come later, and with them the credit, so that the adapter sends no faster than its rate. */
static void hold(struct gate *gate, struct session *session, const char *agency, int64_t until)
{
	if (session->held_until == 0) {
		gate->held++;
		ring_hold(gate->options.ring, session->ref.slot);
		stats_add(gate->options.stats, STATS_SESSIONS_HELD, 1);
		lt_log_peer(LT_LOG_NOTICE, "an agency sends more than its rate: its envelopes wait", agency, "",
			    "agency", agency, NULL);
	}
	session->held_until = until;
}

static int64_t over_rate(struct gate *gate, const char *agency, int64_t now)
{
	int64_t envelopes = budgets_over(gate->budgets, agency, BUDGET_ENVELOPES, now);
	int64_t bytes = budgets_over(gate->budgets, agency, BUDGET_BYTES, now);
	return envelopes > bytes ? envelopes : bytes;
}

/* The agency of the session that has most left pays, and how long it is over its rate; INT64_MAX: it has none any more. */
static int64_t choose_payer(struct gate *gate, struct session *session, int64_t now)
{
	int64_t least = INT64_MAX;
	uint32_t first = session->paying;
	for (size_t tried = 0; least > 0 && tried < session->agency_count; tried++) {
		uint32_t i = (first + (uint32_t)tried) % (uint32_t)session->agency_count;
		int64_t over = over_rate(gate, session->agencies[i], now);
		if (session->gone[i] || over >= least)
			continue;
		least = over;
		session->paying = i;
	}
	return least;
}

void gate_session_charge(struct gate *gate, struct session *session, size_t envelopes, size_t bytes)
{
	int64_t now = gate->options.env->boottime(gate->options.env->ctx);
	choose_payer(gate, session, now);
	budgets_use(gate->budgets, session->agencies[session->paying], BUDGET_ENVELOPES, envelopes, now);
	budgets_use(gate->budgets, session->agencies[session->paying], BUDGET_BYTES, bytes, now);
	int64_t over = choose_payer(gate, session, now);
	if (over > 0 && over < INT64_MAX)
		hold(gate, session, session->agencies[session->paying], now + over);
}

void gate_session_free(struct gate *gate, struct session *session)
{
	struct session **at = bucket(gate, session->routing, session->routing_len);
	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	gate->slots[session->ref.slot] = NULL;
	gate->free_slots[gate->free_count++] = session->ref.slot;
	if (session->state == SESSION_ACTIVE)
		stats_add(gate->options.stats, STATS_SESSIONS_CLOSED, 1);
	connections_keep(session->connection, false);
	if (session->held_until)
		let(gate, session);
	if (session->state == SESSION_CARRYING)
		gate_part_lost(gate, session);
	drop(session);
}

void gate_session_lose(struct gate *gate, struct session *session)
{
	if (session->state == SESSION_PROVING || session->state == SESSION_ACTIVE) {
		struct input input = { .type = INPUT_LOST, .session = session->ref };
		gate_put_job_behind(gate, session, &input);
	}
	gate_session_free(gate, session);
}

void gate_sessions_idle(struct gate *gate, int64_t now)
{
	struct lt_refusal why;
	uint32_t ping_ms = gate->options.ping_ms ? gate->options.ping_ms : BROKER_PING_MS;
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		struct session *session = gate->slots[i];
		if (!session || now - session->heard_at <= (int64_t)ping_ms * 1000 * GATE_IDLE_PINGS)
			continue;
		if (session->state == SESSION_ACTIVE) {
			stats_add(gate->options.stats, STATS_SESSIONS_IDLE, 1);
			lt_log_peer(LT_LOG_NOTICE, "session closed", session->agencies[0], "idle", "agency",
				    session->agencies[0], "cause", "nothing heard for three ping intervals", NULL);
			lt_refuse(&why, LT_SESSION_UNKNOWN, "nothing heard for three ping intervals");
			gate_send_bye(gate, session->routing, session->routing_len, &why);
		}
		gate_session_lose(gate, session);
	}
}

bool gate_session_speaks(const struct session *session, const char *agency)
{
	for (size_t i = 0; i < session->agency_count; i++) {
		if (strcmp(session->agencies[i], agency) == 0)
			return true;
	}
	return false;
}

bool gate_all_suspended(const struct gate *gate, const struct session *session)
{
	for (size_t i = 0; i < session->agency_count; i++) {
		if (!rulebook_suspended(gate->rulebook, session->agencies[i]))
			return false;
	}
	return true;
}

static bool any_listed(const struct gate *gate, const struct session *session)
{
	for (size_t i = 0; i < session->agency_count; i++) {
		const struct lt_agency *agency = rulebook_agency(gate->rulebook, session->agencies[i]);
		if (agency && lt_agency_has_key(agency, session->key, env_time(gate->options.env)))
			return true;
	}
	return false;
}

/* A new rulebook: who may no longer be here is told once. A suspended peer then hears nothing until it is lifted. */
void gate_sessions_recheck(struct gate *gate)
{
	gate_tell_definitions(gate);
	struct lt_refusal why;
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		struct session *session = gate->slots[i];
		if (!session)
			continue;
		bool suspended = gate_all_suspended(gate, session);
		enum lt_reason reason = !any_listed(gate, session) ? LT_KEY_NOT_ENROLLED
					: suspended                ? LT_SENDER_SUSPENDED
								   : LT_REASON_NONE;
		if (session->state == SESSION_SILENT) {
			if (!reason)
				gate_session_free(gate, session);
			continue;
		}
		if (!reason)
			continue;
		lt_log_peer(LT_LOG_NOTICE, "session closed", session->agencies[0], lt_reason_name(reason), "agency",
			    session->agencies[0], "reason", lt_reason_name(reason), NULL);
		lt_refuse(&why, reason, "%s", session->agencies[0]);
		gate_send_bye(gate, session->routing, session->routing_len, &why);
		if (session->state == SESSION_PROVING || session->state == SESSION_ACTIVE) {
			struct input input = { .type = INPUT_LOST, .session = session->ref };
			gate_put_job_behind(gate, session, &input);
		}
		if (session->state == SESSION_CARRYING)
			gate_part_lost(gate, session);
		session->state = SESSION_SILENT;
	}
}
