/* courier.h: who is connected, and what is on its way to whom. Nothing here is state of the ledger: it is lost with the process.
 * Mailboxes have the indices of mailbox.h. Idle mailboxes cost nothing: those with something to send stand in a queue, those
 * with something in flight in a list. Times are boot-time microseconds. */
#ifndef BROKER_COURIER_H
#define BROKER_COURIER_H

#include "queue/limits.h"
#include "queue/input.h"

#define COURIER_SOFTWARE_MAX 65u                    /* bytes with NUL of a name that is shown; a longer one is cut */
#define COURIER_EXCEPT_MAX (256u * INPUT_EXCEPTION) /* bytes that wait for an AckCommand */
#define COURIER_WHOLE 1000000u
#define COURIER_BLOCKED_MAX 1024u /* dossiers of a session that wait for an earlier envelope: its credit */

struct courier_blocked {
	char dossier[LT_DOSSIER_MAX];
	uint8_t id[16];
};
struct courier_session {
	uint64_t serial;       /* 0: free */
	enum lt_reason closed; /* it was told BYE: why */
	uint32_t agency_count;
	uint32_t *agencies; /* indices */
	/* For `lienthong status`. epoch 0: its record is not on disk yet. */
	uint64_t epoch;
	int64_t since; /* record time */
	uint8_t curve_key[32];
	char software[COURIER_SOFTWARE_MAX];
	uint32_t blocked_count;
	struct courier_blocked *blocked;
	/* The answers of one batch to this session are chained. */
	uint64_t chain_round;
	uint32_t chain_last;
};
struct courier_item {
	uint64_t number;
	uint32_t bytes;
};
struct courier_refused {
	enum lt_reason reason;
	uint64_t count;
};
struct courier_mailbox {
	struct session_ref session; /* serial 0: nobody */
	int64_t left;               /* when the last one went; 0: there is one, or was none since the start */
	uint64_t head;              /* released */
	uint64_t next;              /* to be looked for: what is below was sent, or never given */
	uint64_t last;              /* sent, or where the session began */
	uint64_t acknowledged;      /* RECEIVED, perhaps not yet recorded */
	uint32_t window;
	uint64_t window_bytes;
	/* What is in flight: items, not a difference of numbers, since a mailbox has gaps. A ring. */
	struct courier_item *flight;
	uint32_t flight_first, flight_count, flight_cap;
	uint64_t flying_bytes;
	int64_t waiting_since; /* something is in flight: since the first was sent, or since the last RECEIVED */
	bool told;             /* that no RECEIVED comes */
	/* The item at `next` cannot be read: nothing goes past it, since order is promised. It is tried again now and then. */
	uint64_t unreadable; /* its record; 0: all is well */
	int64_t unreadable_since, retry_at;
	bool stands;
	uint64_t reading; /* what comes next is being read from the disk, under this number; 0: it is not */
	bool ready;
	uint32_t ready_next, flying_at; /* links; MAILBOX_NONE */
	uint64_t ack;                   /* to be recorded; 0: nothing */
	struct lt_buf except;           /* with it: INPUT_EXCEPTION bytes each */
	uint32_t refusals_left;         /* of the budget */
	int64_t refusals_at;
	uint64_t written; /* bytes of its records, halved with each period that passes */
	int64_t written_period;
	/* For operators. */
	int64_t told_at, clock_ahead; /* what its adapter told of itself: record time, 0: nothing yet; microseconds */
	struct lt_adapter_report report;
	uint32_t refused_count;
	struct courier_refused *refused; /* its envelopes, by reason */
};
struct courier {
	int64_t now; /* set by who calls, before it does */
	struct courier_mailbox *mailboxes;
	uint32_t mailbox_count;
	struct courier_session *sessions; /* by slot */
	uint32_t session_count;
	uint32_t ready_first, ready_last;
	uint32_t *flying;
	uint32_t flying_count, flying_cap;
	uint32_t *unreadable; /* mailboxes that have such an item */
	uint32_t unreadable_count, unreadable_cap;
	uint32_t *acks; /* mailboxes with an ack to be recorded */
	uint32_t ack_count, ack_cap;
	int64_t ack_since;
	uint64_t written; /* of all mailboxes */
	int64_t written_period;
	uint64_t readings; /* numbers given */
};

void courier_init(struct courier *courier);
void courier_fini(struct courier *courier);
/* Room for mailboxes up to `count`. */
void courier_grow(struct courier *courier, uint32_t count, int64_t now);

