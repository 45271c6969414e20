/* causes.c: what is wrong with the broker, as lib/record/cause.def lists it, out of figures and of the state as the store has it.
 *
 * Nothing here grows with history: what is late stands in lists by time and is counted up to a limit; of mail only the first item that
 * waits is looked at, and of those the time of as many records as halving needs. */
#include "query_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "state/definition_store.h"
#include "state/owed/lists.h"

#define MINUTE_US INT64_C(60000000)
/* An adapter's restart or a short cut of a line is nobody's trouble; the office hours of a morning are. */
#define AWAY_US (5 * MINUTE_US)
/* A connected adapter takes its mail within seconds. */
#define WAITS_US (60 * MINUTE_US)
/* The government announces the next year's days off by then; dossiers with limits of months are open already. */
#define CALENDAR_US (30 * LT_DAY_US)
/* A week in which its people are asked which of their acts are missing; then it is history. */
#define RESTORED_US (7 * LT_DAY_US)
enum {
	LATE_MAX = 10000, /* rows of a list that are counted, some 1 us each: more is told as so many */
	NAMED_MAX = 3,    /* dossiers that are looked up for their code: who wants more asks for a list */
	DISK_LOW = 2,     /* so often the reserve: new work is shared out from here on */
};

struct causes {
	struct query *query;
	const struct figures *figures;
	struct lt_status_view *out;
	struct lt_cause_view by_number[LT_CAUSES_END];
};
/* A mailbox whose oldest item waits. */
struct mail_waiting {
	uint64_t sequence; /* of the item's record: records are in the order of their times */
	int64_t since;     /* filled in for those that wait too long */
	const char *agency;
	bool online;
};

static void add_many(struct causes *causes, enum lt_cause cause, uint64_t count)
{
	causes->by_number[cause].cause = (uint32_t)cause;
	causes->by_number[cause].count += count;
}

/* Names one; those that come first are kept. */
static void add_subject(struct causes *causes, enum lt_cause cause, const char *name, int64_t at)
{
	struct lt_cause_view *view = &causes->by_number[cause];
	if (!view->subjects)
		view->subjects = query_alloc(causes->query, LT_CAUSE_SUBJECTS * sizeof(*view->subjects));
	if (view->subject_count < LT_CAUSE_SUBJECTS)
		view->subjects[view->subject_count++] = (struct lt_cause_subject){ .name = name, .at = at };
}

static void add(struct causes *causes, enum lt_cause cause, const char *name, int64_t at)
{
	add_many(causes, cause, 1);
	add_subject(causes, cause, name, at);
}

static void add_if(struct causes *causes, enum lt_cause cause, bool wrong)
{
	if (wrong)
		add_many(causes, cause, 1);
}

static uint64_t counter(const struct causes *causes, const char *name)
{
	for (size_t i = 0; i < causes->out->counter_count; i++) {
		if (strcmp(causes->out->counters[i].name, name) == 0)
			return causes->out->counters[i].value;
	}
	return 0;
}

/* What stops the whole. */
static void add_house(struct causes *causes)
{
	const struct lt_status_view *s = causes->out;
	add_if(causes, LT_CAUSE_DISK_FULL, s->store_full);
	add_if(causes, LT_CAUSE_DISK_LOW, !s->store_full && s->disk_free / DISK_LOW < s->disk_reserve);
	add_if(causes, LT_CAUSE_JOURNAL_DAMAGED, counter(causes, "scrubs_with_damage") > 0);
	for (size_t i = 0; i < s->damaged_count; i++)
		add(causes, LT_CAUSE_STORE_DAMAGED, s->damaged[i], 0);
	for (size_t i = 0; i < causes->figures->large_fault_count; i++)
		add(causes, LT_CAUSE_LARGE_DAMAGED, causes->figures->large_faults[i], 0);
	add_if(causes, LT_CAUSE_TIME_UNCONFIRMED, s->time_unconfirmed);
	add_if(causes, LT_CAUSE_RESTORING, s->restored == LT_RESTORED_COLLECTING);
	add_if(causes, LT_CAUSE_DEFINITIONS_LOST, s->restored == LT_RESTORED_LOST);
	add_if(causes, LT_CAUSE_RESTORE_UNCONFIRMED, s->restored == LT_RESTORED_OPEN);
	/* Notices wait for their signature for a moment each: it cannot be made when there is no signer, or it has failed. */
	if (causes->query->state->unsigned_notices > 0 &&
	    (causes->figures->no_signer || counter(causes, "signing_failures") > 0))
		add_many(causes, LT_CAUSE_NOTICES_UNSIGNED, causes->query->state->unsigned_notices);
}

