/* dossier.h: where a dossier stands: the broker's answer to lt_link_client_query. Schema: proto/link.proto, DossierView.
 *
 * Plain records, read only. All that they point to lives until the callback that brought them returns: copy what is to stay.
 * Texts are never NULL; "" is said where one may be absent. Times are microseconds since 1970, 0: not known or none. A number
 * that this library does not know (a newer broker) is passed on as it came. */
#ifndef LIENTHONG_DOSSIER_H
#define LIENTHONG_DOSSIER_H

#include <lienthong/base.h>
#include <lienthong/envelope.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_HOPS_MAX 256u /* hops in one view; hops_total says how many there are */

#define LT_STAYS_MAX 256u /* stays and waits that have ended in one view; stays_total says how many there are */
#define LT_STAY_PARTS_MAX 16u

/* Who answers for a thread of custody: its holder; its holder still, who has offered it; nobody any more. */
enum lt_custody { LT_CUSTODY_HELD = 1, LT_CUSTODY_OFFERED, LT_CUSTODY_CLOSED };

/* Values of lt_dossier_view.status and lt_hop.status: the list of the National Portal. */
enum lt_dossier_status {
	LT_DOSSIER_REGISTERED = 1,
	LT_DOSSIER_RECEIVED,
	LT_DOSSIER_NOT_RECEIVED, /* final */
	LT_DOSSIER_IN_PROGRESS,
	LT_DOSSIER_SUPPLEMENT, /* papers are asked for */
	LT_DOSSIER_FEE,        /* a fee is asked for */
	LT_DOSSIER_WITHDRAWAL,
	LT_DOSSIER_STOPPED,
	LT_DOSSIER_DONE,
	LT_DOSSIER_HANDED_OVER, /* final */
};

/* Values of lt_clock_view.verdict; 0: the clock has no limit. */
enum lt_verdict_time {
	LT_TIME_EARLY = 1,
	LT_TIME_ON,
	LT_TIME_LATE,
	LT_TIME_WITHIN,  /* open, the limit is ahead */
	LT_TIME_OVERDUE, /* open, the limit is past */
	LT_TIME_UNKNOWN, /* no calendar in force covers it */
};

/* Values of lt_owed.what: what somebody has to do now. Stable numbers; in every state of an open dossier somebody owes one. */
enum lt_owed_what {
	LT_OWED_RECEIVE = 1,     /* take what was registered into the office's books, or not */
	LT_OWED_ACCEPT,          /* ACCEPT or REFUSE an offer */
	LT_OWED_WORK,            /* what the leg is for, and send it on */
	LT_OWED_ANSWER_RECALL,   /* RECALL_ANSWER: somebody wants the branch back */
	LT_OWED_DECIDE_WITHDRAW, /* STOP, or RESUME: the applicant wants to withdraw */
	LT_OWED_OPINION,         /* OPINION */
	LT_OWED_SUPPLEMENT,      /* SUPPLEMENT: papers that the applicant was asked for */
	LT_OWED_FEE,             /* FEE_PAID */
	LT_OWED_HAND_OUT,        /* pass the result on towards the one-stop, or HANDED_OVER */
	LT_OWED_REFUSAL,         /* RESULT with a reason: papers were not brought in time */
};
LT_API const char *lt_owed_name(uint32_t what);       /* "ACCEPT"; "UNKNOWN" for other numbers */
LT_API const char *lt_owed_text(uint32_t what);       /* English, for people: "accept or refuse it" */
LT_API const char *lt_owed_vietnamese(uint32_t what); /* the same in Vietnamese */

