/* set_broker.c: the definitions that are in force at a broker. Each question's answer is let go before the next. */
#include "definition_set.h"

#include <lienthong/directory.h>
#include <stdlib.h>
#include <string.h>

#include "law/file_procedure.h"

static int keep(struct definition_set *set, enum lt_err err, struct definition *item)
{
	if (!err)
		err = definition_set_add(set, item);
	return err ? say_fail_err(err, "read the broker's definitions") : EX_OK;
}

static int ask_directory(struct control_client *control, struct definition_set *out)
{
	struct lt_directory *directory = NULL;
	struct definition item;
	int code = control_directory(control, &directory);
	for (size_t i = 0; code == EX_OK && i < lt_directory_ca_count(directory); i++)
		code = keep(out, definition_read_der(SET_CA, lt_directory_ca(directory, i), &item), &item);
	for (size_t i = 0; code == EX_OK && i < lt_directory_ended_ca_count(directory); i++) {
		enum lt_err err = definition_read_der(SET_CA, lt_directory_ended_ca(directory, i).der, &item);
		item.over = true;
		code = keep(out, err, &item);
	}
	for (size_t i = 0; code == EX_OK && i < lt_directory_count(directory); i++) {
		const struct lt_agency *agency = lt_directory_at(directory, i);
		if (agency->level == LT_LEVEL_BROKER)
			continue;
		item = (struct definition){ .kind = SET_AGENCY, .json = agency_to_json(agency) };
		snprintf(item.name, sizeof(item.name), "%s", agency->code);
		code = keep(out, LT_OK, &item);
	}
	lt_directory_free(directory);
	control_forget(control);
	return code;
}

static int ask_type(struct control_client *control, enum lt_definition type, struct definition_set *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_DEFINITIONS, .definition = type };
	struct lt_control_answer answer = { 0 };
	int code;
	do {
		code = control_call(control, &request, &answer);
		for (size_t i = 0; code == EX_OK && i < answer.definitions.count; i++) {
			struct lt_bytes one = answer.definitions.list[i];
			struct definition item = { 0 };
			enum lt_err err = type == LT_DEFINE_CRL        ? definition_read_der(SET_CRL, one, &item)
					  : type == LT_DEFINE_CALENDAR ? definition_read_calendar(one, &item)
								       : definition_read_office(one, &item);
			code = keep(out, err, &item);
		}
		request.after = answer.definitions.next;
		control_forget(control);
	} while (code == EX_OK && request.after > 0);
	return code;
}

/* The codes, each once: the versions of one stand together. A list of texts. */
static int ask_codes(struct control_client *control, json_t *codes)
{
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = "" };
	struct lt_control_answer answer;
	struct lt_arena *arena = NULL;
	struct lt_refusal refusal = { 0 };
	const char *last = "";
	int code = lt_arena_new(LT_CONTROL_MESSAGE_MAX, &arena) ? say_fail_err(LT_ENOMEM, "ask the broker")
								: control_call(control, &request, &answer);
	for (size_t i = 0; code == EX_OK && i < answer.procedures.count; i++) {
		struct lt_procedure head;
		if (lt_procedure_decode(answer.procedures.list[i], arena, &head, &refusal))
			code = say_fail(EX_PROTOCOL, "the broker's answer does not hold: %s", refusal.detail);
		else if (strcmp(head.code, last) != 0)
			json_array_append_new(codes, json_string(last = head.code));
	}
	lt_arena_free(arena);
	control_forget(control);
	return code;
}

static int ask_versions(struct control_client *control, const char *wanted, struct definition_set *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = wanted };
	struct lt_control_answer answer;
	struct lt_arena *arena = NULL;
	struct lt_refusal refusal = { 0 };
	int code = lt_arena_new(LT_CONTROL_MESSAGE_MAX, &arena) ? say_fail_err(LT_ENOMEM, "ask the broker")
								: control_call(control, &request, &answer);
	for (size_t i = 0; code == EX_OK && i < answer.procedures.count; i++) {
		struct lt_procedure procedure;
		if (lt_procedure_decode(answer.procedures.list[i], arena, &procedure, &refusal)) {
			code = say_fail(EX_PROTOCOL, "the broker's answer does not hold: %s", refusal.detail);
			break;
		}
		struct definition item = { .kind = SET_PROCEDURE,
					   .number = procedure.version,
					   .json = procedure_to_json(&procedure) };
		snprintf(item.name, sizeof(item.name), "%s", procedure.code);
		code = keep(out, LT_OK, &item);
	}
	lt_arena_free(arena);
	control_forget(control);
	return code;
}

int definition_set_ask(struct control_client *control, struct definition_set *out)
{
	json_t *codes = json_array();
	int code = ask_directory(control, out);
	if (code == EX_OK)
		code = ask_type(control, LT_DEFINE_CRL, out);
	if (code == EX_OK)
		code = ask_type(control, LT_DEFINE_CALENDAR, out);
	if (code == EX_OK)
		code = ask_type(control, LT_DEFINE_OFFICE, out);
	if (code == EX_OK)
		code = ask_codes(control, codes);
	for (size_t i = 0; code == EX_OK && i < json_array_size(codes); i++)
		code = ask_versions(control, json_string_value(json_array_get(codes, i)), out);
	for (size_t i = 0; i < SET_KINDS; i++)
		out->known[i] = true;
	json_decref(codes);
	definition_set_sort(out);
	return code;
}
