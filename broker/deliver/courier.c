/* courier.c: windows and queues.
 *
 * A mailbox has a head (what was posted), a next (what is looked for next) and an acknowledged number. Numbers have gaps, so
 * what is in flight stands in a ring, item by item with its size: the window counts items and bytes. A mailbox that may send
 * stands in the queue of ready ones, once; a mailbox with something in flight stands in the list that is looked at for
 * adapters that are stuck. All of it can be lost: a new session begins at the resume point and everything is made again. */
#include "courier.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "state/mailbox.h"

enum {
	WRITTEN_PERIOD_US = 600000000, /* what was written counts half after so long */
	REFUSAL_REFILL_US = 3000000,
	FLIGHT_FIRST = 16,
};

void courier_init(struct courier *courier)
{
	*courier = (struct courier){ .ready_first = MAILBOX_NONE, .ready_last = MAILBOX_NONE };
}

void courier_fini(struct courier *courier)
{
	for (uint32_t i = 0; i < courier->mailbox_count; i++) {
		free(courier->mailboxes[i].flight);
		lt_buf_fini(&courier->mailboxes[i].except);
		free(courier->mailboxes[i].refused);
	}
	for (uint32_t i = 0; i < courier->session_count; i++) {
		free(courier->sessions[i].agencies);
		free(courier->sessions[i].blocked);
	}
	free(courier->mailboxes);
	free(courier->sessions);
	free(courier->flying);
	free(courier->unreadable);
	free(courier->acks);
	courier_init(courier);
}

void courier_grow(struct courier *courier, uint32_t count, int64_t now)
{
	if (count <= courier->mailbox_count)
		return;
	uint32_t cap = courier->mailbox_count + courier->mailbox_count / 2 + 64;
	if (cap < count)
		cap = count;
	struct courier_mailbox *mailboxes = realloc(courier->mailboxes, cap * sizeof(*mailboxes));
	LT_ASSERT(mailboxes);
	for (uint32_t i = courier->mailbox_count; i < cap; i++) {
		mailboxes[i] = (struct courier_mailbox){
			.next = 1,
			.ready_next = MAILBOX_NONE,
			.flying_at = MAILBOX_NONE,
			.refusals_left = BROKER_REFUSALS,
			.refusals_at = now,
		};
	}
	courier->mailboxes = mailboxes;
	courier->mailbox_count = cap;
}

static void push(uint32_t **list, uint32_t *count, uint32_t *cap, uint32_t index)
{
	if (*count == *cap) {
		*cap = *cap == 0 ? 64 : *cap * 2;
		*list = realloc(*list, *cap * sizeof(**list));
		LT_ASSERT(*list);
	}
	(*list)[(*count)++] = index;
}

bool courier_may_refuse(struct courier *courier, uint32_t index, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	int64_t refill = (now - mailbox->refusals_at) / REFUSAL_REFILL_US;
	if (refill > 0) {
		int64_t left = mailbox->refusals_left + refill;
		mailbox->refusals_left = left > BROKER_REFUSALS ? BROKER_REFUSALS : (uint32_t)left;
		mailbox->refusals_at += refill * REFUSAL_REFILL_US;
	}
	return mailbox->refusals_left > 0;
}

void courier_refused(struct courier *courier, uint32_t index)
{
	LT_ASSERT(courier->mailboxes[index].refusals_left > 0);
	courier->mailboxes[index].refusals_left--;
}

static uint64_t halved(uint64_t written, int64_t periods)
{
	return periods < 64 ? written >> periods : 0;
}

void courier_wrote(struct courier *courier, uint32_t index, uint64_t bytes, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	int64_t period = now / WRITTEN_PERIOD_US;
	mailbox->written = halved(mailbox->written, period - mailbox->written_period) + bytes;
	courier->written = halved(courier->written, period - courier->written_period) + bytes;
	mailbox->written_period = courier->written_period = period;
}

uint32_t courier_written(const struct courier *courier, uint32_t index, int64_t now)
{
	const struct courier_mailbox *mailbox = &courier->mailboxes[index];
	int64_t period = now / WRITTEN_PERIOD_US;
	double all = (double)halved(courier->written, period - courier->written_period);
	double own = (double)halved(mailbox->written, period - mailbox->written_period);
	return all > own ? (uint32_t)(own * COURIER_WHOLE / all) : 0;
}

