/* file_procedure_asks.c: whom a leg of a procedure file asks and until when: its consultation, and the papers of the applicant. */
#include "file_procedure_internal.h"

#include <string.h>

static const json_t *object_at(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);
	return json_is_object(member) ? member : NULL;
}

static enum lt_err read_consult(struct procedure_file *out, const json_t *object, const char *at,
				struct lt_route_leg *leg)
{
	static const char *const keys[] = { "ask", "limit", NULL };
	char here[JSON_POINTER_MAX];
	json_pointer(here, at, "consult");
	const json_t *consult = object_at(object, "consult");
	if (!consult)
		return json_refuse(&out->file, here, "must be an object with \"ask\" and \"limit\"");
	enum lt_err err = json_check_keys(&out->file, consult, here, keys);
	if (err == LT_OK && !json_object_get(consult, "ask"))
		err = json_refuse(&out->file, here, "\"ask\" is missing: the agencies that are asked");
	err = procedure_worse(err, procedure_read_roles(out, consult, here, "ask", &leg->consult, &leg->consult_count));
	struct procedure_limits limits = { &leg->by, &leg->by_count };
	return procedure_worse(err, procedure_read_limit_by(out, consult, here, "limit", &limits, LT_LIMIT_OF_CONSULT,
							    &leg->consult_limit));
}

static enum lt_err read_silence(struct procedure_file *out, const json_t *object, const char *at,
				struct lt_route_leg *leg)
{
	unsigned silence = LT_SILENCE_ESCALATE;
	char pointer[JSON_POINTER_MAX];
	enum lt_err err = procedure_read_word(out, object, at, "on_silence", procedure_silences, 2, &silence);
	leg->on_silence = (enum lt_on_silence)silence;
	if (err == LT_OK && silence == LT_SILENCE_DEEMED_CONSENT && leg->consult_limit.unit == LT_LIMIT_NONE)
		err = json_refuse(&out->file, json_pointer(pointer, at, "on_silence"), PROCEDURE_SILENCE_FAULT);
	return err;
}

/* Only a leg of kind consult must ask; and it alone can. */
static enum lt_err read_consultation(struct procedure_file *out, const json_t *object, const char *at,
				     struct lt_route_leg *leg)
{
	char pointer[JSON_POINTER_MAX];
	bool consults = leg->kind == LT_LEG_CONSULT;
	if (consults && !json_object_get(object, "consult"))
		return json_refuse(&out->file, at, "kind consult needs \"consult\": the agencies that are asked");
	if (!consults && json_object_get(object, "consult"))
		return json_refuse(&out->file, json_pointer(pointer, at, "consult"),
				   "only a leg of kind consult asks others");
	if (!consults && json_object_get(object, "on_silence"))
		return json_refuse(&out->file, json_pointer(pointer, at, "on_silence"),
				   "only a leg of kind consult has it");
	if (!consults)
		return LT_OK;
	enum lt_err err = read_consult(out, object, at, leg);
	if (err == LT_OK)
		err = read_silence(out, object, at, leg);
	if (!json_object_get(object, "limit") && !leg->until)
		err = json_refuse(&out->file, at, "kind consult needs \"limit\": the opinions come within it");
	return err;
}

static enum lt_err check_times(struct procedure_file *out, const char *at, struct lt_route_leg *leg)
{
	if (leg->supplements > PROCEDURE_SUPPLEMENTS_MAX)
		return json_refuse(&out->file, at, "must be 0 to 9");
	return LT_OK;
}

static enum lt_err read_on_missed(struct procedure_file *out, const json_t *object, const char *at,
				  struct lt_route_leg *leg)
{
	static const char *const keys[] = { "refuse_within", NULL };
	const json_t *missed = json_object_get(object, "on_missed");
	const char *word = json_string_value(missed);
	char here[JSON_POINTER_MAX];
	json_pointer(here, at, "on_missed");
	if (!missed || (word && strcmp(word, "stop") == 0))
		return LT_OK;
	if (!json_is_object(missed) || !json_object_get(missed, "refuse_within"))
		return json_refuse(&out->file, here,
				   "must be \"stop\", or {\"refuse_within\": LIMIT}: the holder owes a refusal then");
	enum lt_err err = json_check_keys(&out->file, missed, here, keys);
	if (err == LT_OK)
		err = procedure_read_limit(&out->file, missed, here, "refuse_within", &leg->refuse_within);
	return err;
}

/* A number says how often; an object the rest too. */
static enum lt_err read_supplements(struct procedure_file *out, const json_t *object, const char *at,
				    struct lt_route_leg *leg)
{
	static const char *const keys[] = { "times", "ask_within", "limit", "on_missed", NULL };
	char here[JSON_POINTER_MAX], pointer[JSON_POINTER_MAX];
	const json_t *supplements = object_at(object, "supplements");
	json_pointer(here, at, "supplements");
	if (!supplements) {
		enum lt_err err = json_read_u32(&out->file, object, at, "supplements", false, &leg->supplements);
		return err == LT_OK ? check_times(out, here, leg) : err;
	}
	enum lt_err err = json_check_keys(&out->file, supplements, here, keys);
	if (err == LT_OK)
		err = json_read_u32(&out->file, supplements, here, "times", true, &leg->supplements);
	if (err == LT_OK)
		err = check_times(out, json_pointer(pointer, here, "times"), leg);
	err = procedure_worse(err, procedure_read_limit(&out->file, supplements, here, "ask_within", &leg->ask_within));
	if (!procedure_limit_works(&leg->ask_within))
		err = json_refuse(&out->file, json_pointer(pointer, here, "ask_within"), PROCEDURE_WORKING_FAULT);
	struct procedure_limits limits = { &leg->by, &leg->by_count };
	err = procedure_worse(err, procedure_read_limit_by(out, supplements, here, "limit", &limits,
							   LT_LIMIT_OF_SUPPLEMENT, &leg->supplement_limit));
	return procedure_worse(err, read_on_missed(out, supplements, here, leg));
}

enum lt_err procedure_read_asks(struct procedure_file *out, const json_t *object, const char *at,
				struct lt_route_leg *leg)
{
	enum lt_err err = read_consultation(out, object, at, leg);
	return procedure_worse(err, read_supplements(out, object, at, leg));
}
