/* directory.h: the signed list of agencies. Schema: proto/directory.proto. Immutable after it was read; may be shared by threads. */
#ifndef LIENTHONG_DIRECTORY_H
#define LIENTHONG_DIRECTORY_H

#include <lienthong/base.h>
#include <lienthong/code.h>
#include <lienthong/identity.h>
#include <lienthong/ledger.h>
#include <lienthong/reason.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_DIRECTORY_TYPE "lienthong.directory.v1"
#define LT_DIRECTORY_MAX (32u * 1024u * 1024u) /* bytes: 10,000 agencies with three certificates each */
#define LT_SUCCESSIONS_MAX 8u                  /* reorganisations in a row, from an agency to who acts for it now */

enum lt_level {
	LT_LEVEL_COMMUNE = 1,
	LT_LEVEL_DISTRICT,
	LT_LEVEL_DEPARTMENT,
	LT_LEVEL_PROVINCE,
	LT_LEVEL_MINISTRY,
	LT_LEVEL_BROKER
};
LT_API const char *lt_level_name(enum lt_level level); /* "commune" */
LT_API enum lt_err lt_level_find(const char *name, enum lt_level *out);

/* Which successor gets a dossier whose field has this value; value "": all others. */
struct lt_split_rule {
	char *value;
	char successor[LT_AGENCY_MAX];
};
/* Ed25519, of checkpoints whose last record lies between; 0: no bound. */
struct lt_ledger_key {
	uint8_t key[32];
	int64_t valid_from, valid_to;
};
/* The broker's ledger went on under another origin after a restore; up to `size` records, whose root is `root`, both are the same. */
struct lt_incarnation {
	char origin[LT_ORIGIN_MAX], before[LT_ORIGIN_MAX];
	uint64_t size;
	uint8_t root[32];
};
/* A CURVE key that may connect before `until` (microseconds) and not any more. */
struct lt_ended_key {
	uint8_t key[32];
	int64_t until;
};
struct lt_agency {
	char code[LT_AGENCY_MAX];
	size_t alias_count;
	char (*aliases)[LT_AGENCY_MAX];
	char *name, *name_en; /* name_en may be "" */
	enum lt_level level;
	char parent[LT_AGENCY_MAX]; /* "" at the top */
	size_t cert_count;
	struct lt_cert **certs; /* that may sign; behind them stand ended_count more that may not any more */
	size_t ended_count;
	int64_t *ended_until; /* microseconds: certs[cert_count + i] could sign before */
	size_t curve_count;
	uint8_t (*curve_keys)[32];
	int64_t valid_from, valid_to; /* 0: always, open */
	size_t successor_count;
	char (*successors)[LT_AGENCY_MAX];
	char *split_field; /* "" unless several successors */
	size_t split_count;
	struct lt_split_rule *split;
	size_t ledger_key_count; /* of the broker's own entry alone */
	struct lt_ledger_key *ledger_keys;
	size_t incarnation_count;
	struct lt_incarnation *incarnations; /* of the broker's own entry alone */
	/* Rights: agencies that this one takes dossiers in for, under their codes; codes of systems outside of the directory that it may
	 * give its dossiers, by what they begin with; agencies, with units under them by their codes, for whose dossiers it may ask for the
	 * signed answer to the applicant, as a portal does. */
	size_t receives_count, brings_count, answers_count;
	char (*receives_for)[LT_AGENCY_MAX];
	char (*brings)[LT_AGENCY_MAX];
	char (*answers_for)[LT_AGENCY_MAX];
	size_t ended_key_count;
	struct lt_ended_key *ended_keys;
	char *one_stop; /* how its one-stop is called on papers; "": as those of its level */
};
struct lt_directory;

/* Strict parse of Directory bytes (unsigned): sorted by code, no code, alias or CURVE key twice where it must not be,
 * parents that exist. One CURVE key may stand with several agencies (one data centre, many communes). DIRECTORY_INVALID. */
LT_API enum lt_reason lt_directory_parse(struct lt_bytes bytes, struct lt_directory **out, struct lt_refusal *refusal);
/* Checks the registrar's signature (certificate pinned: lt_cert_read; chain checked by the caller: lt_trust_check) and parses. */
LT_API enum lt_reason lt_directory_open(struct lt_bytes signed_directory, const struct lt_cert *registrar,
					struct lt_directory **out, struct lt_refusal *refusal);