/* In the list of what is in flight, or out of it. */
static void update_flying(struct courier *courier, uint32_t index)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	bool listed = mailbox->flying_at != MAILBOX_NONE, wanted = mailbox->flight_count > 0;
	if (wanted && !listed) {
		mailbox->flying_at = courier->flying_count;
		push(&courier->flying, &courier->flying_count, &courier->flying_cap, index);
	} else if (!wanted && listed) {
		uint32_t last = courier->flying[--courier->flying_count];
		courier->flying[mailbox->flying_at] = last;
		courier->mailboxes[last].flying_at = mailbox->flying_at;
		mailbox->flying_at = MAILBOX_NONE;
	}
}

bool courier_may_send(const struct courier *courier, uint32_t index)
{
	const struct courier_mailbox *mailbox = &courier->mailboxes[index];
	if (mailbox->session.serial == 0 || mailbox->stands || mailbox->reading || mailbox->next > mailbox->head ||
	    mailbox->flight_count >= mailbox->window)
		return false;
	return mailbox->flight_count == 0 || mailbox->flying_bytes < mailbox->window_bytes;
}

uint32_t courier_room(const struct courier *courier, uint32_t index, uint64_t *bytes)
{
	const struct courier_mailbox *mailbox = &courier->mailboxes[index];
	*bytes = mailbox->window_bytes > mailbox->flying_bytes ? mailbox->window_bytes - mailbox->flying_bytes : 1;
	return mailbox->window > mailbox->flight_count ? mailbox->window - mailbox->flight_count : 0;
}

uint64_t courier_begin_reading(struct courier *courier, uint32_t index)
{
	return courier->mailboxes[index].reading = ++courier->readings;
}

bool courier_end_reading(struct courier *courier, uint32_t index, uint64_t reading)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	if (mailbox->reading != reading)
		return false;
	mailbox->reading = 0;
	return true;
}

void courier_wake(struct courier *courier, uint32_t index)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	if (mailbox->ready || !courier_may_send(courier, index))
		return;
	mailbox->ready = true;
	mailbox->ready_next = MAILBOX_NONE;
	if (courier->ready_last == MAILBOX_NONE)
		courier->ready_first = index;
	else
		courier->mailboxes[courier->ready_last].ready_next = index;
	courier->ready_last = index;
}

uint32_t courier_take_ready(struct courier *courier)
{
	uint32_t index = courier->ready_first;
	if (index == MAILBOX_NONE)
		return index;
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	courier->ready_first = mailbox->ready_next;
	if (courier->ready_first == MAILBOX_NONE)
		courier->ready_last = MAILBOX_NONE;
	mailbox->ready = false;
	return index;
}

void courier_posted(struct courier *courier, uint32_t index, uint64_t number)
{
	courier->mailboxes[index].head = number;
	courier_wake(courier, index);
}

void courier_credit(struct courier *courier, uint32_t index, uint32_t envelopes, uint64_t bytes)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	mailbox->window = envelopes < BROKER_WINDOW_ENVELOPES ? envelopes : BROKER_WINDOW_ENVELOPES;
	mailbox->window_bytes = bytes < BROKER_WINDOW_BYTES ? bytes : BROKER_WINDOW_BYTES;
	courier_wake(courier, index);
}

static struct courier_item *flight_at(const struct courier_mailbox *mailbox, uint32_t at)
{
	return &mailbox->flight[(mailbox->flight_first + at) % mailbox->flight_cap];
}

static void grow_flight(struct courier_mailbox *mailbox)
{
	uint32_t cap = mailbox->flight_cap == 0 ? FLIGHT_FIRST : mailbox->flight_cap * 2;
	struct courier_item *flight = calloc(cap, sizeof(*flight));
	LT_ASSERT(flight && cap <= 2 * BROKER_WINDOW_ENVELOPES);
	for (uint32_t i = 0; i < mailbox->flight_count; i++)
		flight[i] = *flight_at(mailbox, i);
	free(mailbox->flight);
	mailbox->flight = flight;
	mailbox->flight_first = 0;
	mailbox->flight_cap = cap;
}

