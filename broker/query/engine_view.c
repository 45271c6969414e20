/* engine_view.c: views of the state for queries and for the operator. All memory is of the query arena. */
#include <string.h>

#include "engine/engine_internal.h"
#include "program/field.h"
#include "program/log.h"

enum {
	JOURNAL_LIMIT = 1024,          /* records of one answer */
	JOURNAL_ANSWER_BYTES = 8 << 20 /* and their bytes */
};

static struct lt_bytes keep(struct engine *engine, struct lt_bytes bytes)
{
	uint8_t *copy = engine_query_alloc(engine, bytes.len + 1);
	if (bytes.len > 0)
		memcpy(copy, bytes.data, bytes.len);
	return lt_bytes(copy, bytes.len);
}

static struct lt_bytes keep_array(struct engine *engine, const uint8_t *data, size_t len)
{
	return keep(engine, lt_bytes(data, len));
}

/* A hop is an envelope, or a clock event that made a notice. */
static bool header_of(const struct lt_command *command, const struct lt_outcome *outcome, struct lt_bytes *out)
{
	if (command->type == LT_COMMAND_SUBMIT)
		*out = command->u.submit.header;
	else if (command->type == LT_COMMAND_CLOCK && outcome->notice_count > 0)
		*out = outcome->notices[0];
	else
		return false;
	return true;
}

static void fill_hop(struct engine *engine, const struct journal_entry *entry, struct lt_hop *out, uint64_t *previous)
{
	struct lt_record record;
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_bytes bytes;
	struct lt_refusal refusal = { 0 };
	struct lt_header *header = engine_query_alloc(engine, sizeof(*header));
	if (lt_record_decode(keep(engine, entry->record), &record, &refusal) ||
	    lt_command_decode(record.command, engine->query_arena, &command, &refusal) ||
	    lt_outcome_decode(record.outcome, engine->query_arena, &outcome, &refusal) ||
	    !header_of(&command, &outcome, &bytes) || lt_header_parse(bytes, engine->query_arena, header, &refusal))
		lt_fatal("record %llu of a dossier is no hop: %s", (unsigned long long)entry->sequence, refusal.detail);
	*previous = record.previous;
	*out = (struct lt_hop){
		.sequence = entry->sequence,
		.time = record.time,
		.kind = header->kind,
		.sender = header->sender,
		.to_count = header->to_count,
		.to = header->to,
		.id = lt_bytes(header->id, sizeof(header->id)),
		.reason = header->reason,
		.leaf_hash = keep_array(engine, entry->leaf_hash, sizeof(entry->leaf_hash)),
		.certificate_sha256 = command.type == LT_COMMAND_SUBMIT
					      ? command.u.submit.verdict.certificate_sha256
					      : lt_bytes(NULL, 0), /* its signature is another record's */
		.outcome = (uint32_t)outcome.reason,
		.leg = outcome.leg,
		.leg_version = outcome.leg_version,
		.status = outcome.status,
		.sent_at = header->sent_at,
	};
}

static bool in_chain(const struct lt_dossier_view *view, uint64_t sequence)
{
	for (size_t i = 0; i < view->hop_count; i++) {
		if (view->hops[i].sequence == sequence)
			return true;
	}
	return false;
}

/* Records of this dossier that an operator has skipped took no effect, so no chain leads to them: shown where they stood. */
static void add_poisoned(struct engine *engine, struct lt_dossier_view *view)
{
	for (size_t i = 0; i < engine->options.skip_count; i++) {
		struct journal_entry entry;
		struct lt_record record;
		struct lt_command command;
		struct lt_header header;
		struct lt_refusal refusal = { 0 };
		if (engine_read(engine, engine->options.skips[i], &engine->read, &entry) ||
		    lt_record_decode(keep(engine, entry.record), &record, &refusal) ||
		    lt_command_decode(record.command, engine->query_arena, &command, &refusal) ||
		    command.type != LT_COMMAND_SUBMIT ||
		    lt_header_parse(command.u.submit.header, engine->query_arena, &header, &refusal) ||
		    strcmp(header.dossier, engine->dossier.code) != 0)
			continue;
		if (in_chain(view, entry.sequence)) /* skipped after its effect was in the store */
			continue;
		size_t at = view->hop_count++;
		for (; at > 0 && view->hops[at - 1].sequence > entry.sequence; at--)
			view->hops[at] = view->hops[at - 1];
		uint64_t previous;
		fill_hop(engine, &entry, &view->hops[at], &previous);
		view->hops[at].outcome = LT_POISONED;
	}
}

