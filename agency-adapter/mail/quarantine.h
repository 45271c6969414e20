/* quarantine.h: what is wrong whoever looks. It is kept as evidence, told to the broker with RECEIVED as an exception, and has no
 * legal effect: nothing is signed, custody stays where it is, later items of its dossier wait, and a person decides. Store thread for
 * what writes. */
#ifndef ADAPTER_QUARANTINE_H
#define ADAPTER_QUARANTINE_H

#include "inbox.h"

#define QUARANTINE_LIST_MAX 64u /* exceptions in one RECEIVED */

/* Notes the exception. blocks: later items of the dossier that its header names wait for it to be sent anew. header: NULL when it
 * cannot be read. */
enum lt_err quarantine_add(struct vault_tx *tx, const struct inbox_delivery *delivery, const struct lt_header *header,
			   bool blocks);
/* An exception that the broker has not said back yet. */
struct quarantine_exception {
	uint64_t number;
	enum lt_reason reason;
	uint8_t sha256[32]; /* of the SHA-256 of header, signature and each part, as they came */
};
/* Those of an agency with numbers above `after`, rising; *count at most QUARANTINE_LIST_MAX. */
enum lt_err quarantine_untold(struct vault_tx *tx, const char *agency, uint64_t after,
			      struct quarantine_exception out[QUARANTINE_LIST_MAX], size_t *count);
/* The broker has it in its journal. */
enum lt_err quarantine_told(struct vault_tx *tx, const char *agency, uint64_t number);

#endif