/* After a restore, and after records were given up: adapters go on when the directory joins the ledger to the one that they know. */
static void add_ledger(struct causes *causes)
{
	const struct query *query = causes->query;
	const struct state *state = query->state;
	const struct lt_directory *directory = state->rulebook ? rulebook_directory(state->rulebook) : NULL;
	struct lt_bytes before = query->incarnations;
	char last[LT_ORIGIN_MAX], now[LT_ORIGIN_MAX];
	uint8_t root[32];
	uint64_t size;
	if (!query->ledger || !directory || before.len < STATE_INCARNATION_LEN)
		return;
	const char *domain = rulebook_domain(state->rulebook);
	if (lt_ledger_origin(domain, before.data + before.len - STATE_INCARNATION_LEN, last) ||
	    lt_ledger_origin(domain, state->incarnation, now))
		return;
	add_if(causes, LT_CAUSE_LEDGER_UNDECLARED, !lt_directory_origins(directory, last, now, &size, root));
}

static enum lt_cause cause_of_list(const struct lt_trust_view *item)
{
	if (item->ends == 0)
		return LT_CAUSE_LIST_MISSING;
	if (item->state == LT_TRUST_OVER)
		return LT_CAUSE_LIST_OVER;
	return item->state == LT_TRUST_GRACE ? LT_CAUSE_LIST_GRACE : LT_CAUSE_LIST_ENDS;
}

static void add_trust(struct causes *causes)
{
	for (size_t i = 0; i < causes->out->trust_count; i++) {
		const struct lt_trust_view *item = &causes->out->trust[i];
		bool over = item->state == LT_TRUST_OVER;
		enum lt_cause cause = over ? LT_CAUSE_CERTIFICATE_OVER : LT_CAUSE_CERTIFICATE_ENDS;
		if (item->state == LT_TRUST_GOOD)
			continue;
		if (item->type == LT_TRUST_CRL)
			cause = cause_of_list(item);
		else if (item->type == LT_TRUST_CA)
			cause = over ? LT_CAUSE_CA_OVER : LT_CAUSE_CA_ENDS;
		else if (item->type == LT_TRUST_REGISTRAR)
			cause = over ? LT_CAUSE_REGISTRAR_OVER : LT_CAUSE_REGISTRAR_ENDS;
		add(causes, cause, item->name, item->ends);
	}
}

/* The years of calendars follow each other without a gap: whether one covers the day that is so far ahead. Where none is in force
 * no clock runs, and nobody misses one. */
static void add_calendar(struct causes *causes)
{
	int year, next, month, day;
	struct lt_bytes value;
	struct store *store = causes->query->state->store;
	int64_t now = causes->query->legal + LT_VIETNAM_OFFSET_US;
	lt_date_from_days(now / LT_DAY_US, &year, &month, &day);
	lt_date_from_days((now + CALENDAR_US) / LT_DAY_US, &next, &month, &day);
	struct store_key this_year = definition_calendar((uint32_t)year), then = definition_calendar((uint32_t)next);
	if (next != year && !definition_get(store, &this_year, &value) &&
	    definition_get(store, &then, &value) == LT_ENOENT)
		add(causes, LT_CAUSE_CALENDAR_ENDS, "", lt_date_to_days(next, 1, 1) * LT_DAY_US - LT_VIETNAM_OFFSET_US);
}

/* ---- mail ---- */