enum lt_reason engine_view_dossier(struct engine *engine, struct lt_dossier_view **out, struct lt_refusal *refusal)
{
	const struct dossier *dossier = &engine->dossier;
	struct lt_dossier_view *view = engine_query_alloc(engine, sizeof(*view));
	LT_ASSERT(dossier_view(dossier, engine->query_arena, view) == LT_OK);
	size_t count = dossier->records < LT_HOPS_MAX ? (size_t)dossier->records : LT_HOPS_MAX;
	view->hops = engine_query_alloc(engine, (count + engine->options.skip_count + 1) * sizeof(*view->hops));
	uint64_t sequence = dossier->last_sequence;
	size_t at = count;
	while (at > 0 && sequence != 0) {
		struct journal_entry entry;
		enum lt_err err = engine_read(engine, sequence, &engine->read, &entry);
		if (err == LT_ENOENT)
			break; /* older than what is kept here: in the archive */
		if (err)
			return lt_refuse(refusal, LT_RECORD_UNKNOWN, "record %llu: %s", (unsigned long long)sequence,
					 lt_err_text(err));
		fill_hop(engine, &entry, &view->hops[--at], &sequence);
	}
	engine_view_acting(engine, view);
	engine_view_clocks(engine, view);
	engine_view_route(engine, view);
	view->hops += at;
	view->hop_count = count - at;
	add_poisoned(engine, view);
	*out = view;
	return LT_REASON_NONE;
}

static void fill_session(struct engine *engine, uint32_t slot, struct lt_session_view *out)
{
	const struct courier_session *session = &engine->courier.sessions[slot];
	const char **agencies = engine_query_alloc(engine, (session->agency_count + 1) * sizeof(*agencies));
	char *key = engine_query_alloc(engine, 2 * sizeof(session->curve_key) + 1);
	for (uint32_t i = 0; i < session->agency_count; i++)
		agencies[i] = engine->state.mailboxes.items[session->agencies[i]].code;
	lt_hex(lt_bytes(session->curve_key, sizeof(session->curve_key)), key); /* as in the log */
	int64_t heard = engine->hooks.heard ? engine->hooks.heard(engine->hooks.ctx, slot) : 0;
	*out = (struct lt_session_view){
		.curve_key = key,
		.epoch = session->epoch,
		.software = session->software,
		.since = session->since,
		.last_seen = heard ? heard + engine->offset : session->since,
		.agency_count = session->agency_count,
		.agencies = agencies,
	};
}

/* Those in force: not the ones that were told BYE and have not gone yet. */
static void fill_sessions(struct engine *engine, struct lt_status_view *out)
{
	const struct courier *courier = &engine->courier;
	size_t count = 0;
	for (uint32_t i = 0; i < courier->session_count; i++)
		count += courier->sessions[i].epoch != 0 && !courier->sessions[i].closed;
	out->sessions = engine_query_alloc(engine, (count + 1) * sizeof(*out->sessions));
	for (uint32_t i = 0; i < courier->session_count; i++) {
		if (courier->sessions[i].epoch != 0 && !courier->sessions[i].closed)
			fill_session(engine, i, &out->sessions[out->session_count++]);
	}
}

void engine_view_status(struct engine *engine, struct lt_control_answer *out)
{
	const struct rulebook *rulebook = engine->state.rulebook;
	const struct lt_directory *directory = rulebook_directory(rulebook);
	out->status = (struct lt_status_view){
		.version = engine->options.version ? engine->options.version : "",
		.domain = rulebook_domain(rulebook),
		.head = engine->state.sequence,
		.time = engine->env.now(engine->env.ctx),
		.started = engine->started,
		.directory_version = rulebook_directory_version(rulebook),
		.dossiers = engine->state.dossiers,
		.agencies = directory ? lt_directory_count(directory) : 0,
		.admitted = engine->admitted,
		.rejected = engine->rejected,
		.delivered = engine->delivered,
		.flushed = store_sequence(engine->store),
		.journal_bytes = journal_bytes(engine->journal),
		.store_full = engine->full,
		.time_unconfirmed = engine->time_unconfirmed,
	};
	engine_view_counts(engine, &out->status);
	fill_sessions(engine, &out->status);
	if (engine->hooks.status)
		engine->hooks.status(engine->hooks.ctx, &out->status, engine->query_arena);
}

static bool online(const struct engine *engine, const char *code)
{
	uint32_t index = mailboxes_find(&engine->state.mailboxes, code);
	return index != MAILBOX_NONE && index < engine->courier.mailbox_count &&
	       engine->courier.mailboxes[index].session.serial != 0;
}

static void fill_agency(struct engine *engine, const struct lt_agency *agency, struct lt_agency_view *out)
{
	const char **aliases = engine_query_alloc(engine, (agency->alias_count + 1) * sizeof(*aliases));
	for (size_t i = 0; i < agency->alias_count; i++)
		aliases[i] = agency->aliases[i];
	*out = (struct lt_agency_view){
		.code = agency->code,
		.alias_count = agency->alias_count,
		.aliases = aliases,
		.name = agency->name,
		.name_en = agency->name_en,
		.level = (uint32_t)agency->level,
		.parent = agency->parent,
		.suspended = rulebook_suspended(engine->state.rulebook, agency->code),
		.online = online(engine, agency->code),
		.certificates = (uint32_t)agency->cert_count,
		.valid_from = agency->valid_from,
		.valid_to = agency->valid_to,
		.handled_by = engine_handled_by(engine, agency->code),
	};
}

