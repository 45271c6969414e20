/* form_parts.h: parts that the data of several forms have (conf/schema/form.schema.json). New references, never NULL. */
#ifndef PAPER_FORM_PARTS_H
#define PAPER_FORM_PARTS_H

#include <jansson.h>
#include <lienthong/directory.h>
#include <lienthong/envelope.h>

#include "form_facts.h"
#include "record/definitions.h"

json_t *form_time_json(int64_t time);                                             /* null for 0 */
json_t *form_agency_json(const struct lt_directory *directory, const char *code); /* code, name, name_en */
/* And the parent's name, and how its one-stop is called. */
json_t *form_heading_json(const struct lt_directory *directory, const char *code);
json_t *form_procedure_json(const char *code, uint32_t version, const struct lt_procedure *procedure);
/* Code, matter, times, origin and lead; takes `procedure`. open: the header of its OPEN; body: the applicant's form, may be NULL. */
json_t *form_dossier_json(const struct form_facts *facts, const struct lt_directory *directory,
			  const struct lt_dossier_view *view, const struct lt_header *open, const json_t *body,
			  json_t *procedure);
/* "42/TNHS": of the register, where the applicant's form brings it (01), else of the act's record. */
void form_number_put(const struct form_facts *facts, const char *form, const struct lt_dossier_view *view,
		     uint64_t sequence, const json_t *body, json_t *out);
/* A limit in its own words: vi, en. */
json_t *form_limit_json(uint32_t unit, uint32_t quarters);
void form_set_time(json_t *object, const char *key, int64_t time);     /* nothing for 0 */
void form_set_text(json_t *object, const char *key, const char *text); /* nothing for NULL or "" */
/* Who acted within the agency: unit, officer id, title; nothing when it is not said. */
void form_set_actor(json_t *object, const char *key, const struct lt_actor *actor);

#endif
