/* apply_reorganise.c: CLOCK_REORGANISE: mail of a closed agency goes to its successors' mailboxes. */
#include "base/date.h"
#include "rules/reorganise.h"

#include <stdio.h>
#include <string.h>

#include "rules/custody.h"
#include "rules/recorded.h"
#include "program/log.h"
#include "rules/notice.h"
#include "state/succession.h"

/* The first agency on the way to the successor whose mail has not all gone over yet. */
static const char *first_unpassed(struct act *act, const char *from, const char *target)
{
	const struct rulebook *rulebook = act->state->rulebook;
	for (unsigned step = 0; step < SUCCESSION_STEPS && strcmp(from, target) != 0; step++) {
		if (!mailboxes_passed(&act->state->mailboxes, from))
			return from;
		from = act->rules->succession.next(rulebook, from, act->dossier, act->time);
	}
	return NULL;
}

const char *reorganise_mailbox(struct act *act, const char *to)
{
	const struct rulebook *rulebook = act->state->rulebook;
	const char *target = act->rules->succession.of(rulebook, to, act->dossier, act->time);
	if (act->time < act->state->reorganise_at)
		return target;
	const char *still = first_unpassed(act, to, target);
	for (uint32_t i = 0; i < act->dossier->party_count && !still; i++) {
		const char *party = act->dossier->parties[i];
		if (strcmp(act->rules->succession.of(rulebook, party, act->dossier, act->time), target) == 0)
			still = first_unpassed(act, party, target);
	}
	return still ? still : target;
}

static const struct dossier *load(struct act *act, uint64_t number)
{
	if (number == 0)
		return NULL;
	if (act->dossier->number != number)
		dossier_load_known(act->state->store, number, act->dossier);
	return act->dossier;
}

static bool asked(const struct act *act, const struct dossier *dossier, const char *target)
{
	for (uint32_t i = 0; i < dossier->consult_count; i++) {
		const struct consult *consult = &dossier->consults[i];
		for (uint32_t k = 0; k < consult->answer_count; k++) {
			if (consult_awaits(&consult->answers[k]) &&
			    act->rules->succession.acts_for(act->state->rulebook, target, consult->answers[k].agency,
							    dossier, act->time))
				return true;
		}
	}
	return false;
}

/* Mail that was fetched by the closed agency is needed again by who has to act now. */
static bool needed_again(const struct act *act, const struct dossier *dossier, const char *target)
{
	const struct rulebook *rulebook = act->state->rulebook;
	for (uint32_t i = 0; dossier && i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		if (branch->custody == LT_CUSTODY_CLOSED)
			continue;
		if (act->rules->succession.acts_for(rulebook, target, branch->holder, dossier, act->time))
			return true;
		if (branch->custody == LT_CUSTODY_OFFERED &&
		    act->rules->succession.acts_for(rulebook, target, branch->offered_to, dossier, act->time))
			return true;
	}
	return dossier && asked(act, dossier, target);
}

/* Who is told: each successor that got mail in this command, with the holders of the dossiers that it is about. */
struct told {
	uint32_t successor; /* mailbox */
	uint64_t dossier;   /* the first one */
	size_t holders;
	char holder[NOTICE_TO_MAX - 1][LT_AGENCY_MAX];
};
struct passing {
	uint32_t from; /* mailbox */
	bool frozen;   /* one of the entries is about a frozen dossier */
	size_t count;
	struct told told[APPLY_NOTICES_MAX];
};

static void add_holder(struct told *told, const char *code)
{
	for (size_t i = 0; i < told->holders; i++) {
		if (strcmp(told->holder[i], code) == 0)
			return;
	}
	if (told->holders < NOTICE_TO_MAX - 1)
		dossier_copy_code(told->holder[told->holders++], code);
}

static void tell_later(struct passing *passing, uint32_t successor, const struct dossier *dossier)
{
	size_t at = 0;
	if (!dossier || dossier_closed(dossier))
		return;
	while (at < passing->count && passing->told[at].successor != successor)
		at++;
	if (at == APPLY_NOTICES_MAX)
		return;
	if (at == passing->count)
		passing->told[passing->count++] = (struct told){ .successor = successor, .dossier = dossier->number };
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED)
			add_holder(&passing->told[at], dossier->branches[i].holder);
	}
}

static void tell(struct act *act, const struct lt_agency *from, const struct told *told)
{
	char since[LT_DATE_SAID], text[NOTICE_TEXT_MAX];
	const char *code = act->state->mailboxes.items[told->successor].code;
	const struct lt_agency *to = rulebook_agency(act->state->rulebook, code);
	struct notice notice = { .kind = LT_KIND_REROUTED, .subject = "Thay đổi cơ quan xử lý hồ sơ", .reason = text };
	if (!load(act, told->dossier))
		return;
	lt_date_say(from->valid_to, since);
	snprintf(
		text, sizeof(text),
		"Từ %s, %s (%s) thay %s (%s). Hồ sơ và văn bản đang chờ được chuyển sang; mã hồ sơ, thời hạn và chữ ký "
		"giữ nguyên.",
		since, to ? to->name : code, code, from->name, from->code);
	notice_to(act, &notice, code);
	for (size_t i = 0; i < told->holders; i++)
		notice_to(act, &notice, told->holder[i]);
	notice_add(act, &notice);
}