void engine_view_agencies(struct engine *engine, const char *code, struct lt_control_answer *out)
{
	const struct lt_directory *directory = rulebook_directory(engine->state.rulebook);
	size_t count = directory ? lt_directory_count(directory) : 0;
	out->agencies.directory_version = rulebook_directory_version(engine->state.rulebook);
	out->agencies.agencies = engine_query_alloc(engine, (count + 1) * sizeof(*out->agencies.agencies));
	if (code && code[0] != '\0') {
		const struct lt_agency *agency = directory ? lt_directory_resolve(directory, code) : NULL;
		if (!agency) {
			out->reason = LT_AGENCY_UNKNOWN;
			out->detail = code;
			return;
		}
		fill_agency(engine, agency, &out->agencies.agencies[out->agencies.count++]);
		return;
	}
	for (size_t i = 0; i < count; i++)
		fill_agency(engine, lt_directory_at(directory, i), &out->agencies.agencies[out->agencies.count++]);
}

static int64_t oldest_time(struct engine *engine, const struct mailbox *mailbox)
{
	struct mailbox_entry where;
	struct journal_entry entry;
	struct lt_record record;
	if (mailbox->acknowledged >= mailbox->head ||
	    mailbox_entry(mailbox, engine->store, mailbox->acknowledged + 1, &where) ||
	    engine_read(engine, where.sequence, &engine->read, &entry) || lt_record_decode(entry.record, &record, NULL))
		return 0;
	return record.time;
}

void engine_view_mailboxes(struct engine *engine, const char *code, struct lt_control_answer *out)
{
	const struct mailboxes *mailboxes = &engine->state.mailboxes;
	out->mailboxes.mailboxes =
		engine_query_alloc(engine, (mailboxes->count + 1) * sizeof(*out->mailboxes.mailboxes));
	for (uint32_t i = 0; i < mailboxes->count; i++) {
		const struct mailbox *mailbox = &mailboxes->items[i];
		if (code && code[0] != '\0' && strcmp(code, mailbox->code) != 0)
			continue;
		const struct lt_agency *agency = rulebook_agency(engine->state.rulebook, mailbox->code);
		out->mailboxes.mailboxes[out->mailboxes.count++] = (struct lt_mailbox_view){
			.agency = mailbox->code,
			.name = agency ? agency->name : "",
			.head = mailbox->head,
			.acknowledged = mailbox->acknowledged,
			.oldest = oldest_time(engine, mailbox),
			.online = online(engine, mailbox->code),
			.handled_by = engine_handled_by(engine, mailbox->code),
		};
	}
	if (out->mailboxes.count > 0 || !code || code[0] == '\0' || rulebook_agency(engine->state.rulebook, code))
		return;
	out->reason = LT_AGENCY_UNKNOWN;
	out->detail = code;
}

void engine_view_record(struct engine *engine, const struct lt_control_request *request, struct lt_control_answer *out)
{
	struct journal_entry entry;
	enum lt_err err = engine_read(engine, request->sequence, &engine->read, &entry);
	if (err) {
		out->reason = LT_RECORD_UNKNOWN;
		out->detail = lt_err_text(err);
		return;
	}
	out->record.record = keep(engine, entry.record);
	out->record.leaf_hash = keep_array(engine, entry.leaf_hash, sizeof(entry.leaf_hash));
	out->record.parts_elided = entry.parts_elided;
	if (!request->parts || entry.parts_elided || entry.part_count == 0)
		return;
	out->record.parts = engine_query_alloc(engine, entry.part_count * sizeof(*out->record.parts));
	out->record.part_count = entry.part_count;
	for (size_t i = 0; i < entry.part_count; i++)
		out->record.parts[i] = keep(engine, entry.parts[i]);
}

/* Only what is published: a follower never sees what a crash could take back. */
void engine_view_journal(struct engine *engine, const struct lt_control_request *request, struct lt_control_answer *out)
{
	uint64_t head = journal_head(engine->journal), first = journal_first(engine->journal);
	uint64_t from = request->sequence < first ? first : request->sequence;
	size_t limit = request->limit == 0 || request->limit > JOURNAL_LIMIT ? JOURNAL_LIMIT : request->limit;
	size_t bytes = 0;
	out->journal.head = head;
	out->journal.records = engine_query_alloc(engine, limit * sizeof(*out->journal.records));
	for (uint64_t sequence = from; sequence != 0 && sequence <= head && out->journal.count < limit; sequence++) {
		struct journal_entry entry;
		if (journal_read(engine->journal, sequence, &engine->read, &entry) ||
		    (bytes > 0 && bytes + entry.record.len > JOURNAL_ANSWER_BYTES))
			return;
		bytes += entry.record.len;
		out->journal.records[out->journal.count++] = keep(engine, entry.record);
	}
}
