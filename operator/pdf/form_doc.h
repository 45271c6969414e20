/* form_doc.h: the data of one form while it is laid out. Texts come out cleaned and live until the document is freed. */
#ifndef FORMS_FORM_DOC_H
#define FORMS_FORM_DOC_H

#include "form_make.h"
#include "form_page.h"

#include <jansson.h>

#define FORM_ROWS_MAX 10000u /* of a register; hand-offs of a control sheet */
#define FORM_LISTING 8u      /* "list": a table of any columns, no form of the circular */
#define FORM_LIST_MAX 64u    /* papers of a dossier, things to complete */

enum form_lang { FORM_VI, FORM_EN, FORM_BOTH };
struct form_doc {
	json_t *root;
	unsigned form; /* 1..7, FORM_LISTING */
	enum form_lang lang;
	int64_t time; /* of the newest record that the form was made from: its date */
	struct form_page page;
	GPtrArray *texts;
};

/* Reads and checks the head of the data. LT_EPARSE, LT_EINVAL with error. form_doc_fini in any case. */
enum lt_err form_doc_init(struct lt_bytes json, struct form_doc *out, char error[FORM_ERROR_MAX]);
void form_doc_fini(struct form_doc *doc);

/* A member as cleaned text; "" when it is absent or no text. `object` may be NULL. */
const char *form_get(struct form_doc *doc, const json_t *object, const char *key);
json_int_t form_get_number(const json_t *object, const char *key); /* 0 when absent */
/* An agency, procedure or person: "name" in the document's language, "name (code)" with its code. */
const char *form_get_name(struct form_doc *doc, const json_t *object, bool code);
/* printf into the document. */
const char *form_say(struct form_doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A label: Vietnamese, English, or "Vietnamese / English". */
const char *form_label(struct form_doc *doc, const char *vi, const char *en);
/* A time member: "16 giờ 05 phút, ngày 24 tháng 11 năm 2026"; "" when absent. */
const char *form_get_time(struct form_doc *doc, const json_t *object, const char *key);
/* "16:05 24/11/2026", for tables. */
const char *form_get_short_time(struct form_doc *doc, const json_t *object, const char *key);
/* Working minutes: "2,5 ngày làm việc", "3 giờ 15 phút". */
const char *form_minutes(struct form_doc *doc, json_int_t minutes);
/* `limit` of an object in its own words; without one the minutes under `minutes`. */
const char *form_limit(struct form_doc *doc, const json_t *object, const char *minutes);
/* "Trước hạn"; "" for 0. Numbers of ClockView.verdict. */
const char *form_verdict(struct form_doc *doc, json_int_t verdict);

/* The bodies: a file each. */
/* Agency, nation, number, title, QR of code. */
void form_head(struct form_doc *doc, const char *vi, const char *en, const char *code);
/* "title, unit, officer", as far as it is said. */
const char *form_actor(struct form_doc *doc, const json_t *actor);
#define FORM_SIGN_ROOM 120.0 /* points: a signature and its facts stay together */
void form_signatures(struct form_doc *doc, const char *left, const char *right, const json_t *act);
void form_letter(struct form_doc *doc);   /* 01 to 05 */
void form_sheet(struct form_doc *doc);    /* 06 */
void form_register(struct form_doc *doc); /* 07 */
void form_listing(struct form_doc *doc);  /* a report */

#endif
