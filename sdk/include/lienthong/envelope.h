/* envelope.h: the plain record of a signed header, and the envelope around it. Schema: proto/envelope.proto. */
#ifndef LIENTHONG_ENVELOPE_H
#define LIENTHONG_ENVELOPE_H

#include <lienthong/base.h>
#include <lienthong/code.h>
#include <lienthong/reason.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_HEADER_TYPE "lienthong.header.v1"
#define LT_HEADER_MAX 16384u   /* bytes: 64 recipients, 32 parts and texts fit well below */
#define LT_SIGNATURE_MAX 4096u /* bytes: an RSA-4096 CAdES is under 1.5 KiB, a batch path 8 hashes */
#define LT_TO_MAX 64u          /* recipients: consultations reach up to 64 agencies */
#define LT_PARTS_MAX 32u
#define LT_PART_MAX (256u * 1024u)                  /* bytes of one part that travels with its envelope */
#define LT_PARTS_TOTAL_MAX (1024u * 1024u)          /* bytes of all parts of an envelope that travel with it */
#define LT_LARGE_PART_MAX (2048ull * 1024u * 1024u) /* bytes of one that is carried before it: a scan of 4,000 pages */
#define LT_REASON_TEXT_MAX 1000u                    /* characters: edXML's limit for a refusal */
#define LT_SUBJECT_MAX 250u                         /* characters */
#define LT_PART_NAME_MAX 200u                       /* bytes: fits any file system with a prefix */
#define LT_ITEMS_MAX 32u                            /* papers of one request for supplements */
#define LT_ITEM_MAX 250u                            /* characters */
#define LT_FIELDS_MAX 32u
#define LT_FIELD_NAME_MAX 32u    /* bytes */
#define LT_FIELD_VALUE_MAX 250u  /* characters */
#define LT_ACTOR_TEXT_MAX 250u   /* characters of a unit or a title */
#define LT_OFFICER_MAX 64u       /* bytes: ids of personnel systems are under 40 */
#define LT_PLACE_MAX 250u        /* characters: an agency's name fits */
#define LT_FOREIGN_CODES_MAX 8u  /* portal, ministry, province, sector: nobody knew of more than four */
#define LT_FOREIGN_CODE_MAX 100u /* characters */
#define LT_RESULTS_MAX 16u       /* papers of one RESULT */
#define LT_RESULT_CODE_MAX 64u   /* bytes */
#define LT_GROUND_MAX 32u        /* bytes, as the id of a leg */
#define LT_LATE_WORDS_MAX 250u   /* characters */
#define LT_DOMAIN_MAX 128u       /* bytes with NUL */
#define LT_ID_HORIZON_DAYS 400   /* ids older than this are refused, so dedup can forget them */
#define LT_ID_FUTURE_SECONDS 600

/* The list of kinds, with what each is and has, is kind.def; proto/SPEC.md prints it. */
enum lt_kind {
#define LT_KIND(name, rule, number, ...) LT_KIND_##name = number,
#define LT_KIND_LATER(name, number, ...) LT_KIND_##name = number, /* refused as KIND_NOT_SUPPORTED */
#include <lienthong/kind.def>
#undef LT_KIND
};
LT_API const char *lt_kind_name(enum lt_kind kind); /* "FORWARD"; "UNKNOWN" for other numbers */
LT_API enum lt_err lt_kind_find(const char *name, enum lt_kind *out);
/* OPEN, FORWARD, RETURN and RESULT: the recipient may ACCEPT or REFUSE the leg. */
LT_API bool lt_kind_offers(enum lt_kind kind);

