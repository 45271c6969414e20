/* problem.c: reasons as HTTP errors. */
#include "problem.h"

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

json_t *problem_new(const struct lt_refusal *refusal, const char *pointer)
{
	const char *code = lt_reason_name(refusal->reason);
	json_t *type = json_sprintf("urn:lienthong:reason:%s", code);
	json_t *out = json_pack("{s:o, s:s, s:i, s:s, s:s, s:b}", "type", type, "title",
				lt_reason_text(refusal->reason), "status", (int)problem_status(refusal->reason), "code",
				code, "detail", refusal->detail, "retry", lt_reason_retry(refusal->reason));
	if (out && pointer && *pointer)
		json_object_set_new(out, "pointer", json_string(pointer));
	return out;
}
