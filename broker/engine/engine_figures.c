/* engine_figures.c: what questions are told that is no state: who is connected, what was counted. A copy: it does not change when
 * the engine goes on. */
#include "engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "state/frozen.h"
#include "store/large_faults.h"

static void *alloc(struct lt_arena *arena, size_t size)
{
	void *memory = lt_arena_alloc(arena, size);
	LT_ASSERT(memory);
	return memory;
}

static const char *keep(struct lt_arena *arena, const char *text)
{
	size_t size = strlen(text) + 1;
	return memcpy(alloc(arena, size), text, size);
}

static const char *code_of(const struct engine *engine, struct lt_arena *arena, uint32_t mailbox)
{
	return keep(arena, engine->state.mailboxes.items[mailbox].code);
}

static void fill_session(struct engine *engine, struct lt_arena *arena, uint32_t slot, struct lt_session_view *out)
{
	const struct courier_session *session = &engine->courier.sessions[slot];
	const char **agencies = alloc(arena, (session->agency_count + 1) * sizeof(*agencies));
	char *key = alloc(arena, 2 * sizeof(session->curve_key) + 1);
	size_t count = 0; /* not those that were taken away from it */
	for (uint32_t i = 0; i < session->agency_count; i++) {
		if (courier_speaks(&engine->courier, session->agencies[i],
				   (struct session_ref){ slot, session->serial }))
			agencies[count++] = code_of(engine, arena, session->agencies[i]);
	}
	lt_hex(lt_bytes(session->curve_key, sizeof(session->curve_key)), key); /* as in the log */
	int64_t heard = engine->hooks.heard ? engine->hooks.heard(engine->hooks.ctx, slot) : 0;
	*out = (struct lt_session_view){
		.curve_key = key,
		.epoch = session->epoch,
		.software = keep(arena, session->software),
		.since = session->since,
		.last_seen = heard ? heard + engine->time.now - engine->time.boot : session->since,
		.agency_count = count,
		.agencies = agencies,
	};
}

/* Those in force: not the ones that were told BYE and have not gone yet. */
static void fill_sessions(struct engine *engine, struct lt_arena *arena, struct lt_status_view *out)
{
	const struct courier *courier = &engine->courier;
	size_t count = 0;
	for (uint32_t i = 0; i < courier->session_count; i++)
		count += courier->sessions[i].epoch != 0 && !courier->sessions[i].closed;
	out->sessions = alloc(arena, (count + 1) * sizeof(*out->sessions));
	for (uint32_t i = 0; i < courier->session_count; i++) {
		if (courier->sessions[i].epoch != 0 && !courier->sessions[i].closed)
			fill_session(engine, arena, i, &out->sessions[out->session_count++]);
	}
}

static void fill_alarms(const struct engine *engine, struct lt_arena *arena, struct figures *out)
{
	const struct courier *courier = &engine->courier;
	out->alarms = alloc(arena, (courier->flying_count + courier->unreadable_count + 1) * sizeof(*out->alarms));
	for (uint32_t i = 0; i < courier->flying_count; i++) {
		const struct courier_mailbox *mailbox = &courier->mailboxes[courier->flying[i]];
		if (mailbox->told)
			out->alarms[out->alarm_count++] = (struct mailbox_alarm){
				.agency = code_of(engine, arena, courier->flying[i]),
				.unanswered_since = mailbox->waiting_since + engine->time.now - engine->time.boot,
			};
	}
	for (uint32_t i = 0; i < courier->unreadable_count; i++) {
		const struct courier_mailbox *mailbox = &courier->mailboxes[courier->unreadable[i]];
		out->alarms[out->alarm_count++] = (struct mailbox_alarm){
			.agency = code_of(engine, arena, courier->unreadable[i]),
			.unreadable = mailbox->unreadable,
			.unreadable_since = mailbox->unreadable_since + engine->time.now - engine->time.boot,
		};
	}
}

/* Those whose session went since the start. */
static void fill_away(const struct engine *engine, struct lt_arena *arena, struct figures *out)
{
	const struct courier *courier = &engine->courier;
	out->away = alloc(arena, (courier->mailbox_count + 1) * sizeof(*out->away));
	for (uint32_t i = 0; i < courier->mailbox_count; i++) {
		if (courier->mailboxes[i].session.serial == 0 && courier->mailboxes[i].left != 0)
			out->away[out->away_count++] = (struct agency_away){
				.agency = code_of(engine, arena, i),
				.since = courier->mailboxes[i].left + engine->time.now - engine->time.boot,
			};
	}
}

