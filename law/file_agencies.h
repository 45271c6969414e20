/* file_agencies.h: the agencies file (conf/schema/agencies.schema.json) and struct lt_agency, both ways. */
#ifndef CLI_FILE_AGENCIES_H
#define CLI_FILE_AGENCIES_H

#include <lienthong/directory.h>
#include <jansson.h>

struct agencies {
	size_t count;
	struct lt_agency *items; /* owned, with all that they point to */
};
/* LT_EIO, LT_EPARSE, LT_EINVAL; error gets one line with file, line and JSON Pointer. */
enum lt_err agencies_load(const char *path, struct agencies *out, char *error, size_t error_size);
void agencies_fini(struct agencies *agencies);
/* Appends an empty agency; the view lives until the next add. NULL when out of memory or over LT_AGENCIES_MAX. */
struct lt_agency *agencies_add(struct agencies *agencies);
struct lt_agency *agencies_find(const struct agencies *agencies, const char *code);
/* Copies everything of a directory's agency, certificates by their DER. */
enum lt_err agencies_copy(struct agencies *agencies, const struct lt_agency *from);

/* Setters that copy. LT_EINVAL for a code that has not its form, LT_EPARSE for a certificate. */
enum lt_err agency_set_code(char target[LT_AGENCY_MAX], const char *code);
enum lt_err agency_set_text(char **target, const char *text);
enum lt_err agency_add_alias(struct lt_agency *agency, const char *alias);
enum lt_err agency_add_cert(struct lt_agency *agency, struct lt_bytes der);
/* One that could sign before `until`; nothing when it stands there already. After all of agency_add_cert. */
enum lt_err agency_end_cert(struct lt_agency *agency, struct lt_bytes der, int64_t until);
/* The first certificate of a file, PEM or DER. LT_EIO, LT_EFULL, LT_EPARSE. */
enum lt_err agency_add_cert_file(struct lt_agency *agency, const char *path);
enum lt_err agency_add_key(struct lt_agency *agency, const uint8_t key[32]);
/* Takes out every other certificate that may sign, every other key that may connect. */
void agency_only_cert(struct lt_agency *agency, struct lt_bytes der);
void agency_only_key(struct lt_agency *agency, const uint8_t key[32]);
/* One that may connect before `until`; nothing when it stands there already. After all of agency_add_key. */
enum lt_err agency_end_key(struct lt_agency *agency, const uint8_t key[32], int64_t until);
/* Checkpoints of the broker's ledger are signed with it; times may be 0. */
enum lt_err agency_add_incarnation(struct lt_agency *agency, const struct lt_incarnation *incarnation);
enum lt_err agency_add_ledger_key(struct lt_agency *agency, const struct lt_ledger_key *key);
enum lt_err agency_add_successor(struct lt_agency *agency, const char *code);
/* Rights: lt_agency.receives_for, .brings and .answers_for. */
enum lt_err agency_add_receives_for(struct lt_agency *agency, const char *code);
enum lt_err agency_add_brings(struct lt_agency *agency, const char *code);
enum lt_err agency_add_answers_for(struct lt_agency *agency, const char *code);
/* A rule of a split: dossiers whose field has this value; "": all others. */
enum lt_err agency_add_split(struct lt_agency *agency, const char *value, const char *successor);
/* Lets successors and split go. */
void agency_clear_successors(struct lt_agency *agency);

/* The agency as the file has it. NULL when out of memory. */
json_t *agency_to_json(const struct lt_agency *agency);

#endif