static int by_sequence(const void *a, const void *b)
{
	const struct mail_waiting *left = a, *right = b;
	return (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

/* Who should be there: neither suspended nor closed for a time, nor not yet or no longer an agency. */
static bool in_force(const struct causes *causes, const char *code)
{
	const struct rulebook *rulebook = causes->query->state->rulebook;
	const struct lt_agency *agency = rulebook_agency(rulebook, code);
	int64_t now = causes->query->now;
	return agency && !rulebook_suspended(rulebook, code) &&
	       !announced_closed(rulebook_announced(rulebook, code), causes->query->legal) &&
	       agency->valid_from <= now && (agency->valid_to == 0 || agency->valid_to > now);
}

static size_t find_waiting(struct causes *causes, struct mail_waiting *out)
{
	struct query *query = causes->query;
	size_t count = 0;
	for (uint32_t i = 0; i < query->mailboxes.count; i++) {
		const struct mailbox *mailbox = &query->mailboxes.items[i];
		uint64_t number = mailbox->acknowledged + 1;
		struct mailbox_entry entry;
		if (mailbox->head <= mailbox->acknowledged || !in_force(causes, mailbox->code) ||
		    mailbox_next_entry(mailbox, query->state->store, &number, &entry))
			continue;
		out[count++] = (struct mail_waiting){ .sequence = entry.sequence,
						      .agency = mailbox->code,
						      .online = query_online(causes->figures, mailbox->code) };
	}
	qsort(out, count, sizeof(*out), by_sequence);
	return count;
}

/* The first that does not wait since before a time. A record that cannot be read waits: it is another cause too. */
static size_t count_before(struct query *query, struct mail_waiting *list, size_t count, int64_t time)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (query_time_of(query, list[middle].sequence) < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_away(const struct figures *figures, const char *agency)
{
	for (size_t i = 0; i < figures->away_count; i++) {
		if (strcmp(figures->away[i].agency, agency) == 0)
			return true;
	}
	return false;
}

/* An agency is missed when its session went, or when mail waits for it and none has come since the start. */
static void add_mail(struct causes *causes)
{
	struct query *query = causes->query;
	const struct figures *figures = causes->figures;
	struct mail_waiting *list = query_alloc(query, (query->mailboxes.count + 1) * sizeof(*list));
	size_t count = find_waiting(causes, list);
	size_t away = count_before(query, list, count, query->now - AWAY_US);
	size_t long_since = count_before(query, list, away, query->now - WAITS_US);
	for (size_t i = 0; i < figures->away_count; i++) {
		if (figures->away[i].since <= query->now - AWAY_US && in_force(causes, figures->away[i].agency))
			add(causes, LT_CAUSE_AGENCY_DISCONNECTED, figures->away[i].agency, figures->away[i].since);
	}
	for (size_t i = 0; i < away; i++) {
		if (list[i].online ? i >= long_since : is_away(figures, list[i].agency))
			continue;
		add(causes, list[i].online ? LT_CAUSE_MAILBOX_WAITS : LT_CAUSE_AGENCY_DISCONNECTED, list[i].agency,
		    query_time_of(query, list[i].sequence));
	}
	for (size_t i = 0; i < figures->alarm_count; i++) {
		const struct mailbox_alarm *alarm = &figures->alarms[i];
		if (alarm->unanswered_since)
			add(causes, LT_CAUSE_MAILBOX_UNANSWERED, alarm->agency, alarm->unanswered_since);
		if (alarm->unreadable)
			add(causes, LT_CAUSE_RECORD_UNREADABLE, alarm->agency, alarm->unreadable_since);
	}
	for (size_t i = 0; i < query->stuck.count; i++) {
		if (query->stuck.items[i].redelivered == 0)
			add(causes, LT_CAUSE_ITEM_STUCK, query->stuck.items[i].agency, query->stuck.items[i].since);
	}
}

/* What connected adapters tell of themselves: who is away is missed already. */
static void add_adapters(struct causes *causes)
{
	for (size_t i = 0; i < causes->figures->agency_count; i++) {
		const struct agency_figures *known = &causes->figures->agencies[i];
		const struct lt_adapter_view *adapter = known->adapter;
		if (!known->online || !adapter || !in_force(causes, known->agency))
			continue;
		if (lt_adapter_disk_low(adapter))
			add(causes, LT_CAUSE_ADAPTER_DISK, known->agency, 0);
		if (lt_adapter_clock_off(adapter))
			add(causes, LT_CAUSE_ADAPTER_CLOCK, known->agency, 0);
		int64_t restored = adapter->report.restored_at - adapter->clock_ahead;
		if (adapter->report.restored_at && causes->query->now - restored < RESTORED_US)
			add(causes, LT_CAUSE_ADAPTER_RESTORED, known->agency, restored);
	}
}

/* Whoever drains an agency has a reason, and may forget that it keeps dossiers away. */
static void add_drained(struct causes *causes)
{
	const struct rulebook *rulebook = causes->query->state->rulebook;
	size_t count = rulebook ? rulebook_announced_count(rulebook) : 0;
	for (size_t i = 0; i < count; i++) {
		const char *code;
		const struct announced *announced = rulebook_announced_at(rulebook, i, &code);
		if (announced_drained(announced) && in_force(causes, code))
			add(causes, LT_CAUSE_AGENCY_DRAINED, code, announced->drained_at);
	}
}

/* ---- dossiers ---- */

/* What stands in a range before a time. The first are named; a row whose dossier cannot be read is counted all the same. */
static void add_range(struct causes *causes, enum lt_cause cause, uint8_t number, uint64_t before)
{
	struct query *query = causes->query;
	struct lists_range range = { .range = number };
	struct lists_place place = { 0 };
	uint64_t count = 0;
	for (; count < LATE_MAX && !lists_next(query->state->store, &range, &place) && place.time < before; count++) {
		if (causes->by_number[cause].subject_count < NAMED_MAX &&
		    !dossier_load_known(query->state->store, place.number, &query->dossier)) {
			const char *code = query->dossier.code;
			add_subject(causes, cause, (const char *)query_keep(query, lt_bytes(code, strlen(code))).data,
				    (int64_t)place.time);
		}
		lists_step(&range, &place);
	}
	if (count > 0)
		add_many(causes, cause, count);
}

static void add_dossiers(struct causes *causes)
{
	uint64_t now = (uint64_t)causes->query->legal;
	add_range(causes, LT_CAUSE_DOSSIER_LATE, LISTS_DUE, now);
	for (uint8_t what = 1; what <= LT_OWED_REFUSAL; what++)
		add_range(causes,
			  what == LT_OWED_ACCEPT || what == LT_OWED_RECEIVE ? LT_CAUSE_OFFER_LATE : LT_CAUSE_ACT_LATE,
			  (uint8_t)(LISTS_DUE + what), now);
	add_range(causes, LT_CAUSE_DOSSIER_SILENT, LISTS_SILENT, LISTS_NEVER);
	for (size_t i = 0; i < causes->out->frozen_count; i++)
		add_subject(causes, LT_CAUSE_DOSSIER_FROZEN, causes->out->frozen[i], 0);
	add_many(causes, LT_CAUSE_DOSSIER_FROZEN, causes->figures->frozen_count);
}

static int by_time(const void *a, const void *b)
{
	const struct lt_cause_subject *left = a, *right = b;
	return (left->at > right->at) - (left->at < right->at);
}

void query_causes(struct query *query, const struct figures *figures, struct lt_status_view *out)
{
	struct causes causes = { .query = query, .figures = figures, .out = out };
	static const enum lt_cause order[] = {
#define LT_CAUSE(name, ...) LT_CAUSE_##name,
#include "record/cause.def"
#undef LT_CAUSE
	};
	enum { COUNT = sizeof(order) / sizeof(order[0]) };
	query_load(query);
	add_house(&causes);
	add_ledger(&causes);
	add_trust(&causes);
	add_calendar(&causes);
	add_mail(&causes);
	add_drained(&causes);
	add_adapters(&causes);
	add_dossiers(&causes);
	out->causes = query_alloc(query, COUNT * sizeof(*out->causes));
	for (size_t i = 0; i < COUNT; i++) {
		struct lt_cause_view *view = &causes.by_number[order[i]];
		if (view->count == 0)
			continue;
		if (view->subject_count > 0)
			qsort(view->subjects, view->subject_count, sizeof(*view->subjects), by_time);
		out->causes[out->cause_count++] = *view;
	}
}