bool courier_stop(struct courier *courier, uint32_t index, uint64_t sequence, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	bool first = mailbox->unreadable != sequence;
	if (mailbox->unreadable == 0)
		push(&courier->unreadable, &courier->unreadable_count, &courier->unreadable_cap, index);
	if (first)
		mailbox->unreadable_since = now;
	mailbox->unreadable = sequence;
	mailbox->retry_at = now + (int64_t)BROKER_UNREADABLE_SECONDS * 1000000;
	mailbox->stands = true;
	return first;
}

void courier_retry(struct courier *courier, int64_t now)
{
	for (uint32_t i = 0; i < courier->unreadable_count; i++) {
		uint32_t index = courier->unreadable[i];
		if (courier->mailboxes[index].retry_at > now)
			continue;
		courier->mailboxes[index].stands = false;
		courier_wake(courier, index);
	}
}

static void readable_again(struct courier *courier, uint32_t index)
{
	uint32_t at = 0;
	while (courier->unreadable[at] != index)
		at++;
	courier->unreadable[at] = courier->unreadable[--courier->unreadable_count];
	courier->mailboxes[index].unreadable = 0;
}

void courier_sent(struct courier *courier, uint32_t index, uint64_t number, uint32_t bytes, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	LT_ASSERT(number >= mailbox->next && number <= mailbox->head);
	if (mailbox->flight_count == mailbox->flight_cap)
		grow_flight(mailbox);
	if (mailbox->flight_count == 0)
		mailbox->waiting_since = now;
	*flight_at(mailbox, mailbox->flight_count++) = (struct courier_item){ number, bytes };
	mailbox->flying_bytes += bytes;
	if (mailbox->unreadable)
		readable_again(courier, index);
	mailbox->last = number;
	mailbox->next = number + 1;
	update_flying(courier, index);
}

static void want_ack(struct courier *courier, uint32_t index, uint64_t number, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	if (mailbox->ack == 0) {
		if (courier->ack_count == 0)
			courier->ack_since = now;
		push(&courier->acks, &courier->ack_count, &courier->ack_cap, index);
	}
	mailbox->ack = number;
}

void courier_excepted(struct courier *courier, uint32_t index, struct lt_bytes except, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	if (except.len == 0 || mailbox->acknowledged == 0 || mailbox->except.len + except.len > COURIER_EXCEPT_MAX)
		return;
	LT_ASSERT(lt_buf_append(&mailbox->except, except.data, except.len) == LT_OK);
	want_ack(courier, index, mailbox->acknowledged, now);
}

void courier_pass(struct courier *courier, uint32_t index)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	mailbox->next = mailbox->head + 1;
}

/* A number between two items answers for the first of them: the client may have it from before a restore. */
void courier_received(struct courier *courier, uint32_t index, uint64_t number, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	uint32_t answered = 0;
	while (answered < mailbox->flight_count && flight_at(mailbox, answered)->number <= number)
		mailbox->flying_bytes -= flight_at(mailbox, answered++)->bytes;
	if (answered == 0) /* not what was never sent */
		return;
	mailbox->acknowledged = flight_at(mailbox, answered - 1)->number;
	mailbox->flight_first = (mailbox->flight_first + answered) % mailbox->flight_cap;
	mailbox->flight_count -= answered;
	mailbox->waiting_since = now;
	mailbox->told = false;
	update_flying(courier, index);
	want_ack(courier, index, mailbox->acknowledged, now);
	courier_wake(courier, index);
}

/* Forgets what is in flight: it will be sent again from behind `acknowledged`. */
static void rewind_to(struct courier *courier, uint32_t index, uint64_t acknowledged)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	mailbox->acknowledged = mailbox->last = acknowledged;
	mailbox->next = acknowledged + 1;
	mailbox->flight_first = mailbox->flight_count = 0;
	mailbox->flying_bytes = 0;
	mailbox->reading = 0;
	mailbox->told = mailbox->stands = false;
	update_flying(courier, index);
}

uint32_t courier_unanswered(const struct courier *courier, uint32_t *at, uint32_t seconds, int64_t now)
{
	while (*at < courier->flying_count) {
		uint32_t index = courier->flying[(*at)++];
		if (now - courier->mailboxes[index].waiting_since >= (int64_t)seconds * 1000000)
			return index;
	}
	return MAILBOX_NONE;
}

struct courier_session *courier_session(struct courier *courier, struct session_ref ref)
{
	if (ref.serial == 0 || ref.slot >= courier->session_count || courier->sessions[ref.slot].serial != ref.serial)
		return NULL;
	return &courier->sessions[ref.slot];
}