/* One act of the dossier's history, admitted or refused. */
struct lt_hop {
	uint64_t sequence; /* of its record at the broker */
	int64_t time;      /* of the broker */
	enum lt_kind kind;
	const char *sender;
	size_t to_count;
	struct lt_recipient *to;
	struct lt_bytes id; /* 16 bytes */
	const char *reason; /* the sender's own words; "" */
	struct lt_bytes leaf_hash,
		certificate_sha256; /* 32 bytes, or none: a notice of the broker that is not signed yet */
	uint64_t signed_by;         /* of a notice of the broker: the record that has its signature; else 0 */
	uint32_t outcome;           /* 0: took effect; else the enum lt_reason of the refusal */
	struct lt_bytes sentence;   /* of a refusal: what exactly, lt_sentence_say; or none */
	uint32_t branch;
	uint64_t branch_version;
	uint32_t status;  /* after the act */
	int64_t sent_at;  /* as the sender says */
	bool trust_stale; /* admitted on a revocation list past its nextUpdate */
	/* As its header has them. */
	struct lt_actor *actor; /* NULL: not said */
	enum lt_channel channel;
	const char *ground;
	struct lt_late_reason *late_reason; /* NULL: not said */
	size_t foreign_count;
	const char **foreign_codes;
	size_t result_count; /* of a RESULT: the papers that were made, and at which leg */
	struct lt_made_result *results;
	/* The operator's act by which what stood in the record is gone, so that kind, sender, recipients, id and texts are not known any
	 * more; 0: it is there. */
	uint64_t erased_by;
};
/* A legal clock as it stands. Minutes are working minutes. */
struct lt_clock_view {
	int64_t started;
	int64_t due_first;   /* what was first told; never moves. 0: no limit */
	int64_t due_lawful;  /* moves by what stood, a restart, outages and the calendar; it alone judges */
	int64_t appointment; /* what was told last: due_lawful, or later by an apology */
	uint32_t limit_unit, limit_quarters; /* as in directory.proto; 0: no limit */
	bool suspended;
	uint32_t allotted, used; /* minutes */
	uint32_t verdict;        /* enum lt_verdict_time */
	bool apologised;
	bool set_back;    /* a span of it ended before it began, since the broker's time was set back: it counted 0 */
	int64_t ended_at; /* the work that it counts was done then, or the dossier closed; 0: it goes on */
};
/* How a stay or a wait ended. */
enum lt_stay_end {
	LT_STAY_OPEN = 0,
	LT_STAY_HANDED_ON, /* the next agency took it: it ended with the offer */
	LT_STAY_GIVEN_BACK,
	LT_STAY_MOVED, /* to another leg of its holder */
	LT_STAY_FORKED,
	LT_STAY_JOINED,
	LT_STAY_NOT_NEEDED,   /* another branch came first */
	LT_STAY_TRANSFERRED,  /* the same leg at another agency */
	LT_STAY_RESULT,       /* the result was made */
	LT_STAY_CLOSED,       /* handed over to the applicant */
	LT_STAY_SUPPLEMENTED, /* papers were brought, the work goes on at another leg */
	LT_STAY_REPAIRED,     /* the broker's operators have ended a freeze: another holder, or the dossier's end */
	LT_WAIT_ACCEPTED = 32,
	LT_WAIT_REFUSED,
	LT_WAIT_RECALLED,
	LT_WAIT_ASKED, /* of what was registered: papers or a fee were asked for, or it was withdrawn */
	LT_STAY_CORRECTION =
		48, /* no stay of its own: it stands beside row `corrects` and has the verdict that is right */
};
struct lt_stay_part {
	const char *agency;
	int64_t begun, ended;
	uint32_t used;
};
/* A row of a dossier's time: one holder at one leg; or a wait (`to` is set), an offer between two stays, charged to whom it is made. Made
 * once, when it ends, and never changed. Minutes are working minutes by the office hours of the holder, of a wait of the receiver. */
