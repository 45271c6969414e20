/* form_document.h: the data of a form as JSON (conf/schema/form.schema.json), from what the broker told. */
#ifndef CLI_FORM_DOCUMENT_H
#define CLI_FORM_DOCUMENT_H

#include "paper/form_facts.h"
#include "paper/form_parts.h"
#include "form_history.h"

struct form_job {
	const char *form; /* "01" to "07" */
	const char *lang;
	uint64_t record; /* the act that 02 to 05 are about; 0: the newest */
	const struct form_facts *facts;
};

/* Forms 01 to 06 of one dossier. EX_NOINPUT when the dossier has no act that such a form is about. An exit code, said. With
 * job->record the history ends with that act. */
int form_document(const struct form_job *job, struct form_history *history, json_t **out);
/* The hand-offs of form 06 and the array's rows as its schema says (form_handoffs.c). Never NULL. */
json_t *form_handoffs(const struct form_job *job, const struct form_history *history, const char *applicant);
/* Form 07: dossiers that `agency` opened from `from` to before `to` (form_period.c). */
int form_period(const struct form_job *job, struct control_client *control, const struct lt_directory *directory,
		const struct lt_agency *agency, int64_t from, int64_t to, json_t **out);

/* The head of a form's data. A new reference, never NULL. */
json_t *form_head_json(const struct form_job *job, int64_t time);
/* "CN=..., O=..." of a certificate by its fingerprint; "" when the directory in force has it not. */
const char *form_signer(const struct lt_directory *directory, struct lt_bytes certificate, char out[512]);

/* Makes the PDF by the helper program and writes it to a file. An exit code, said. */
int form_print(const json_t *document, const char *path);

#endif