static int by_code(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void fill_online(const struct engine *engine, struct lt_arena *arena, struct figures *out)
{
	const struct courier *courier = &engine->courier;
	out->online = alloc(arena, (courier->mailbox_count + 1) * sizeof(*out->online));
	for (uint32_t i = 0; i < courier->mailbox_count; i++) {
		if (courier->mailboxes[i].session.serial != 0)
			out->online[out->online_count++] = code_of(engine, arena, i);
	}
	qsort(out->online, out->online_count, sizeof(*out->online), by_code);
}

/* A key of letters as it is, the number of a dossier, else in hex. */
static void show_key(const struct store_fault *fault, char *out, size_t size)
{
	size_t len = 0;
	char hex[2 * STORE_KEY_MAX + 1];
	while (len < fault->key_len && fault->key[len] > ' ' && fault->key[len] < 0x7f)
		len++;
	lt_hex(lt_bytes(fault->key, fault->key_len), hex);
	if (strcmp(store_table_name(fault->table), "dossier") == 0 && fault->key_len == 8)
		snprintf(out, size, "%llu", (unsigned long long)fields_key_get(fault->key, 8));
	else if (len == fault->key_len)
		snprintf(out, size, "%.*s", (int)len, (const char *)fault->key);
	else
		snprintf(out, size, "%s", hex);
}

/* Dossiers that stand until two operators have said how they go on: how many, and the first of them by name. */
static size_t fill_frozen(struct engine *engine, struct lt_arena *arena, struct lt_status_view *out)
{
	struct dossier *dossier = &engine->dossier;
	size_t count = 0;
	out->frozen = alloc(arena, LT_FROZEN_SHOWN * sizeof(*out->frozen));
	for (uint64_t number = 0; frozen_next(engine->store, &number) == LT_OK; count++) {
		if (out->frozen_count < LT_FROZEN_SHOWN && dossier_load_known(engine->store, number, dossier) == LT_OK)
			out->frozen[out->frozen_count++] = keep(arena, dossier->code);
	}
	dossier->number = 0;
	return count;
}

static void fill_damaged(const struct engine *engine, struct lt_arena *arena, struct lt_status_view *out)
{
	const struct store_fault *faults;
	size_t count = store_fault_list(engine->store, &faults);
	out->damaged = alloc(arena, (count + 1) * sizeof(*out->damaged));
	for (size_t i = 0; i < count; i++) {
		char key[2 * STORE_KEY_MAX + 1], text[sizeof(key) + 40];
		show_key(&faults[i], key, sizeof(key));
		snprintf(text, sizeof(text), "table %s, key %s", store_table_name(faults[i].table), key);
		out->damaged[out->damaged_count++] = keep(arena, text);
	}
}

/* By as many digits of its file's name as tell it from others. */
static void fill_large_faults(const struct engine *engine, struct lt_arena *arena, struct figures *out)
{
	enum { SHOWN = 8 };
	uint8_t list[LARGE_FAULTS_MAX][32];
	if (!engine->options.large_faults)
		return;
	out->large_fault_count = large_faults_list(engine->options.large_faults, list);
	out->large_faults = alloc(arena, (out->large_fault_count + 1) * sizeof(*out->large_faults));
	for (size_t i = 0; i < out->large_fault_count; i++) {
		char *name = alloc(arena, 2 * SHOWN + 1);
		lt_hex(lt_bytes(list[i], SHOWN), name);
		out->large_faults[i] = name;
	}
}

static struct lt_adapter_view *view_adapter(const struct engine *engine, struct lt_arena *arena,
					    const struct courier_mailbox *mailbox)
{
	const struct courier_session *session =
		mailbox->session.serial != 0 ? &engine->courier.sessions[mailbox->session.slot] : NULL;
	if (!session && mailbox->told_at == 0)
		return NULL;
	struct lt_adapter_view *out = alloc(arena, sizeof(*out));
	*out = (struct lt_adapter_view){
		.software = session ? keep(arena, session->software) : "",
		.since = session ? session->since : 0,
		.told_at = mailbox->told_at,
		.clock_ahead = mailbox->clock_ahead,
		.report = mailbox->report,
	};
	return out;
}

static int by_agency(const void *a, const void *b)
{
	const struct agency_figures *left = a, *right = b;
	return strcmp(left->agency, right->agency);
}

static void fill_agencies(const struct engine *engine, struct lt_arena *arena, struct figures *out)
{
	const struct courier *courier = &engine->courier;
	out->agencies = alloc(arena, (courier->mailbox_count + 1) * sizeof(*out->agencies));
	for (uint32_t i = 0; i < engine->state.mailboxes.count && i < courier->mailbox_count; i++) {
		const struct courier_mailbox *mailbox = &courier->mailboxes[i];
		struct lt_adapter_view *adapter = view_adapter(engine, arena, mailbox);
		if (!adapter && mailbox->refused_count == 0)
			continue;
		struct lt_refused_count *refused = alloc(arena, (mailbox->refused_count + 1) * sizeof(*refused));
		for (uint32_t k = 0; k < mailbox->refused_count; k++)
			refused[k] = (struct lt_refused_count){ mailbox->refused[k].reason, mailbox->refused[k].count };
		out->agencies[out->agency_count++] = (struct agency_figures){
			.agency = code_of(engine, arena, i),
			.online = mailbox->session.serial != 0,
			.adapter = adapter,
			.refused_count = mailbox->refused_count,
			.refused = refused,
		};
	}
	qsort(out->agencies, out->agency_count, sizeof(*out->agencies), by_agency);
}

const struct figures *engine_figures(struct engine *engine, struct lt_arena *arena, enum figures_extent extent)
{
	struct figures *out = alloc(arena, sizeof(*out));
	*out = (struct figures){ 0 };
	out->stuck_count = engine->state.stuck.count;
	fill_online(engine, arena, out);
	fill_alarms(engine, arena, out);
	out->status = (struct lt_status_view){
		.version = engine->options.version ? engine->options.version : "",
		.time = engine_now(engine),
		.started = engine->started,
		.admitted = engine->admitted,
		.rejected = engine->rejected,
		.delivered = engine->delivered,
		.store_full = engine->full,
		.time_unconfirmed = engine->time.unconfirmed,
		.restored = (uint32_t)engine_restored(engine),
	};
	if (extent >= FIGURES_AGENCIES)
		fill_agencies(engine, arena, out);
	if (extent < FIGURES_WHOLE)
		return out;
	fill_sessions(engine, arena, &out->status);
	out->frozen_count = fill_frozen(engine, arena, &out->status);
	fill_damaged(engine, arena, &out->status);
	fill_large_faults(engine, arena, out);
	fill_away(engine, arena, out);
	out->no_signer = engine->options.no_signer;
	if (engine->hooks.status)
		engine->hooks.status(engine->hooks.ctx, &out->status, arena);
	return out;
}