struct lt_stay {
	uint64_t number; /* in the dossier, from 1, in the order in which they ended; 0: it is open */
	uint32_t branch;
	const char *leg;    /* id of the leg where the holder is, or that is offered; "": none */
	const char *holder; /* of a wait: who offers */
	const char *to;     /* of a wait: who is to answer; else "" */
	int64_t begun, ended;
	uint64_t begun_by, ended_by; /* sequences of the records */
	int64_t arrived;             /* of a wait: on the receiver's disk, from when on it is charged; 0: not yet */
	uint32_t limit_unit, limit_quarters; /* as in directory.proto; 0: no limit */
	int64_t counted_from; /* of the present count: later than `begun` after a restart, earlier at the same leg again */
	uint32_t allotted, used;
	uint32_t carried;              /* of used: by earlier stays at this leg */
	uint32_t stood;                /* not used: papers, a fee, a stop, or the leg was elsewhere */
	uint32_t given;                /* what was given back for it: minutes, or days of a limit in days */
	int64_t due_first, due_lawful; /* 0: none */
	uint32_t verdict;              /* enum lt_verdict_time */
	uint32_t how;                  /* enum lt_stay_end */
	const char *late;              /* code of the reason that was given for being late; "": not given */
	bool set_back;                 /* as in lt_clock_view */
	size_t part_count; /* who held it one after the other, when a reorganisation has cut it; 0: the holder alone */
	struct lt_stay_part *parts;
	uint64_t corrects; /* of a correction by the broker's operators: the number of the row; 0: it is none */
	const char *
		unit; /* of a view: room of the agency that does the leg; "" (NULL in a record): the procedure does not say */
};
/* Two facts, and both stay: that the time went by in silence, and what was answered, in time or late. */
struct lt_consult_answer {
	const char *agency;
	int64_t due;             /* answer by; its minute belongs to the time. 0: no calendar covers it yet */
	int64_t silent_at;       /* nothing had come until then; 0: it was not so */
	enum lt_agreement agree; /* LT_AGREE_NONE: no answer */
	int64_t answered_at;
	bool late;
};
struct lt_consult_view {
	uint32_t number;    /* of this dossier, from 1 */
	struct lt_bytes id; /* of the CONSULT, 16 bytes */
	const char *asked_by;
	int64_t due;         /* the latest of the answers' */
	uint32_t on_silence; /* what silence means. 0: nothing, the lead chases; 1: consent */
	bool stands;         /* its time does not go on: withdrawal, or stopped */
	size_t answer_count;
	struct lt_consult_answer *answers;
};
/* Both facts in one word: 0 open, 1 agreed (also with conditions), 2 not agreed, 3 late, 4 silent, 5 deemed consent, which a late answer does not
 * take back. */
LT_API unsigned lt_consult_state(const struct lt_consult_view *consult, const struct lt_consult_answer *answer);
/* A thread of custody. */
struct lt_branch_view {
	uint32_t branch;  /* its number: `branch` of a header and of an item */
	uint64_t version; /* `branch_version` that the next act must name */
	enum lt_custody custody;
	const char *holder, *offered_to; /* offered_to "" unless LT_CUSTODY_OFFERED */
	struct lt_bytes offer_id;        /* 16 bytes while offered */
	const char *leg;                 /* id of the route's leg that it is at; "": not said */
	int64_t since;                   /* of the present custody */
	struct lt_clock_view *clock;     /* NULL: none */
	const char *leg_name;            /* Vietnamese */
	uint32_t trace;                  /* hand-off code of edXML: 1..6, 13, 15, 16; 0: none */
	size_t next_count;               /* the legs that may follow, each with the agency that does it */
	struct lt_recipient *next;
	const char *acting, *acting_offered; /* since a reorganisation; "": the holder, the offered_to itself */
	size_t ask_count;                    /* whom this leg still has to CONSULT */
	const char **ask;
	const char *consult_limit; /* their time, as "7 working_days"; "": the CONSULT says it */
	const char *unit;          /* room of the agency that does the leg; "": the procedure does not say */
};
/* An item that its receiver could not take, for a reason whoever looks: no legal effect, custody stays. */
struct lt_stuck_view {
	const char *agency;     /* the receiver */
	uint64_t number;        /* in its mailbox */
	uint64_t sequence;      /* of the record */
	uint32_t reason;        /* enum lt_reason */
	struct lt_bytes sha256; /* of what came, as SPEC.md says */
	int64_t since;
	uint64_t redelivered; /* the number under which it was sent again; 0: not yet */
	const char *dossier;  /* its code, in an operator's list of mailboxes; else "" */
};
/* What an agency has to do now. */
struct lt_owed {
	uint32_t what; /* enum lt_owed_what */
	const char *who;
	const char *acting; /* who acts for it since a reorganisation; "": itself */
	uint32_t branch;    /* 0: the whole dossier's */
	uint32_t consult;   /* OPINION: of which consultation, else 0 */
	int64_t since;
	int64_t until;                     /* 0: no time is set for it */
	int64_t closed_from, closed_until; /* who does it is closed then, as was announced; 0: nothing is */
	const char *closed_why;            /* the reason of the broker's operators */
};
#define LT_OWED_MAX \
	256u /* of one dossier: branches, consultations with those who are asked; what is over is not shown */
