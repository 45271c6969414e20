/* suggest.c: to whom an act goes as the dossier stands, and what it answers. Only a beginning for who fills in the form: what is right the
 * broker decides, by the rules of docs/dossier.md. */
#include "visit.h"

#include <string.h>

static void add(struct suggestion *out, const char *agency, const char *leg)
{
	size_t i;
	json_t *one;
	if (!*agency)
		return;
	json_array_foreach(out->to, i, one)
	{
		if (strcmp(text_at(one, "agency"), agency) == 0 && strcmp(text_at(one, "leg"), leg) == 0)
			return;
	}
	json_array_append_new(out->to, json_pack("{s:s, s:s}", "agency", agency, "leg", leg));
}

/* The newest act of this kind, by another office or any. */
static const json_t *newest(const json_t *dossier, const char *kind, const char *not_by)
{
	const json_t *hops = json_object_get(dossier, "hops");
	for (size_t i = json_array_size(hops); i-- > 0;) {
		const json_t *hop = json_array_get(hops, i);
		if (strcmp(text_at(hop, "kind"), kind) == 0 && strcmp(text_at(hop, "sender"), not_by) != 0)
			return hop;
	}
	return NULL;
}

static void answer_to(struct suggestion *out, const json_t *asked, const char *by)
{
	if (!asked)
		return;
	out->answers = text_at(asked, "id");
	add(out, text_at(asked, by), "");
}

static const json_t *consult_for(const json_t *dossier, const char *own)
{
	size_t i, k;
	json_t *consult, *answer;
	json_array_foreach(json_object_get(dossier, "consults"), i, consult)
	{
		json_array_foreach(json_object_get(consult, "answers"), k, answer)
		{
			if (strcmp(text_at(answer, "agency"), own) == 0 && !*text_at(answer, "answered_at"))
				return consult;
		}
	}
	return NULL;
}

/* What follows on the route, each with its leg. */
static void next_legs(struct suggestion *out, const json_t *branch)
{
	size_t i;
	json_t *next;
	json_array_foreach(json_object_get(branch, "next"), i, next)
	{
		add(out, text_at(next, "agency"), text_at(next, "leg"));
	}
}

/* The office that this one has the branch from. */
static void giver(struct suggestion *out, const json_t *dossier, const char *own)
{
	static const char *const offers[] = { "FORWARD", "RETURN", "RESULT", "TRANSFER", "OPEN" };
	const json_t *found = NULL;
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		const json_t *hop = newest(dossier, offers[i], own);
		if (hop && (!found || number_at(hop, "sequence") > number_at(found, "sequence")))
			found = hop;
	}
	add(out, found ? text_at(found, "sender") : "", "");
}

void suggest(struct page_visit *visit, const char *kind, const json_t *branch, struct suggestion *out)
{
	const json_t *dossier = visit->answer;
	const char *origin = text_at(dossier, "origin"), *lead = text_at(dossier, "lead");
	*out = (struct suggestion){ .to = json_array(), .answers = "", .all = true };
	if (strcmp(kind, "FORWARD") == 0 || strcmp(kind, "RESULT") == 0) {
		next_legs(out, branch);
		out->all = json_array_size(out->to) == 1;
	} else if (strcmp(kind, "RETURN") == 0) {
		giver(out, dossier, visit->own);
	} else if (strcmp(kind, "OPINION") == 0) {
		answer_to(out, consult_for(dossier, visit->own), "asked_by");
	} else if (strcmp(kind, "SUPPLEMENT") == 0) {
		answer_to(out, newest(dossier, "REQUEST_SUPPLEMENT", ""), "sender");
	} else if (strcmp(kind, "FEE_PAID") == 0) {
		answer_to(out, newest(dossier, "REQUEST_FEE", ""), "sender");
	} else if (strcmp(kind, "RECALL_ANSWER") == 0) {
		answer_to(out, newest(dossier, "RECALL", visit->own), "sender");
	} else if (strcmp(kind, "RECALL") == 0) {
		out->answers = text_at(branch, "offer_id");
		add(out, text_at(branch, "offered_to"), "");
	} else if (strcmp(kind, "RECEIVE") == 0 || strcmp(kind, "REJECT") == 0) {
		add(out, text_at(dossier, "registered_by"), "");
	} else if (strcmp(kind, "WITHDRAW") == 0 || strcmp(kind, "HANDED_OVER") == 0 || strcmp(kind, "STATUS") == 0) {
		add(out, *lead ? lead : text_at(branch, "holder"), "");
	} else if (strcmp(kind, "CONSULT") == 0) {
		size_t i;
		json_t *ask;
		json_array_foreach(json_object_get(json_object_get(branch, "consult"), "ask"), i, ask)
		{
			add(out, json_string_value(ask), "");
		}
		return;
	} else if (strcmp(kind, "TRANSFER") == 0) {
		return;
	}
	if (json_array_size(out->to) == 0 && strcmp(kind, "FORWARD") != 0 && strcmp(kind, "RETURN") != 0)
		add(out, *origin ? origin : visit->own, "");
}
