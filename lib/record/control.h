/* control.h: the operator's requests and their answers as plain records. Schema: proto/control.proto. Reading and writing as in
 * wire/link.h. */
#ifndef RECORD_CONTROL_H
#define RECORD_CONTROL_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

#include "record.h"
#include "wire/link.h"

enum lt_control_type {
	LT_CONTROL_STATUS = 1,
	LT_CONTROL_AGENCIES,
	LT_CONTROL_DOSSIER,
	LT_CONTROL_MAILBOXES,
	LT_CONTROL_DEFINE,
	LT_CONTROL_ADMIN,
	LT_CONTROL_RECORD,
	LT_CONTROL_BACKUP,
	LT_CONTROL_DIRECTORY,
	LT_CONTROL_JOURNAL,
	LT_CONTROL_PROCEDURES,
	LT_CONTROL_REORGANISATION,
	LT_CONTROL_OUTAGE,
	LT_CONTROL_RULES,
	LT_CONTROL_ACTIVATE,
	LT_CONTROL_FIND,
	LT_CONTROL_TIME = 20,
	LT_CONTROL_DOSSIERS,
	LT_CONTROL_LEDGER = 30,
	LT_CONTROL_ERASE = 40,
	LT_CONTROL_CARRIES = 50,
	LT_CONTROL_CHANGES = 70,
	LT_CONTROL_COPY,
	LT_CONTROL_DEFINITIONS = 80,
	LT_CONTROL_DELAYS = 90,
};
#define LT_CONTROL_DRY_RUN 1000u                     /* field of a request, beside those that are types */
#define LT_CONTROL_MESSAGE_MAX (64u * 1024u * 1024u) /* bytes: a directory of 10,000 agencies fits */
/* Who asks, by the kernel's word at the broker. */
enum lt_asker_role { LT_ASKER_OBSERVER = 1, LT_ASKER_OPERATOR = 2, LT_ASKER_REGISTRAR = 4, LT_ASKER_AUDITOR = 8 };
struct lt_asker {
	uint32_t uid;
	const char *login; /* "": the broker's machine has no name for it */
	uint32_t roles;    /* enum lt_asker_role, the sum */
};
#define LT_DELAYS_MAX 2000u /* dossiers of one DELAYS: a tenth of a second of who answers */
struct lt_delays_request {
	size_t count;
	const char **dossiers; /* codes */
	const char *agency;    /* "": any */
	int64_t from, until;   /* from <= t < until; until 0: no period */
};
struct lt_control_request {
	enum lt_control_type type;
	const char *code; /* AGENCIES, DOSSIER, MAILBOXES, PROCEDURES: code or ""; REORGANISATION: code;
			   * FIND: another system's code */
	struct lt_define_command define;
	struct lt_admin_command admin;
	struct lt_outage_command outage;
	struct lt_activate_command activate;
	struct lt_erase_command erase; /* dossier and fields are the broker's to fill in */
	bool dry_run;                  /* DEFINE, ADMIN, OUTAGE, ACTIVATE, ERASE: only whether it would be done */
	uint64_t
		sequence; /* RECORD, LEDGER, JOURNAL (from), REORGANISATION and FIND (after), TIME (of a TIME_SET, or 0),
			   * DIRECTORY (version, or 0), CHANGES (since) */
	uint64_t below;   /* TIME: the page before, its `next`; 0: the first */
	uint64_t after;   /* CHANGES, COPY, DEFINITIONS */
	enum lt_definition definition; /* DEFINITIONS: enum lt_definition, of CRL, CALENDAR and OFFICE */
	size_t number_count;
	uint64_t *numbers; /* COPY: these dossiers */
	size_t known_count;
	uint64_t *known;   /* COPY: of each, how many ended stays are not wanted; none: all are */
	uint64_t old_size; /* LEDGER */
	bool parts;        /* RECORD */
	uint32_t limit;    /* JOURNAL, REORGANISATION */
	struct lt_dossiers_request dossiers;
	struct lt_delays_request delays;
	const char *path;      /* BACKUP; REORGANISATION: field, or "" */
	struct lt_asker asker; /* STATUS: the broker's to fill in */
};
struct lt_session_view {
	const char *curve_key;
	uint64_t epoch;
	const char *software;
	int64_t since, last_seen;
	size_t agency_count;
	const char **agencies;
};
struct lt_counter {
	const char *name;
	uint64_t value;
};
enum lt_trust_type { LT_TRUST_CRL = 1, LT_TRUST_CA, LT_TRUST_AGENCY, LT_TRUST_REGISTRAR };
enum lt_trust_state { LT_TRUST_GOOD, LT_TRUST_SOON, LT_TRUST_VERY_SOON, LT_TRUST_GRACE, LT_TRUST_OVER };
struct lt_trust_view {
	uint32_t type; /* enum lt_trust_type */
	const char *name;
	int64_t from, ends; /* ends 0: the list is missing */
	uint32_t state;     /* enum lt_trust_state */
	struct lt_bytes sha256;
};
/* What is wrong: cause.def. */
enum lt_cause {
#define LT_CAUSE(name, number, ...) LT_CAUSE_##name = number,
#include "cause.def"
#undef LT_CAUSE
};
#define LT_CAUSES_END 38u     /* above all numbers */
#define LT_CAUSE_SUBJECTS 64u /* of one cause, in the status: who acts on more of them asks for a list */
struct lt_cause_subject {
	const char *name; /* an agency, a dossier, a CA, a place in the store */
	int64_t at;       /* record time since when, or when it ends or has ended; 0: unknown */
};
struct lt_cause_view {
	uint32_t cause; /* enum lt_cause; a number that is not known here is a later broker's */
	uint64_t count; /* 1 where there is nothing to count */
	size_t subject_count;
	struct lt_cause_subject *subjects; /* the first of them, by time */
};
/* After a restore from a backup. */
enum lt_restored {
	LT_RESTORED_NOT,
	LT_RESTORED_COLLECTING, /* adapters are asked for what they hold; nothing is admitted for some seconds */
	LT_RESTORED_OPEN,       /* nothing is known to be missing; an operator has not confirmed it */
	LT_RESTORED_LOST,       /* definitions are missing; nothing is admitted until an operator confirms */
};
/* Long work that is under way. */
struct lt_work_view {
	const char *name, *unit; /* "backup", "bytes"; "archive", "segments" */
	uint64_t done, total;    /* total 0: not known yet */
	int64_t elapsed;         /* microseconds */
};
struct lt_status_view {
	const char *version, *domain;
	uint64_t head;
	int64_t time, started;
	uint64_t directory_version, dossiers, agencies, admitted, rejected, delivered, flushed, journal_bytes,
		disk_free, resident;
	bool store_full, time_unconfirmed;
	size_t session_count;
	struct lt_session_view *sessions;
	size_t counter_count;
	struct lt_counter *counters;
	size_t trust_count;
	struct lt_trust_view *trust;
	uint32_t trust_grace; /* hours */
	size_t damaged_count;
	const char **damaged; /* values of the store that do not hold: what needs them stands */
	uint32_t restored;    /* enum lt_restored */
	size_t frozen_count;
	const char **frozen; /* codes of dossiers that stand; at most LT_FROZEN_SHOWN */
	struct lt_asker asker;
	uint64_t disk_reserve;
	size_t work_count;
	struct lt_work_view *works;
	size_t cause_count;
	struct lt_cause_view *causes; /* what is wrong, in the order of cause.def; none: it is healthy */
};
/* The adapter that speaks for an agency, or did last. */
struct lt_adapter_view {
	const char *software;            /* "": there is no session */
	int64_t since;                   /* of the session; 0 */
	int64_t told_at;                 /* record time when what follows came; 0: it has told nothing */
	int64_t clock_ahead;             /* microseconds: its clock less the broker's time, then */
	struct lt_adapter_report report; /* unsent_since: by its clock */
};
#define LT_REFUSED_SHOWN 256u /* reasons for one agency: there are fewer */
/* Envelopes of one agency. */
struct lt_refused_count {
	enum lt_reason reason;
	uint64_t count;
};
struct lt_agency_view {
	const char *code;
	size_t alias_count;
	const char **aliases;
	const char *name, *name_en;
	uint32_t level;
	const char *parent;
	bool suspended, online;
	uint32_t certificates;
	int64_t valid_from, valid_to;
	const char *handled_by;          /* "" */
	struct lt_adapter_view *adapter; /* NULL: none has spoken for it since the broker's start */
	size_t refused_count;
	struct lt_refused_count *refused; /* since the broker's start, by reason */
	int64_t drained_at;               /* nothing new is offered to it since then; 0: it is not drained */
	const char *drain_reason;
	int64_t closed_from, closed_until; /* an announced closure that is not over; 0: there is none */
	const char *closure_reason;
	int64_t certificates_end; /* of the certificate that ends last; 0: it has none */
};
/* What an adapter tells that is in nobody's interest: over a minute off it makes nothing new (DOMAIN); below twice its reserve room for
 * new work is nearly used up. A connected one's: the last word of another is old. */
