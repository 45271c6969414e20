/* api_applicant.c: GET /v1/dossiers/{code}/answer: what the broker answers the applicant, signed, for the desk and for a portal. The text is
 * given as it was signed: who checks it needs these bytes. */
#include "http/exchange.h"

#include <jansson.h>
#include <string.h>

#include "base/base64.h"
#include "mail/speaker.h"

static json_t *base64(struct lt_bytes bytes)
{
	struct lt_buf text = { 0 };
	json_t *out = NULL;
	if (!base64_encode(bytes, 0, &text))
		out = json_stringn((const char *)text.data, text.len);
	lt_buf_fini(&text);
	return out;
}

/* It is about what was asked, or the broker is not to be believed. */
static void show(struct exchange *exchange, const struct lt_applicant_answer *applicant)
{
	const char *text = (const char *)applicant->text.data;
	json_t *answer = json_loadb(text, applicant->text.len, JSON_REJECT_DUPLICATES, NULL);
	const char *code = json_string_value(json_object_get(answer, "dossier"));
	if (!code || strcmp(code, exchange->segments[0]) != 0) {
		exchange_problem(exchange, LT_BROKER_DOUBTFUL, "it answers about another dossier");
		json_decref(answer);
		return;
	}
	exchange_json(exchange, 200,
		      json_pack("{s:o, s:o, s:o, s:o}", "answer", answer, "text",
				json_stringn(text, applicant->text.len), "signature", base64(applicant->signature),
				"certificate", base64(applicant->certificate)));
}

static void on_answer(void *ctx, const struct lt_refusal *why, const struct lt_applicant_answer *applicant)
{
	struct exchange *exchange = ctx;
	if (why->reason)
		exchange_refuse(exchange, why, NULL);
	else
		show(exchange, applicant);
	exchange_resume(exchange);
}

void api_applicant_get(struct exchange *exchange)
{
	const struct speaker_agency *agency = exchange_agency(exchange);
	if (!agency)
		return;
	if (!lt_dossier_code_valid(exchange->segments[0])) {
		exchange_problem(exchange, LT_DOSSIER_CODE_INVALID, "not of the form agency-date-number");
		return;
	}
	exchange_suspend(exchange);
	enum lt_err err =
		adapter_applicant(exchange->adapter, agency->code, exchange->segments[0], on_answer, exchange);
	if (!err)
		return;
	exchange_problem(exchange, LT_ADAPTER_OFFLINE, "the broker cannot be asked: %s", lt_err_text(err));
	exchange_resume(exchange);
}
