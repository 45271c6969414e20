/* definition_set.h: all definitions that are in force at a broker, or that lie in a folder, as one list, so that both can be compared
 * and written. The folder is laid out as the samples are, and holds the very files that the single imports take:
 *   agencies.json           agencies with their rights, certificates, keys and office hours; not the broker's own entry
 *   ca/, crl/               certificates of CAs, revocation lists: PEM or DER
 *   calendars/, procedures/ *.json
 * What is missing is not compared. Every function that returns an int says on standard error what is wrong: an exit code. One thread. */
#ifndef CLI_DEFINITION_SET_H
#define CLI_DEFINITION_SET_H

#include "cli/control_client.h"
#include "law/file_agencies.h"

/* In the order in which they come into force: each kind may name what stands before it. */
enum definition_kind {
	SET_CA,
	SET_AGENCY,
	SET_CRL,
	SET_CALENDAR,
	SET_OFFICE,
	SET_PROCEDURE,
	SET_KINDS,
};
const char *definition_kind_name(enum definition_kind kind); /* "revocation list" */

#define SET_NAME_MAX 72u /* a SHA-256 in hexadecimal, an agency's or a procedure's code */
struct definition {
	enum definition_kind kind;
	char name[SET_NAME_MAX]; /* CA, CRL: SHA-256; calendar: ""; else a code */
	uint32_t number;         /* a calendar's year, a procedure's version */
	json_t *json;            /* as its file has it; CA, CRL: its name */
	struct lt_buf bytes;     /* CA, CRL: DER; of a folder's calendar, office hours, procedure: what DEFINE takes */
	char *path;              /* of a folder's procedure: its file */
	bool over;               /* a CA that was withdrawn */
};
struct definition_set {
	size_t count, cap;
	struct definition *items;
	bool known[SET_KINDS];    /* kinds that were read */
	struct agencies agencies; /* of a folder */
};
/* Takes the json. LT_ENOMEM, LT_EEXIST: it stands there already. */
enum lt_err definition_set_add(struct definition_set *set, struct definition *item);
void definition_set_fini(struct definition_set *set);
/* After the last addition; what is looked for must be sorted. */
void definition_set_sort(struct definition_set *set);
struct definition *definition_set_find(const struct definition_set *set, const struct definition *like);
/* "calendar 2027", "procedure 1.010828 version 2" */
#define SET_TITLE_MAX 160u
const char *definition_title(const struct definition *item, char out[SET_TITLE_MAX]);

/* set_broker.c, set_folder.c. The set is zeroed before, sorted afterwards; definition_set_fini in any case. */
int definition_set_ask(struct control_client *control, struct definition_set *out);
int definition_set_load(const char *folder, struct definition_set *out);
/* The folder must be empty or not there. */
int definition_set_write(const struct definition_set *set, const char *folder);

/* JSON of what DEFINE takes, and the other things that a CA or CRL is known by. LT_EPARSE, LT_ENOMEM. */
enum lt_err definition_read_calendar(struct lt_bytes bytes, struct definition *out);
enum lt_err definition_read_office(struct lt_bytes bytes, struct definition *out);
enum lt_err definition_read_der(enum definition_kind kind, struct lt_bytes der, struct definition *out);

#endif
