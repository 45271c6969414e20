/* courier.c: windows, queues and redelivery.
 *
 * A mailbox has a head (what was posted), a next (what is sent next) and an acknowledged number. Between acknowledged
 * and next lies what is in flight, with the size of each item in a ring, so that the window counts bytes as well as
 * items. A mailbox that may send stands in the queue of ready ones, once; a mailbox with something in flight stands in
 * the list that redelivery looks at. All of it can be lost: a new session begins at the resume point and everything is
 * made again. */
#include "courier.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "state/mailbox.h"

enum { REFUSAL_REFILL_US = 3000000, SIZES_FIRST = 16 };

void courier_init(struct courier *courier)
{
	*courier = (struct courier){ .ready_first = MAILBOX_NONE, .ready_last = MAILBOX_NONE };
}

void courier_fini(struct courier *courier)
{
	for (uint32_t i = 0; i < courier->mailbox_count; i++) {
		free(courier->mailboxes[i].sizes);
		lt_buf_fini(&courier->mailboxes[i].except);
	}
	for (uint32_t i = 0; i < courier->session_count; i++) {
		free(courier->sessions[i].agencies);
		free(courier->sessions[i].blocked);
	}
	free(courier->mailboxes);
	free(courier->sessions);
	free(courier->flying);
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

bool courier_refusal(struct courier *courier, uint32_t index, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	int64_t refill = (now - mailbox->refusals_at) / REFUSAL_REFILL_US;
	if (refill > 0) {
		int64_t left = mailbox->refusals_left + refill;
		mailbox->refusals_left = left > BROKER_REFUSALS ? BROKER_REFUSALS : (uint32_t)left;
		mailbox->refusals_at += refill * REFUSAL_REFILL_US;
	}
	if (mailbox->refusals_left == 0)
		return false;
	mailbox->refusals_left--;
	return true;
}

static uint64_t flying(const struct courier_mailbox *mailbox)
{
	return mailbox->next - 1 - mailbox->acknowledged;
}

/* In the list of what is in flight, or out of it. */
static void update_flying(struct courier *courier, uint32_t index)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	bool listed = mailbox->flying_at != MAILBOX_NONE, wanted = flying(mailbox) > 0;
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
	uint64_t count = flying(mailbox);
	if (mailbox->session.serial == 0 || mailbox->next > mailbox->head || count >= mailbox->window)
		return false;
	return count == 0 || mailbox->flying_bytes < mailbox->window_bytes;
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

static void grow_sizes(struct courier_mailbox *mailbox)
{
	uint32_t cap = mailbox->size_cap == 0 ? SIZES_FIRST : mailbox->size_cap * 2;
	uint32_t *sizes = calloc(cap, sizeof(*sizes));
	LT_ASSERT(sizes && cap <= 2 * BROKER_WINDOW_ENVELOPES);
	for (uint64_t i = mailbox->acknowledged + 1; i < mailbox->next; i++)
		sizes[i % cap] = mailbox->sizes[i % mailbox->size_cap];
	free(mailbox->sizes);
	mailbox->sizes = sizes;
	mailbox->size_cap = cap;
}

void courier_sent(struct courier *courier, uint32_t index, uint32_t bytes, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	if (flying(mailbox) == mailbox->size_cap)
		grow_sizes(mailbox);
	mailbox->sizes[mailbox->next % mailbox->size_cap] = bytes;
	mailbox->flying_bytes += bytes;
	mailbox->next++;
	mailbox->sent_at = now;
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

void courier_received(struct courier *courier, uint32_t index, uint64_t number, int64_t now)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	if (number >= mailbox->next)
		number = mailbox->next - 1; /* not what was never sent */
	if (number <= mailbox->acknowledged)
		return;
	while (mailbox->acknowledged < number)
		mailbox->flying_bytes -= mailbox->sizes[++mailbox->acknowledged % mailbox->size_cap];
	mailbox->sent_at = now;
	update_flying(courier, index);
	want_ack(courier, index, number, now);
	courier_wake(courier, index);
}

/* Forgets what is in flight: it will be sent again from behind `acknowledged`. */
static void rewind_to(struct courier *courier, uint32_t index, uint64_t acknowledged)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	mailbox->acknowledged = acknowledged;
	mailbox->next = acknowledged + 1;
	mailbox->flying_bytes = 0;
	update_flying(courier, index);
}

uint32_t courier_redeliver(struct courier *courier, int64_t now)
{
	uint32_t count = 0;
	for (uint32_t i = courier->flying_count; i-- > 0;) {
		uint32_t index = courier->flying[i];
		struct courier_mailbox *mailbox = &courier->mailboxes[index];
		if (now - mailbox->sent_at < (int64_t)BROKER_REDELIVER_SECONDS * 1000000)
			continue;
		rewind_to(courier, index, mailbox->acknowledged);
		courier_wake(courier, index);
		count++;
	}
	return count;
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
		uint32_t index = session->agencies[i];
		struct courier_mailbox *mailbox = &courier->mailboxes[index];
		if (mailbox->session.serial != ref.serial)
			continue;
		mailbox->session = (struct session_ref){ 0 };
		mailbox->window = 0;
		rewind_to(courier, index, mailbox->acknowledged);
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
