/* problem.c: reasons as HTTP errors. */
#include "problem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reason_status {
	enum lt_reason reason;
	unsigned status, again; /* again: seconds, for Retry-After; 0: none */
};
/* What is not listed is a request that was understood and cannot be done: 422. */
static const struct reason_status statuses[] = {
	{ LT_BODY_MALFORMED, 400, 0 },
	{ LT_IDEMPOTENCY_KEY_REQUIRED, 400, 0 },
	{ LT_UNAUTHORIZED, 401, 0 },
	{ LT_NOT_FOUND, 404, 0 },
	{ LT_METHOD_NOT_ALLOWED, 405, 0 },
	{ LT_ANSWERED_OTHERWISE, 409, 0 },
	{ LT_NOT_AN_OFFER, 409, 0 },
	{ LT_OFFER_GONE, 409, 0 },
	{ LT_CURSOR_UNKNOWN, 410, 0 },
	{ LT_QUARANTINED, 409, 0 },
	{ LT_PART_TOO_LARGE, 413, 0 },
	{ LT_FRAME_TOO_LARGE, 413, 0 },
	{ LT_INTERNAL_ERROR, 500, 0 },
	{ LT_ADAPTER_OFFLINE, 503, 5 },
	{ LT_OVERLOADED, 503, 1 },
	{ LT_NOT_YET, 503, 5 },
	{ LT_BROKER_DOUBTFUL, 502, 0 },
	{ LT_ADAPTER_FULL, 507, 60 },
	{ LT_ENCODING_NOT_SUPPORTED, 415, 0 },
	{ LT_CLOCK_WRONG, 503, 60 },
	{ LT_DOSSIER_UNKNOWN, 404, 0 },
	{ LT_QUERY_INVALID, 400, 0 },
	{ LT_REQUEST_MALFORMED, 400, 0 },
	{ LT_TOKEN_NOT_ALLOWED, 403, 0 },
	{ LT_REQUEST_SLOW, 408, 1 },
	{ LT_BODY_TOO_LARGE, 413, 0 },
	{ LT_RANGE_INVALID, 416, 0 },
	{ LT_REQUEST_HEAD_TOO_LARGE, 431, 0 },
	{ LT_UPLOAD_OFFSET_WRONG, 409, 0 },
	{ LT_UPLOAD_BUSY, 423, 1 },
	{ LT_CHECKSUM_WRONG, 460, 0 },
	{ LT_TUS_VERSION, 412, 0 },
	{ LT_MEDIA_TYPE_WRONG, 415, 0 },
};

unsigned problem_status(enum lt_reason reason)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].reason == reason)
			return statuses[i].status;
	}
	return 422;
}

unsigned problem_retry_after(enum lt_reason reason)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].reason == reason)
			return statuses[i].again;
	}
	return 0;
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

void problem_add_error(json_t *problem, const struct lt_refusal *refusal, const char *pointer,
		       enum lt_language language)
{
	char text[LT_SENTENCE_TEXT];
	json_t *error = json_pack("{s:s, s:s, s:s}", "pointer", pointer, "code", lt_reason_name(refusal->reason),
				  "detail", lt_refusal_say(refusal, language, text, sizeof(text)));
	json_t *errors = json_object_get(problem, "errors");
	if (!errors && problem) {
		errors = json_array();
		json_object_set_new(problem, "errors", errors);
	}
	problem_add_both(error, refusal);
	json_array_append_new(errors, error);
}

/* A complaint about JSON says what is wrong and not where: the place is put before it, for who reads the sentence alone. */
static json_t *said(const struct lt_refusal *refusal, const char *pointer, enum lt_language language)
{
	char text[LT_SENTENCE_TEXT];
	lt_refusal_say(refusal, language, text, sizeof(text));
	if (refusal->reason != LT_BODY_MALFORMED || !pointer || !*pointer)
		return json_string(text);
	return json_sprintf("%s: %s", pointer, text);
}

json_t *problem_new(const struct lt_refusal *refusal, const char *pointer, enum lt_language language)
{
	const char *title =
		language == LT_VIETNAMESE ? lt_reason_vietnamese(refusal->reason) : lt_reason_text(refusal->reason);
	const char *code = lt_reason_name(refusal->reason);
	json_t *type = json_sprintf("urn:lienthong:reason:%s", code);
	json_t *out = json_pack("{s:o, s:s, s:i, s:s, s:o, s:b}", "type", type, "title", title, "status",
				(int)problem_status(refusal->reason), "code", code, "detail",
				said(refusal, pointer, language), "retry", lt_reason_retry(refusal->reason));
	if (!out)
		return NULL;
	json_object_set_new(out, "detail_en", said(refusal, pointer, LT_ENGLISH));
	json_object_set_new(out, "detail_vi", said(refusal, pointer, LT_VIETNAMESE));
	if (pointer) {
		problem_add_error(out, refusal, pointer, language);
		if (*pointer)
			json_object_set_new(out, "pointer", json_string(pointer));
	}
	return out;
}
