/* form_facts.h: facts that only the applicant's own form has (name, address, papers), found by conf/forms.json. */
#ifndef CLI_FORM_FACTS_H
#define CLI_FORM_FACTS_H

#include "wire/link.h"
#include "program/json.h"

struct form_facts {
	struct json_reader file; /* conf/forms.json, checked; file.error says what is wrong */
};
/* LT_EIO, LT_EPARSE, LT_EINVAL with file.error. form_facts_fini in any case. */
enum lt_err form_facts_load(const char *path, struct form_facts *out);
void form_facts_fini(struct form_facts *facts);
const json_t *form_facts_body_names(const struct form_facts *facts);
/* The letters behind the number of a form, as "TNHS"; "" for none. */
const char *form_facts_suffix(const struct form_facts *facts, const char *form);
/* The first of the fact's places that holds a text or a number: JSON Pointers into `body` (may be NULL), or "field:NAME"
 * for a field of the dossier. New reference; NULL when there is none. */
json_t *form_facts_find(const struct form_facts *facts, const char *fact, const json_t *body,
			const struct lt_field *fields, size_t field_count);
/* Puts "applicant", "papers", "sets", "return_place", "book" into `out`; the header's parts are the papers when the body
 * lists none. */
void form_facts_put(const struct form_facts *facts, const json_t *body, const struct lt_dossier_view *view,
		    const struct lt_header *open, json_t *out);

#endif