#define LT_ADAPTER_CLOCK_OFF_US INT64_C(60000000)
#define LT_ADAPTER_DISK_LOW 2u
static inline bool lt_adapter_clock_off(const struct lt_adapter_view *adapter)
{
	return adapter->told_at != 0 && adapter->report.clock != 0 &&
	       (adapter->clock_ahead > LT_ADAPTER_CLOCK_OFF_US || adapter->clock_ahead < -LT_ADAPTER_CLOCK_OFF_US);
}
static inline bool lt_adapter_disk_low(const struct lt_adapter_view *adapter)
{
	const struct lt_adapter_report *told = &adapter->report;
	return adapter->told_at != 0 && (told->full || told->disk_free / LT_ADAPTER_DISK_LOW < told->disk_reserve);
}
struct lt_mailbox_view {
	const char *agency, *name;
	uint64_t head, acknowledged;
	uint64_t waiting; /* items above acknowledged; numbers have gaps */
	int64_t oldest;
	bool online;
	const char *handled_by; /* "" */
	size_t stuck_count;
	struct lt_stuck_view *stuck;
	int64_t unanswered_since; /* deliveries had no RECEIVED since; 0: all is well */
	uint64_t unreadable;      /* the record that cannot be read and stops this mailbox; 0: none */
	int64_t unreadable_since;
};
#define LT_FROZEN_SHOWN 64u /* in the status; each needs two persons: more is another matter than a list */
#define LT_STUCK_SHOWN 256u /* of one mailbox or dossier */
#define LT_FOUND_PAGE 256u  /* dossiers of one FIND answer: some 30 KiB */
struct lt_found {
	const char *code, *procedure;
	uint32_t procedure_version, status;
	const char *origin;
	int64_t opened_at;
};
/* Where the signature of a notice stands. */
struct lt_signed_notice {
	uint32_t index;    /* of the notice, in its record's outcome */
	uint64_t sequence; /* of the NOTICES record */
	uint32_t at;       /* which of the signatures there */
};
#define LT_RECORD_NOTICES 64u /* of one record, at most */
/* A window in which dossiers of before are carried over. */
struct lt_carry_window {
	const char *subject;
	int64_t from, until; /* 0: none was confirmed */
	uint64_t proposal;   /* record that waits for another user's word; 0: none */
	int64_t proposed_from, proposed_until;
};
#define LT_DEFINITIONS_PAGE 10000u /* of one DEFINITIONS answer: office hours of all agencies */
#define LT_DEFINITIONS_BYTES \
	(16u * 1024 * 1024)   /* of one: four of the largest revocation lists, a quarter of a message */
