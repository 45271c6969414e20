/* form_document.h: the data of a form as JSON (conf/schema/form.schema.json), from what the broker told. */
#ifndef CLI_FORM_DOCUMENT_H
#define CLI_FORM_DOCUMENT_H

#include "form_facts.h"
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

/* Parts that several forms have. New references, never NULL. */
json_t *form_agency_json(const struct lt_directory *directory, const char *code);  /* code, name, name_en */
json_t *form_heading_json(const struct lt_directory *directory, const char *code); /* and the parent's name */
json_t *form_procedure_json(const char *code, uint32_t version, const struct lt_procedure *procedure);
/* A limit in its own words: vi, en. */
json_t *form_limit_json(uint32_t unit, uint32_t quarters);
json_t *form_head_json(const struct form_job *job, int64_t time);
void form_set_time(json_t *object, const char *key, int64_t time);     /* nothing for 0 */
void form_set_text(json_t *object, const char *key, const char *text); /* nothing for NULL or "" */
/* Who acted within the agency: unit, officer id, title; nothing when it is not said. */
void form_set_actor(json_t *object, const char *key, const struct lt_actor *actor);
/* "CN=..., O=..." of a certificate by its fingerprint; "" when the directory in force has it not. */
const char *form_signer(const struct lt_directory *directory, struct lt_bytes certificate, char out[512]);

/* Makes the PDF by the helper program and writes it to a file. An exit code, said. */
int form_print(const json_t *document, const char *path);

#endif