struct lt_recipient {
	char agency[LT_AGENCY_MAX];
	char leg[LT_LEG_ID_MAX]; /* id of the route's leg; "" when not said */
};
/* A fact of the dossier that its route asks for. */
struct lt_field {
	const char *name, *value;
};
enum lt_agreement { LT_AGREE_NONE = 0, LT_AGREE_YES, LT_AGREE_NO, LT_AGREE_WITH_CONDITIONS };
/* Who acted within the agency; at least one of them is given. No names of persons. */
struct lt_actor {
	const char *unit, *officer, *title;
};
enum lt_channel { LT_CHANNEL_NONE = 0, LT_CHANNEL_COUNTER, LT_CHANNEL_ONLINE, LT_CHANNEL_POST };
struct lt_made_result {
	const char *code;
	char leg[LT_LEG_ID_MAX];
};
struct lt_hand_over {
	enum lt_channel manner;
	int64_t at;
};
struct lt_late_reason {
	const char *code, *words; /* words: "" when absent */
};
/* Of a dossier that was begun before the broker knew it. Microseconds; 0: none. */
struct lt_carried {
	int64_t opened_at, received_at, since; /* filed; taken in; at the leg that the recipient names */
	int64_t appointment;                   /* as the applicant was told */
	int64_t counted_from;                  /* its time counts anew since then, after papers were brought */
	int64_t done_at;                       /* its result was made */
};
struct lt_part_info {
	const char *name;
	const char *media_type;
	uint64_t size;
	uint8_t sha256[32];
};
/* Its bytes do not stand in the envelope, where it is empty: they were carried before it, and are fetched behind it. */
static inline bool lt_part_is_large(const struct lt_part_info *part)
{
	return part->size > LT_PART_MAX;
}
/* Pointers are NUL-terminated and live in the arena given to the parser, or are the caller's when building. */
/* What an agency's work came to in a week: its stays, and its answers to offers. */
struct lt_tally {
	char agency[LT_AGENCY_MAX];
	uint32_t in_hand, overdue; /* branches that it holds now; of these, over their leg's time */
	uint32_t done, late;       /* stays and answers that ended in the week; of these */
	uint64_t minutes;          /* working minutes that these took beyond what was allotted */
};
#define LT_TALLIES_MAX 100u /* of one digest: 6 KiB of a header's 16 */
/* A week's work below an agency that stands above others. */
struct lt_digest {
	int64_t from, until; /* legal time; from 0: since the broker began */
	uint32_t agencies;   /* below it, that had work */
	struct lt_tally all; /* of all of them; its agency is "" */
	size_t tally_count;
	struct lt_tally *tallies; /* the most overdue first; fewer than agencies: it is cut */
};
struct lt_header {
	const char *domain;
	uint8_t id[16];
	enum lt_kind kind;
	char sender[LT_AGENCY_MAX];
	size_t to_count;
	struct lt_recipient *to;
	char dossier[LT_DOSSIER_MAX]; /* "" in a DIGEST */
	uint32_t branch;
	uint64_t branch_version;
	int64_t sent_at;
	char procedure[LT_PROCEDURE_MAX]; /* "" when absent */
	uint32_t procedure_version;
	bool has_reply;
	uint8_t in_reply_to[16];
	const char *reason;  /* "" when absent */
	const char *subject; /* "" when absent */
	size_t part_count;
	struct lt_part_info *parts;
	int64_t due_at; /* 0 when absent */
	size_t item_count;
	const char **items;
	uint64_t amount;
	enum lt_agreement agree;
	uint32_t trace;
	size_t field_count;
	struct lt_field *fields;
	struct lt_actor *actor; /* NULL when absent, as hand_over and late_reason */
	enum lt_channel channel;
	const char *place_of_help; /* "" when absent */
	size_t foreign_count;
	const char **foreign_codes;
	char replaces[LT_DOSSIER_MAX]; /* "" when absent */
	size_t fact_count;
	struct lt_field *facts;
	size_t result_count;
	struct lt_made_result *results;
	struct lt_hand_over *hand_over;
	const char *ground; /* "" when absent */
	struct lt_late_reason *late_reason;
	bool received;              /* OPEN: taken in, not only registered */
	struct lt_carried *carried; /* OPEN: a dossier of before; NULL when absent */
	struct lt_digest *digest;   /* DIGEST, which has no dossier; else NULL */
};

/* A signature as it travels: the encoded Signature message. An envelope of views into one buffer. */
struct lt_envelope {
	struct lt_bytes header;
	struct lt_bytes signature; /* encoded Signature message */
	size_t part_count;
	struct lt_bytes *parts;
};

/* Encodes a header; checks it as the parser does, so that nothing leaves that would be refused.
 * LT_EINVAL with refusal filled (may be NULL). */
LT_API enum lt_err lt_header_encode(const struct lt_header *header, struct lt_buf *out, struct lt_refusal *refusal);
/* Strict parse and all checks that need no directory: form, limits, codes, texts, fields per kind.
 * 0 or the reason; `out` lives in the arena. The first check that fails wins, in the order of SPEC.md. */
LT_API enum lt_reason lt_header_parse(struct lt_bytes bytes, struct lt_arena *arena, struct lt_header *out,
				      struct lt_refusal *refusal);
/* Compares the parts with the header: count, sizes, limits, SHA-256. */
LT_API enum lt_reason lt_envelope_check_parts(const struct lt_header *header, const struct lt_envelope *envelope,
					      struct lt_refusal *refusal);

#ifdef __cplusplus
}
#endif

#endif
