/* agency_edit.h: a change of the directory: the broker's present version, taken apart, changed, signed as the next one by the
 * registrar, whose key stays on the operator's side. Every function says on standard error what is wrong and returns an exit
 * code. One thread. */
#ifndef CLI_AGENCY_EDIT_H
#define CLI_AGENCY_EDIT_H

#include "cli/control_client.h"
#include "law/file_agencies.h"
#include "sandbox/sandbox.h"

#define AGENCY_EDIT_CAS 64u /* CAs in force, and as many that were withdrawn: the directory's own limit */
struct agency_edit {
	struct control_client *control;
	struct lt_directory *current;
	uint64_t version;                    /* of the next one */
	bool restored;                       /* the broker was restored from a backup, and nobody has confirmed it */
	struct agencies agencies;            /* of the next version */
	struct lt_bytes ca[AGENCY_EDIT_CAS]; /* views of `current`, and what a command adds */
	size_t ca_count, ended_count;
	struct lt_ended_ca ended[AGENCY_EDIT_CAS];
	struct lt_signer *registrar;
	struct sandbox sandbox; /* --sandbox: a new agency gets an adapter of its own */
	json_t *description;    /* its sandbox.json */
	uint16_t port;          /* of the new adapter; 0: none was made */
	char key[CLI_PATH_MAX], cert[CLI_PATH_MAX];
};
int agency_edit_begin(struct cli *cli, struct agency_edit *edit);
/* The registrar's key and certificate, of the command line or of the sandbox; agency_edit_begin does it too. */
int agency_edit_registrar(const struct cli *cli, struct agency_edit *edit);
/* Whether a signed directory holds behind the one in force, as the broker will ask. */
int agency_edit_lint(const struct agency_edit *edit, struct lt_bytes signed_directory);
/* Makes the next version, without sending it: whether it holds. */
int agency_edit_encode(struct agency_edit *edit, struct lt_buf *out);
/* Makes it and puts it in force. */
int agency_edit_send(struct cli *cli, struct agency_edit *edit, struct lt_control_answer *out);
/* The same, and prints the act. */
int agency_edit_define(struct cli *cli, struct agency_edit *edit);
/* Adds to the broker's entry from which ledgers its present one goes on, as far as the directory does not say so; how many. cmd_ledger.c. */
int cli_ledger_declare(struct cli *cli, struct agency_edit *edit, size_t *added);
/* Puts one agency of a file over the one of the directory; keys and certificates stay when the file has none. Takes what is in `from`. */
enum lt_err agency_edit_merge(struct agency_edit *edit, struct lt_agency *from);
/* Adds a CA, whose DER lives as long as the edit; said when it may not be. cmd_ca.c. */
int agency_edit_add_ca(struct agency_edit *edit, struct lt_bytes der);
/* --effective: a day at +07:00 or a time. */
int agency_edit_effective(const char *text, int64_t *out);
void agency_edit_end(struct agency_edit *edit);

/* A new agency as the command line says: --name and the like, its certificates and keys. */
int agency_edit_describe(const struct cli *cli, const char *agency_code, struct lt_agency *agency);
/* --cert and --curve-key of the command line; *at is what was used last. */
enum lt_err agency_edit_add_files(const struct cli *cli, struct lt_agency *agency, const char **at);
/* Keys and an adapter for an agency without certificates in a sandbox, and its place in sandbox.json once `code`, the
 * directory's, is EX_OK. */
int agency_edit_make_adapter(const struct cli *cli, struct agency_edit *edit, struct lt_agency *agency);
int agency_edit_finish_adapter(struct agency_edit *edit, const struct lt_agency *agency, int code);

#endif
