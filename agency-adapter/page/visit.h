/* visit.h: one request of a person at the page. Between the files of page/ alone; HTTP thread. */
#ifndef PAGE_VISIT_H
#define PAGE_VISIT_H

#include "filled.h"
#include "markup.h"
#include "multipart.h"
#include "page.h"
#include "page_session.h"

#include "http/upload/uploads.h"

#define VISIT_BODY_MAX       \
	(LT_LARGE_PART_MAX + \
	 FILLED_BYTES_MAX) /* bytes of a form with files: the largest part, and what is written beside it */
#define VISIT_SMALL_MAX \
	(64u * 1024u) /* bytes of a form without files: a reason of 1,000 characters, each in nine bytes */
#define VISIT_KEY 33u /* Idempotency-Key of a form, with the end */

enum visit_flag { VISIT_OPEN = 1, VISIT_STREAMS = 2 };
struct page_visit;
struct visit_route {
	const char *method, *pattern;
	exchange_handler *handler; /* the API's, or one of the page's own, which may go on to the API's */
	const char *query;         /* members that it knows; those of the API's call go to it as they are */
	void (*show)(struct page_visit *visit, struct markup *html); /* the answer; NULL: it is given as it is */
	exchange_handler
		*again; /* POST: the call whose answer is shown with what was refused; NULL: the refusal alone */
	bool (*more)(struct page_visit *visit); /* POST: true when it has set a further call; NULL: there is none */
	unsigned flags;
};
struct page_visit {
	struct office_page *page;
	struct exchange *exchange;
	const struct visit_route *route; /* NULL: there is no such page */
	char cookie[SESSION_TEXT], form_token[SESSION_TEXT];
	enum lt_language language;
	char own[LT_AGENCY_MAX]; /* the office on whose behalf it is; "": none */
	bool own_said;           /* it stands in the address, so it stands in what the page links to */
	char title[128];

	struct filled form;
	struct multipart multipart;
	bool has_files, in_file, refused_early;
	uint64_t body_taken;
	struct upload_patch *upload;
	struct lt_refusal refusal; /* of the body, while it came */
	json_t *parts;             /* files that are here: [{"name", "media_type", "sha256"}] */

	json_t *answer;  /* of the call that is shown */
	json_t *problem; /* what the act was refused with */
	unsigned problem_status;
	bool has_code; /* OPEN: its number was given out */
	struct directory_page *directory;
};
static inline struct page_visit *page_visit_of(const struct exchange *exchange)
{
	return exchange->face_work;
}

/* visit_body.c: the form, small or with files. False: visit->refusal says why, or it is none of this session. */
void page_visit_take(struct exchange *exchange, const char *data, size_t *size);
bool page_visit_read_form(struct page_visit *visit);
void page_visit_new_key(char out[VISIT_KEY]);

/* visit_json.c: members of answers, and what pages write in one way everywhere. */
const char *text_at(const json_t *object, const char *key); /* "" when it is no text */
long long number_at(const json_t *object, const char *key);
bool true_at(const json_t *object, const char *key);
const char *agency_name(const struct page_visit *visit, const char *code); /* "" when it is not listed */
void put_agency(struct page_visit *visit, struct markup *html, const char *code);
void put_time(struct markup *html, const char *rfc3339); /* "" or NULL: nothing */
void put_kind(struct markup *html, const char *kind);
void put_name(struct markup *html, const char *name); /* a state of the API's, as a badge */
void put_query(struct page_visit *visit, struct markup *html,
	       const char *before); /* "?agency=H37.24", where it has to go on */
bool is_late(const struct page_visit *visit, const char *until);
/* Begins a form of this session that posts there; its fields and its end are the caller's. */
void put_form(struct page_visit *visit, struct markup *html, const char *action, bool files);
void put_minutes(struct markup *html, long long minutes); /* of work: "16 h", "2 h 5 min" */
void put_size(struct markup *html, long long bytes);
void put_text(struct markup *html, enum page_word name,
	      const char *text); /* a line of a list of facts; "" writes none */

/* visit_list.c: a list of the API's, with the states that narrow it and a link to what comes behind. */
#define LIST_HEADS 5u
struct list_filter {
	const char *state; /* "": all */
	enum page_word name;
};
void put_filters(struct page_visit *visit, struct markup *html, const char *base, const struct list_filter *filters,
		 size_t count);
void put_list(struct page_visit *visit, struct markup *html, const char *base, const enum page_word heads[LIST_HEADS],
	      const json_t *rows, void (*put_row)(struct page_visit *, struct markup *, const json_t *));

/* layout.c: what stands around each page. */
void page_layout_begin(struct page_visit *visit, struct markup *html);
void page_layout_end(struct page_visit *visit, struct markup *html);
void page_layout_problem(struct page_visit *visit, struct markup *html, const json_t *problem);

/* act_*.c: what is posted. */
exchange_handler act_login, act_logout, act_accept, act_refuse, act_again, act_send, act_open, go_dossier;
bool open_more(struct page_visit *visit);
/* Answers with 303 to an address of the page. */
void page_visit_go(struct page_visit *visit, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* show_*.c: a page each. */
void show_login(struct page_visit *visit, struct markup *html);
void show_todo(struct page_visit *visit, struct markup *html);
void show_inbox(struct page_visit *visit, struct markup *html);
void show_item(struct page_visit *visit, struct markup *html);
void show_sent(struct page_visit *visit, struct markup *html);
void show_envelope(struct page_visit *visit, struct markup *html);
void show_dossiers(struct page_visit *visit, struct markup *html);
void show_dossier(struct page_visit *visit, struct markup *html);
void show_act(struct page_visit *visit, struct markup *html);
void show_procedures(struct page_visit *visit, struct markup *html);
void show_open(struct page_visit *visit, struct markup *html);
/* act_fields.c: the fields of an act, by what the list of kinds says that it has; kept: files that are here. */
void put_fields(struct page_visit *visit, struct markup *html, const char *kind);
void put_parts(struct page_visit *visit, struct markup *html, const char *base, const char *id,
	       const json_t *parts); /* to be saved */
void put_rejection(struct markup *html, const json_t *rejection);
void put_files(struct page_visit *visit, struct markup *html);
void put_key(struct page_visit *visit, struct markup *html);
/* act_body.c: the body of POST /v1/envelopes that the fields say. */
json_t *act_body(struct page_visit *visit, const char *kind, const char *dossier);
/* suggest.c: to whom an act of this kind goes as things stand, and what it answers; a person sees it and may say otherwise. */
struct suggestion {
	json_t *to;          /* [{"agency", "leg"}]: those to choose from */
	bool all;            /* each of them is meant; else one is to be chosen */
	const char *answers; /* id; "": nothing */
};
void suggest(struct page_visit *visit, const char *kind, const json_t *branch, struct suggestion *out);

#endif