static void unbind_all(struct courier *courier, struct session_ref ref)
{
	struct courier_session *session = courier_session(courier, ref);
	for (uint32_t i = 0; session && i < session->agency_count; i++) {
		if (courier->mailboxes[session->agencies[i]].session.serial == ref.serial)
			courier_unbind(courier, session->agencies[i]);
	}
}

void courier_close_session(struct courier *courier, struct session_ref ref, enum lt_reason why)
{
	unbind_all(courier, ref);
	struct courier_session *session = courier_session(courier, ref);
	if (session)
		session->closed = why;
}

void courier_drop_session(struct courier *courier, struct session_ref ref)
{
	struct courier_session *session = courier_session(courier, ref);
	if (!session)
		return;
	unbind_all(courier, ref);
	free(session->agencies);
	free(session->blocked);
	*session = (struct courier_session){ 0 };
}

struct courier_session *courier_add_session(struct courier *courier, struct session_ref ref, const uint32_t *agencies,
					    uint32_t count)
{
	if (ref.slot >= courier->session_count) {
		uint32_t cap = ref.slot + ref.slot / 2 + 16;
		struct courier_session *sessions = realloc(courier->sessions, cap * sizeof(*sessions));
		LT_ASSERT(sessions);
		memset(sessions + courier->session_count, 0, (cap - courier->session_count) * sizeof(*sessions));
		courier->sessions = sessions;
		courier->session_count = cap;
	}
	struct courier_session *session = &courier->sessions[ref.slot];
	courier_drop_session(courier, (struct session_ref){ ref.slot, session->serial });
	session->serial = ref.serial;
	session->agency_count = count;
	session->agencies = malloc((count + 1) * sizeof(*session->agencies));
	LT_ASSERT(session->agencies);
	memcpy(session->agencies, agencies, count * sizeof(*agencies));
	return session;
}

void courier_bind(struct courier *courier, uint32_t index, struct session_ref ref, uint64_t acknowledged, uint64_t head)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	mailbox->session = ref;
	mailbox->left = 0;
	mailbox->window = 0; /* until it gives credit */
	mailbox->ack = 0;    /* of the session before; its resume point says more */
	lt_buf_clear(&mailbox->except);
	if (mailbox->head < head)
		mailbox->head = head;
	rewind_to(courier, index, acknowledged);
}

void courier_unbind(struct courier *courier, uint32_t index)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	if (mailbox->session.serial != 0)
		mailbox->left = courier->now;
	mailbox->session = (struct session_ref){ 0 };
	mailbox->window = 0;
	rewind_to(courier, index, mailbox->acknowledged);
}

bool courier_speaks(const struct courier *courier, uint32_t index, struct session_ref ref)
{
	const struct session_ref *have = &courier->mailboxes[index].session;
	return ref.serial != 0 && have->serial == ref.serial && have->slot == ref.slot;
}

void courier_block(struct courier_session *session, const char *dossier, const uint8_t id[16])
{
	for (uint32_t i = 0; i < session->blocked_count; i++) {
		if (strcmp(session->blocked[i].dossier, dossier) == 0)
			return; /* the earliest counts */
	}
	if (session->blocked_count == COURIER_BLOCKED_MAX)
		return;
	if (!session->blocked) {
		session->blocked = calloc(COURIER_BLOCKED_MAX, sizeof(*session->blocked));
		LT_ASSERT(session->blocked);
	}
	struct courier_blocked *blocked = &session->blocked[session->blocked_count++];
	size_t len = strlen(dossier);
	LT_ASSERT(len < sizeof(blocked->dossier));
	memcpy(blocked->dossier, dossier, len + 1);
	memcpy(blocked->id, id, sizeof(blocked->id));
}

/* A full list blocks everything but what is on it: order before speed. */
bool courier_blocked(struct courier_session *session, const char *dossier, const uint8_t id[16])
{
	for (uint32_t i = 0; i < session->blocked_count; i++) {
		struct courier_blocked *blocked = &session->blocked[i];
		if (strcmp(blocked->dossier, dossier) != 0)
			continue;
		if (memcmp(blocked->id, id, sizeof(blocked->id)) != 0)
			return true;
		*blocked = session->blocked[--session->blocked_count];
		return false;
	}
	return session->blocked_count == COURIER_BLOCKED_MAX;
}