/* What an agency may send about a branch now. What its route or its counts forbid besides, the broker says when it is sent. */
struct lt_can {
	const char *who, *acting; /* as above */
	uint32_t branch;
	size_t kind_count;
	uint32_t *kinds; /* enum lt_kind, rising */
};
struct lt_dossier_view {
	const char *code, *procedure;
	uint32_t procedure_version;
	uint32_t status; /* enum lt_dossier_status */
	const char *origin, *lead;
	int64_t opened_at;
	size_t branch_count;
	struct lt_branch_view *branches;
	size_t hop_count; /* the newest LT_HOPS_MAX at most, oldest first */
	struct lt_hop *hops;
	uint64_t hops_total;
	struct lt_clock_view *clock; /* of the whole dossier; NULL: none */
	size_t consult_count;
	struct lt_consult_view *consults;
	size_t field_count;
	struct lt_field *fields;
	uint32_t supplements; /* requested so far */
	const char *outcome;  /* of a result: "" or "refused" */
	size_t stuck_count;
	struct lt_stuck_view *stuck;
	const char *procedure_name; /* Vietnamese; "" when it cannot be read */
	size_t owed_count;
	struct lt_owed *owed; /* at most LT_OWED_MAX */
	size_t can_count;
	struct lt_can *can; /* by branch, and in it by party */
	int64_t time;       /* of the broker, at which the view is true */
	size_t stay_count;  /* the newest LT_STAYS_MAX at most, in the order in which they ended; then what is open */
	struct lt_stay *stays;
	uint64_t stays_total; /* that have ended */
	uint64_t
		frozen; /* record that was skipped: it stands until the broker's operators repair or close it; 0: it goes on */
	size_t transferred_count; /* legs that another agency does than the route says, since a TRANSFER */
	struct lt_recipient *transferred;
	const char *replaces,
		*replaced_by;    /* the code that was opened in error, and the one that was opened for it; "": none */
	enum lt_channel channel; /* by which it was filed; 0: not said */
	const char
		*place_of_help; /* where the applicant was helped to file: an agency's code or a name; "": not said */
	const char *registered_by; /* who registered it for the origin; "": the origin itself */
	int64_t received_at;       /* the origin has taken it in; 0: it is registered, or was not received */
	int64_t carried_at;        /* a dossier of before: when it was carried over; 0: it is none */
};

/* What the broker answers the applicant, signed: what it says and how it is checked: proto/SPEC.md section 7. */
struct lt_applicant_answer {
	struct lt_bytes text;        /* JSON, UTF-8; these bytes are signed */
	struct lt_bytes signature;   /* CMS, detached, DER */
	struct lt_bytes certificate; /* the broker's, DER */
};

/* ---- many dossiers ---- */

#define LT_DOSSIERS_PAGE 256u /* rows that a page is asked for at most */
#define LT_DOSSIERS_ROWS 320u /* and that it may have: acts of one place are not parted */
#define LT_DOSSIERS_PLACE 29u /* bytes of a place in a list */
/* Which dossiers are asked for: all that is said must be so. Texts NULL or "", 0 and false: not asked for. */
struct lt_dossiers_request {
	const char *owed_by, *holder, *lead; /* agencies, or who acts for them */
	const char *procedure;               /* its code, of any version */
	uint32_t status;
	bool late;             /* an act, or the dossier itself, that is over its time */
	int64_t due_within;    /* microseconds: what is due from now until then */
	bool unanswered;       /* offered, and neither accepted nor refused */
	bool silent;           /* nothing was done about it for half its time */
	struct lt_bytes after; /* lt_dossiers_view.next of the page before; empty: the first */
	uint32_t limit;        /* rows, 1..LT_DOSSIERS_PAGE; 0: as many */
	/* Opened with this code of another system, and of which `party` is one or acts for one. They stand alone, but for after and limit. */
	const char *foreign, *party;
};
/* An act that is owed; or a dossier, by what is due in it first. */
struct lt_dossiers_row {
	const char *code, *procedure, *procedure_name;
	uint32_t procedure_version, status;
	const char *origin, *lead, *holder; /* holder: of the branch */
	struct lt_owed owed;                /* what 0: the dossier's own time, or nothing is owed; who "" then */
	const char *leg;                    /* of the branch, its id; "": not said */
	enum lt_channel channel;            /* as in lt_dossier_view */
	const char *place_of_help;
	int64_t carried_at;
};
struct lt_dossiers_view {
	size_t count;
	struct lt_dossiers_row *rows; /* by the time until which they are owed, else by the order of their opening */
	struct lt_bytes
		next; /* for the next page; empty: this was the last. A page may be short, or empty, and not the last */
	uint64_t sequence; /* the record that this is true at */
	int64_t time;      /* of the broker */
};

#ifdef __cplusplus
}
#endif

#endif