/* Who was told of a frozen dossier stands in the record. */
static void tell_all(struct act *act, const struct lt_agency *from, const struct passing *passing)
{
	if (act->recorded && passing->frozen) {
		recorded_notices(act, act->recorded, 0);
		act->outcome.notice_count = act->recorded->notice_count;
		act->outcome.notices = act->recorded->notices;
		return;
	}
	for (size_t i = 0; i < passing->count; i++)
		tell(act, from, &passing->told[i]);
}

/* The outcome names each entry that went over. */
static void name_entry(struct act *act, uint32_t to, uint64_t from, uint64_t number)
{
	struct lt_outcome *outcome = &act->outcome;
	LT_ASSERT(outcome->mail_count < APPLY_MAIL_MAX);
	act->mail_index[outcome->mail_count] = to;
	act->mail[outcome->mail_count++] = (struct lt_mailbox_item){ .number = number, .from = from };
}

/* Of a frozen dossier, which is not what it was when the record was made: as the record says. NULL: it did not go over. */
static const char *recorded_target(const struct act *act, uint64_t number)
{
	for (size_t i = 0; i < act->recorded->mail_count; i++) {
		if (act->recorded->mail[i].from == number)
			return act->recorded->mail[i].agency;
	}
	return NULL;
}

/* Whose mailbox an entry goes to; NULL: it stays. */
static const char *target_of(struct act *act, const struct passing *passing, uint64_t number,
			     const struct dossier *dossier)
{
	const struct mailbox *mailbox = &act->state->mailboxes.items[passing->from];
	if (act->recorded && dossier && dossier->frozen != 0)
		return recorded_target(act, number);
	const char *target = act->rules->succession.of(act->state->rulebook, mailbox->code, dossier, act->time);
	bool unanswered = number > mailbox->acknowledged || needed_again(act, dossier, target);
	return unanswered && strcmp(target, mailbox->code) != 0 ? target : NULL;
}

/* `from` and its mailbox may move in memory. */
static void pass_entry(struct act *act, struct passing *passing, uint64_t number, struct mailbox_entry *entry)
{
	struct mailboxes *mailboxes = &act->state->mailboxes;
	const struct dossier *dossier = load(act, entry->dossier);
	bool fetched = number <= mailboxes->items[passing->from].fetched;
	const char *target = target_of(act, passing, number, dossier);
	passing->frozen = passing->frozen || (dossier && dossier->frozen != 0);
	if (!target)
		return;
	uint32_t to = mailboxes_get(mailboxes, target);
	tell_later(passing, to, dossier);
	entry->has_parts = entry->has_parts && !fetched; /* each recipient is counted once for its parts */
	name_entry(act, to, number, mailbox_append(&mailboxes->items[to], act->state->store, entry));
}

static void pass_entries(struct act *act, struct passing *passing)
{
	struct mailbox *mailbox = &act->state->mailboxes.items[passing->from];
	uint64_t number = mailbox->moved, head = mailbox->head;
	for (uint32_t count = 0; count < act->rules->limits.reorganise_entries && number < head; count++) {
		struct mailbox_entry entry;
		mailbox = &act->state->mailboxes.items[passing->from];
		uint64_t next = number + 1;
		if (mailbox_next_entry(mailbox, act->state->store, &next, &entry)) {
			number = head; /* a gap after a restore may be long */
		} else {
			pass_entry(act, passing, next, &entry);
			number = next;
		}
	}
	mailbox = &act->state->mailboxes.items[passing->from];
	mailbox->moved = number;
	if (mailbox->acknowledged < number) /* gone over: an acknowledgement that comes late counts nothing twice */
		mailbox->acknowledged = number;
	if (mailbox->fetched < number)
		mailbox->fetched = number;
	mailbox->passed = number == mailbox->head;
	mailbox_save(mailbox, act->state->store);
}

enum lt_reason apply_reorganise(struct act *act)
{
	struct state *state = act->state;
	const char *code = act->command->u.clock.subject;
	const struct lt_agency *agency = rulebook_agency(state->rulebook, code);
	if (!agency || !act->rules->succession.closed(state->rulebook, code, act->time) ||
	    mailboxes_passed(&state->mailboxes, code))
		return LT_REASON_NONE;
	act->dossier->number = 0;
	struct passing passing = { .from = mailboxes_get(&state->mailboxes, agency->code) };
	uint32_t from = passing.from;
	if (strcmp(act->rules->succession.of(state->rulebook, agency->code, NULL, act->time), agency->code) == 0) {
		state->mailboxes.items[from].passed = true; /* nobody follows: kept, and shown to the operator */
		mailbox_save(&state->mailboxes.items[from], state->store);
	} else {
		pass_entries(act, &passing);
	}
	for (size_t i = 0; i < act->outcome.mail_count; i++)
		act->mail[i].agency = state->mailboxes.items[act->mail_index[i]].code;
	tell_all(act, agency, &passing);
	state_plan_reorganise(state);
	return LT_REASON_NONE;
}