#define LT_CARRIES_MAX 10000u /* of one answer: agencies of the nation, and procedures */
#define LT_REORGANISATION_VALUES 256u
struct lt_reorganisation_count {
	const char *value;
	uint64_t held, offered, clocks;
};
/* When an operator set the time. */
struct lt_time_set {
	uint64_t sequence;
	uint32_t generation;
	int64_t before, after; /* time of the record before it, and its own */
};
enum lt_kernel_clock { LT_KERNEL_NOT_ASKED, LT_KERNEL_NOT_SYNCHRONISED, LT_KERNEL_SYNCHRONISED };
struct lt_time_view {
	int64_t time, clock; /* what the next record would have; the machine's clock */
	uint32_t generation;
	bool unconfirmed;
	const char *why; /* unconfirmed: why, else "" */
	int64_t since;   /* and since when, by the records' time */
	enum lt_kernel_clock kernel;
	size_t set_count;
	struct lt_time_set *sets; /* oldest first */
	size_t dossier_count;
	const char **dossiers; /* with records under the time that the TIME_SET asked about has set aside; a page */
	uint64_t next;         /* `below` of the next page; 0: that was the last */
	bool sandbox;
	int64_t legal; /* what the law's clocks count by: `time`, or in a sandbox ahead of it */
	int64_t due;   /* when the first thing is due by it; 0: nothing. Before `legal`: it is happening now */
};
#define LT_CHANGES_MAX 32768u /* numbers of one CHANGES answer: some 100 KiB */
#define LT_COPY_PAGE \
	1024u /* dossiers of one COPY: some 500 KiB, and 4 ms of who answers; each question waits for a batch */
