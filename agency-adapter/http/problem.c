/* problem.c: reasons as HTTP errors. */
#include "problem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reason_status {
	enum lt_reason reason;
	unsigned status;
};
/* What is not listed is a request that was understood and cannot be done: 422. */
static const struct reason_status statuses[] = {
	{ LT_BODY_MALFORMED, 400 },
	{ LT_IDEMPOTENCY_KEY_REQUIRED, 400 },
	{ LT_UNAUTHORIZED, 401 },
	{ LT_NOT_FOUND, 404 },
	{ LT_METHOD_NOT_ALLOWED, 405 },
	{ LT_ANSWERED_OTHERWISE, 409 },
	{ LT_NOT_AN_OFFER, 409 },
	{ LT_OFFER_GONE, 409 },
	{ LT_CURSOR_UNKNOWN, 410 },
	{ LT_QUARANTINED, 409 },
	{ LT_PART_TOO_LARGE, 413 },
	{ LT_FRAME_TOO_LARGE, 413 },
	{ LT_INTERNAL_ERROR, 500 },
	{ LT_ADAPTER_OFFLINE, 503 },
	{ LT_OVERLOADED, 503 },
	{ LT_NOT_YET, 503 },
	{ LT_BROKER_DOUBTFUL, 502 },
	{ LT_ADAPTER_FULL, 507 },
	{ LT_ENCODING_NOT_SUPPORTED, 415 },
	{ LT_CLOCK_WRONG, 503 },
	{ LT_DOSSIER_UNKNOWN, 404 },
};

unsigned problem_status(enum lt_reason reason)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].reason == reason)
			return statuses[i].status;
	}
	return 422;
}

/* The weight that a list of ranges gives to a language; -1: none. */
static double weight_of(const char *accept, const char *language)
{
	double found = -1;
	while (*accept) {
		accept += strspn(accept, " \t,");
		size_t len = strcspn(accept, ",");
		const char *parameter = memchr(accept, ';', len);
		bool fits = strncasecmp(accept, language, 2) == 0 && strchr("-;, \t", accept[2]) != NULL;
		if (len >= 2 && fits) {
			const char *q = parameter ? strstr(parameter, "q=") : NULL;
			double weight = q && q < accept + len ? strtod(q + 2, NULL) : 1;
			found = weight > found ? weight : found;
		}
		accept += len;
	}
	return found;
}

enum lt_language problem_language(const char *accept)
{
	if (!accept)
		return LT_ENGLISH;
	double vietnamese = weight_of(accept, "vi"), english = weight_of(accept, "en");
	return vietnamese > 0 && vietnamese > english ? LT_VIETNAMESE : LT_ENGLISH;
}

void problem_add_both(json_t *json, const struct lt_refusal *refusal)
{
	char text[LT_SENTENCE_TEXT];
	json_object_set_new(json, "detail_en", json_string(refusal->detail));
	json_object_set_new(json, "detail_vi", json_string(lt_refusal_say(refusal, LT_VIETNAMESE, text, sizeof(text))));
}

json_t *problem_new(const struct lt_refusal *refusal, const char *pointer, enum lt_language language)
{
	char detail[LT_SENTENCE_TEXT];
	const char *title =
		language == LT_VIETNAMESE ? lt_reason_vietnamese(refusal->reason) : lt_reason_text(refusal->reason);
	lt_refusal_say(refusal, language, detail, sizeof(detail));
	const char *code = lt_reason_name(refusal->reason);
	json_t *type = json_sprintf("urn:lienthong:reason:%s", code);
	json_t *out = json_pack("{s:o, s:s, s:i, s:s, s:s, s:b}", "type", type, "title", title, "status",
				(int)problem_status(refusal->reason), "code", code, "detail", detail, "retry",
				lt_reason_retry(refusal->reason));
	if (out)
		problem_add_both(out, refusal);
	if (out && pointer && *pointer)
		json_object_set_new(out, "pointer", json_string(pointer));
	return out;
}