/* ---- sessions ---- */
/* NULL when the gate's session is not known (any more). */
struct courier_session *courier_session(struct courier *courier, struct session_ref ref);
struct courier_session *courier_add_session(struct courier *courier, struct session_ref ref, const uint32_t *agencies,
					    uint32_t count);
void courier_drop_session(struct courier *courier, struct session_ref ref);
/* Its agencies have no session any more; it stays known until the gate says that it is lost. */
void courier_close_session(struct courier *courier, struct session_ref ref, enum lt_reason why);
/* The session speaks for this agency from now on; delivery begins behind `acknowledged` once there is credit. */
void courier_bind(struct courier *courier, uint32_t index, struct session_ref ref, uint64_t acknowledged,
		  uint64_t head);
/* Nobody speaks for the agency any more; what was in flight counts as not sent. */
void courier_unbind(struct courier *courier, uint32_t index);
bool courier_speaks(const struct courier *courier, uint32_t index, struct session_ref ref);
/* After a retryable refusal: later envelopes of that dossier wait until that id comes again. */
void courier_block(struct courier_session *session, const char *dossier, const uint8_t id[16]);
bool courier_blocked(struct courier_session *session, const char *dossier, const uint8_t id[16]);
/* Whether one more refusal of the agency may be recorded; and that one was. */
bool courier_may_refuse(struct courier *courier, uint32_t index, int64_t now);
void courier_refused(struct courier *courier, uint32_t index);
/* One of its envelopes is answered with a refusal. */
void courier_count_refused(struct courier *courier, uint32_t index, enum lt_reason reason);
/* The adapter of this session tells of itself, at this record time: it counts for all for whom it speaks. */
void courier_report(struct courier *courier, struct session_ref ref, const struct lt_adapter_report *report,
		    int64_t clock_ahead, int64_t time);
/* What an agency has written to the disk, and its part of COURIER_WHOLE of what all have written in the last quarter of an hour or so;
 * 0 when nobody else has written anything. */
void courier_wrote(struct courier *courier, uint32_t index, uint64_t bytes, int64_t now);
uint32_t courier_written(const struct courier *courier, uint32_t index, int64_t now);

/* ---- deliveries ---- */
void courier_posted(struct courier *courier, uint32_t index, uint64_t number);
void courier_credit(struct courier *courier, uint32_t index, uint32_t envelopes, uint64_t bytes);
/* Clamps to what was sent; remembers the ack for the next AckCommand. */
void courier_received(struct courier *courier, uint32_t index, uint64_t number, int64_t now);
/* What its adapter could not take, for the next AckCommand. Over COURIER_EXCEPT_MAX they are left out: the adapter tells again. */
void courier_excepted(struct courier *courier, uint32_t index, struct lt_bytes except, int64_t now);
/* Something may be sent, from `next` on. */
bool courier_may_send(const struct courier *courier, uint32_t index);
/* What stands at `next` or behind it: numbers in between were never given, or are no longer there. */
void courier_sent(struct courier *courier, uint32_t index, uint64_t number, uint32_t bytes, int64_t now);
/* There is nothing from `next` up to the head. */
void courier_pass(struct courier *courier, uint32_t index);
/* Takes the first of the queue; MAILBOX_NONE when it is empty. courier_wake puts it back behind the others. */
uint32_t courier_take_ready(struct courier *courier);
void courier_wake(struct courier *courier, uint32_t index);
/* Items that may be sent now, and bytes: one item may pass them. */
uint32_t courier_room(const struct courier *courier, uint32_t index, uint64_t *bytes);
/* What comes next is read elsewhere: nothing is sent until it comes back under the number that this returns. */
uint64_t courier_begin_reading(struct courier *courier, uint32_t index);
/* False: nobody waits for it any more, the mailbox has begun anew since. */
bool courier_end_reading(struct courier *courier, uint32_t index, uint64_t reading);
/* What stands at `next` is a record that cannot be read: the mailbox stands. True: it is told for the first time. */
bool courier_stop(struct courier *courier, uint32_t index, uint64_t sequence, int64_t now);
/* Those that stand for BROKER_UNREADABLE_SECONDS go on as far as they can. */
void courier_retry(struct courier *courier, int64_t now);
/* The next mailbox, from *at on (0 at first), whose adapter has answered nothing with RECEIVED for so many seconds: MAILBOX_NONE when
 * there is none. Nothing is sent twice in one session: the transport loses nothing, so that adapter is stuck. */
uint32_t courier_unanswered(const struct courier *courier, uint32_t *at, uint32_t seconds, int64_t now);

#endif