struct lt_changes_view {
	size_t count;
	uint64_t *numbers;
	uint64_t since, after; /* for the next question; after 0: these were all */
	bool anew;             /* what has changed is not known any more */
	uint64_t sequence;
	int64_t time;
	uint64_t dossiers;
	struct lt_bytes incarnation; /* 16 bytes */
};
#define LT_COPIED_SILENT 64u /* branches of one dossier */
struct lt_copied_silent {
	uint32_t branch;
	int64_t since;
};
struct lt_copied {
	uint64_t number; /* dense */
	struct lt_dossier_view dossier;
	const char *sector;
	size_t silent_count;
	struct lt_copied_silent *silent;
};
struct lt_copy_view {
	size_t count;
	struct lt_bytes *dossiers; /* encoded Copied each */
	uint64_t next;             /* of a page: `after` of the next one; of these: how many were looked at. 0: all */
	uint64_t sequence;
	int64_t time;
};
/* The broker's word for others: a text, a CMS over it, and the certificate that it is signed with. */
struct lt_signed_text {
	struct lt_bytes text, signature, certificate;
};
struct lt_control_answer {
	enum lt_reason reason;
	const char *detail;
	struct lt_bytes sentence;  /* encoded, lienthong/sentence.h; empty: the detail alone */
	enum lt_control_type type; /* which of the following is filled; 0 when reason != 0 */
	struct lt_status_view status;
	struct {
		uint64_t directory_version;
		size_t count;
		struct lt_agency_view *agencies;
	} agencies;
	struct lt_dossier_view *dossier;
	struct {
		size_t count;
		struct lt_mailbox_view *mailboxes;
	} mailboxes;
	struct {
		uint64_t sequence;
		int64_t time;
		uint64_t version;
	} act; /* DEFINE, ADMIN, OUTAGE, ACTIVATE, ERASE */
	struct {
		struct lt_bytes record;
		size_t part_count;
		struct lt_bytes *parts;
		struct lt_bytes leaf_hash;
		bool parts_elided;
		size_t notice_count;
		struct lt_signed_notice *notices;
	} record;
	struct {
		uint64_t sequence, bytes;
	} backup;
	struct lt_bytes directory;
	struct lt_ledger_view ledger;
	struct {
		uint64_t head;
		size_t count;
		struct lt_bytes *records;
	} journal;
	struct {
		size_t count;
		struct lt_bytes *list; /* encoded Procedure each */
	} procedures;
	struct {
		uint64_t next, waiting;
		size_t count;
		struct lt_reorganisation_count *counts;
	} reorganisation;
	struct {
		uint64_t next; /* 0: that was the last page */
		size_t count;
		struct lt_found *dossiers; /* in the order in which they were opened */
	} found;
	struct {
		uint32_t active, newest;
	} rules;
	struct lt_time_view time;
	struct lt_dossiers_view dossiers;
	struct lt_changes_view changes;
	struct lt_copy_view copy;
	struct {
		size_t count;
		struct lt_carry_window *windows; /* by subject */
	} carries;
	struct {
		size_t count;
		struct lt_bytes *list; /* the bytes of each, in the order of their names */
		uint64_t next;         /* `after` of the next page; 0: that was the last */
	} definitions;
	struct lt_signed_text delays;
};
enum lt_reason lt_control_request_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_control_request *out,
					 struct lt_refusal *refusal);
enum lt_err lt_control_request_encode(const struct lt_control_request *request, struct lt_buf *out);
/* What a refusal says, which must live as long as the answer; the reason is set by who knows whether it is one. */
static inline void lt_control_refuse(struct lt_control_answer *answer, const struct lt_refusal *refusal)
{
	answer->detail = refusal->detail;
	answer->sentence = lt_refusal_sentence(refusal);
}
enum lt_reason lt_copied_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_copied *out,
				struct lt_refusal *refusal);
enum lt_err lt_copied_encode(const struct lt_copied *copied, struct lt_buf *out);
enum lt_reason lt_control_answer_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_control_answer *out,
					struct lt_refusal *refusal);
enum lt_err lt_control_answer_encode(const struct lt_control_answer *answer, struct lt_buf *out);

#endif