LT_API void lt_directory_free(struct lt_directory *directory); /* and all agencies of it */
/* Takes agencies as they are (borrowed), sorts, checks, and encodes a Directory; then signs it. ca: DER views. */
LT_API enum lt_err lt_directory_encode(const char *domain, uint64_t version, int64_t issued_at,
				       const struct lt_agency *agencies, size_t count, const struct lt_bytes *ca,
				       size_t ca_count, struct lt_signer *registrar, struct lt_buf *out,
				       struct lt_refusal *refusal);

/* The same with CAs that were withdrawn: at most 64. */
struct lt_ended_ca {
	struct lt_bytes der;
	int64_t until; /* microseconds: from then on nothing that it issued may sign */
};
LT_API enum lt_err lt_directory_encode_ended(const char *domain, uint64_t version, int64_t issued_at,
					     const struct lt_agency *agencies, size_t count, const struct lt_bytes *ca,
					     size_t ca_count, const struct lt_ended_ca *ended, size_t ended_count,
					     struct lt_signer *registrar, struct lt_buf *out,
					     struct lt_refusal *refusal);

LT_API const char *lt_directory_domain(const struct lt_directory *directory);
LT_API uint64_t lt_directory_version(const struct lt_directory *directory);
LT_API int64_t lt_directory_issued_at(const struct lt_directory *directory);
LT_API size_t lt_directory_count(const struct lt_directory *directory);
/* What the functions below return lives as long as the directory. index < count. */
LT_API const struct lt_agency *lt_directory_at(const struct lt_directory *directory, size_t index);
/* By canonical code only. NULL when not listed. */
LT_API const struct lt_agency *lt_directory_find(const struct lt_directory *directory, const char *code);
/* By code or alias: to canonicalise what people and old systems write. */
LT_API const struct lt_agency *lt_directory_resolve(const struct lt_directory *directory, const char *code_or_alias);
/* Does `agency` follow `predecessor` at this time: its valid_to has come, and the way of successors leads there (in a split: one
 * of the ways; which one, the dossier says, and the broker decides)? */
LT_API bool lt_directory_succeeds(const struct lt_directory *directory, const char *agency, const char *predecessor,
				  int64_t at);
/* May this CURVE key connect at that time, for any agency; for this one. */
LT_API bool lt_directory_key_listed(const struct lt_directory *directory, const uint8_t key[32], int64_t at);
LT_API bool lt_agency_has_key(const struct lt_agency *agency, const uint8_t key[32], int64_t at);
/* A checkpoint of the ledger: a note signed with one of the ledger keys listed for its time, for the directory's domain.
 * CHECKPOINT_INVALID. */
LT_API enum lt_reason lt_directory_checkpoint(const struct lt_directory *directory, struct lt_bytes note,
					      struct lt_checkpoint *out, struct lt_refusal *refusal);
/* How far the ledgers of two origins are the same, by what the registrar has signed: *size records, whose root is *root. False: nothing
 * joins them. */
LT_API bool lt_directory_origins(const struct lt_directory *directory, const char *a, const char *b, uint64_t *size,
				 uint8_t root[32]);
/* Could this certificate, one of the agency's, ended ones too, sign at that time: for checking what was signed in the past. */
LT_API bool lt_agency_cert_at(const struct lt_agency *agency, const struct lt_cert *cert, int64_t at);
LT_API size_t lt_directory_ca_count(const struct lt_directory *directory);
LT_API struct lt_bytes lt_directory_ca(const struct lt_directory *directory, size_t index); /* DER */

LT_API size_t lt_directory_ended_ca_count(const struct lt_directory *directory);
LT_API struct lt_ended_ca lt_directory_ended_ca(const struct lt_directory *directory, size_t index);
/* All CAs, and the ended ones with their end, for certificates that the directory lists. LT_EPARSE, LT_ECRYPTO, LT_ENOMEM. */
LT_API enum lt_err lt_directory_trust(const struct lt_directory *directory, struct lt_trust *trust);

#ifdef __cplusplus
}
#endif

#endif
