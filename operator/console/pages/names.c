/* names.c: names of agencies, and of procedures and their legs. */
#include "names.h"

#include <stdio.h>
#include <string.h>

#include "law/role.h"

#define NAMES_MAX 256u /* of one page: what is over is shown by its code */

struct name {
	const char *code, *text;
	bool away;
};
struct known_names {
	size_t count;
	struct name list[NAMES_MAX];
};

/* An agency closes by the records' time, not by the law's: of a trial these differ. */
static void look_up(struct visit *visit, const char *code, struct name *out)
{
	struct project_reader *reader = desk_reader(desk_of(visit));
	struct project_known known = { 0 };
	*out = (struct name){ .code = visit_keep(visit, code), .text = "" };
	if (reader && project_read_known(reader, code, &known) == LT_OK) {
		int64_t now = desk_broker(desk_of(visit)).time;
		out->text = visit_keep(visit, visit->html.language == LT_ENGLISH && known.name_en[0] ? known.name_en
												     : known.name);
		out->away = known.suspended || (known.valid_to != 0 && known.valid_to <= now);
	}
	desk_give(desk_of(visit), reader);
	if (out->text && !*out->text)
		out->text = out->code;
}

/* NULL: there is none, or there are too many of them on this page. */
static const struct name *find(struct visit *visit, const char *code)
{
	if (!visit->names)
		visit->names = lt_arena_alloc(visit->arena, sizeof(struct known_names));
	struct known_names *names = visit->names;
	if (!names || !*code)
		return NULL;
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->list[i].code, code) == 0)
			return &names->list[i];
	}
	if (names->count == NAMES_MAX)
		return NULL;
	struct name *made = &names->list[names->count];
	look_up(visit, code, made);
	if (!made->code || !made->text)
		return NULL;
	names->count++;
	return made;
}

const char *names_of(struct visit *visit, const char *code)
{
	const struct name *name = find(visit, code);
	return name ? name->text : code;
}

bool names_is_away(struct visit *visit, const char *code)
{
	const struct name *name = find(visit, code);
	return name && name->away;
}

void names_put(struct visit *visit, const char *code)
{
	const char *name = names_of(visit, code);
	if (!*code)
		return;
	html_put(&visit->html, "<a href=\"/agencies/%U\">%S</a>", code, name);
	if (strcmp(name, code) != 0)
		html_put(&visit->html, " <span class=\"dim nowrap\">%s</span>", code);
}

void names_put_party(struct visit *visit, const char *who, const char *acting)
{
	names_put(visit, acting[0] ? acting : who);
	if (acting[0])
		html_put(&visit->html, " <span class=dim>(%L %S)</span>", "thay", "for", who);
}

const char *names_of_role(struct visit *visit, const char *role)
{
	bool english = visit->html.language == LT_ENGLISH;
	struct lt_role parsed;
	char text[160];
	if (lt_role_parse(role, &parsed))
		return role;
	switch (parsed.kind) {
	case LT_ROLE_AGENCY:
		return names_of(visit, parsed.name);
	case LT_ROLE_ORIGIN:
		return english ? "where it was filed" : "nơi tiếp nhận";
	case LT_ROLE_PARENT:
		return english ? "office above where it was filed" : "cấp trên của nơi tiếp nhận";
	case LT_ROLE_PROVINCE:
		return english ? "province where it was filed" : "tỉnh của nơi tiếp nhận";
	case LT_ROLE_LEAD:
		return english ? "the lead" : "nơi chủ trì";
	case LT_ROLE_FIELD:
		break;
	}
	snprintf(text, sizeof(text), english ? "as the field %.80s says" : "theo trường %.80s", parsed.name);
	const char *kept = visit_keep(visit, text);
	return kept ? kept : role;
}

void names_put_role(struct visit *visit, const char *role)
{
	struct lt_role parsed;
	if (lt_role_parse(role, &parsed) == LT_OK && parsed.kind == LT_ROLE_AGENCY)
		names_put(visit, role);
	else
		html_put(&visit->html, "%S", names_of_role(visit, role));
}

/* ---- procedures ---- */

#define PROCEDURES_MAX 24u /* of one page: a question to the broker each */

struct known_procedures {
	size_t count;
	bool away; /* the broker did not answer one: no other is asked for */
	struct {
		const char *code;
		uint32_t version;
		const struct lt_procedure *procedure;
	} list[PROCEDURES_MAX];
};

static const struct lt_procedure *ask_procedure(struct visit *visit, const char *code, uint32_t version, bool *away)
{
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = code };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	struct lt_procedure *procedure = lt_arena_alloc(visit->arena, sizeof(*procedure));
	struct lt_refusal refusal = { 0 };
	*away = !answer || !procedure || visit_ask(visit, &request, answer) != VISIT_TOLD;
	if (*away || answer->reason)
		return NULL;
	for (size_t i = 0; i < answer->procedures.count; i++) {
		if (lt_procedure_decode(answer->procedures.list[i], visit->arena, procedure, &refusal) ==
			    LT_REASON_NONE &&
		    procedure->version == version)
			return procedure;
	}
	return NULL;
}

const struct lt_procedure *names_procedure(struct visit *visit, const char *code, uint32_t version)
{
	if (!visit->procedures)
		visit->procedures = lt_arena_alloc(visit->arena, sizeof(struct known_procedures));
	struct known_procedures *known = visit->procedures;
	if (!known || !*code)
		return NULL;
	for (size_t i = 0; i < known->count; i++) {
		if (known->list[i].version == version && strcmp(known->list[i].code, code) == 0)
			return known->list[i].procedure;
	}
	const char *kept = known->away || known->count == PROCEDURES_MAX ? NULL : visit_keep(visit, code);
	if (!kept)
		return NULL;
	size_t at = known->count++;
	known->list[at].code = kept;
	known->list[at].version = version;
	known->list[at].procedure = ask_procedure(visit, kept, version, &known->away);
	return known->list[at].procedure;
}

static const struct lt_procedure *find_english(struct visit *visit, const char *code, uint32_t version)
{
	return visit->html.language == LT_ENGLISH ? names_procedure(visit, code, version) : NULL;
}

const char *names_of_procedure(struct visit *visit, const char *code, uint32_t version, const char *vietnamese)
{
	const struct lt_procedure *procedure = find_english(visit, code, version);
	return procedure && procedure->name_en[0] ? procedure->name_en : vietnamese;
}

const char *names_of_leg(struct visit *visit, const char *code, uint32_t version, const char *leg,
			 const char *vietnamese)
{
	const struct lt_procedure *procedure = *leg ? find_english(visit, code, version) : NULL;
	for (size_t i = 0; procedure && i < procedure->leg_count; i++) {
		if (strcmp(procedure->legs[i].id, leg) == 0 && procedure->legs[i].name_en[0])
			return procedure->legs[i].name_en;
	}
	return vietnamese;
}
