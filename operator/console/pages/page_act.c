/* page_act.c: an act of an operator: a form becomes a command to the broker, over the operator's own connection. The broker decides whether he
 * may, and journals it with his uid. What is not done is said with the broker's reason; what is done leads back to where it began. */
#include "pages.h"

#include <errno.h>
#include <lienthong/text.h>
#include <lienthong/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name; /* in forms */
	enum lt_admin_act act;
	bool second; /* it is proposed: another person confirms it */
} acts[] = {
	{ "suspend", LT_ADMIN_SUSPEND, false },
	{ "resume", LT_ADMIN_RESUME, false },
	{ "drain", LT_ADMIN_DRAIN, false },
	{ "closure", LT_ADMIN_CLOSURE, false },
	{ "reopen", LT_ADMIN_REOPEN, false },
	{ "redeliver", LT_ADMIN_REDELIVER, false },
	{ "redeliver-from", LT_ADMIN_MAILBOX_BEGIN, false },
	{ "time-confirm", LT_ADMIN_TIME_CONFIRMED, false },
	{ "restore-confirm", LT_ADMIN_RESTORE_CONFIRM, false },
	{ "dossier-close", LT_ADMIN_DOSSIER_CLOSE, true },
	{ "dossier-repair", LT_ADMIN_DOSSIER_REPAIR, true },
	{ "remind", LT_ADMIN_REMIND, false },
	{ "offer-back", LT_ADMIN_OFFER_BACK, true },
	{ "agency-remind", LT_ADMIN_AGENCY_REMIND, false },
	{ "dossier-confirm", LT_ADMIN_DOSSIER_CONFIRM, false },
	{ "carry-confirm", LT_ADMIN_CARRY_CONFIRM, false },
	{ "carry-close", LT_ADMIN_CARRY_CLOSE, false },
};

/* What a field for day and hour gives, "2026-12-24T08:00", as Vietnamese time. 0: it is none, which the broker refuses by name. */
static int64_t time_of(const char *text)
{
	char whole[LT_TIME_TEXT];
	int64_t time = 0;
	if (strlen(text) != strlen("2026-12-24T08:00"))
		return 0;
	snprintf(whole, sizeof(whole), "%s:00+07:00", text);
	return lt_time_parse(whole, &time) == LT_OK ? time : 0;
}

static uint64_t number_of(const char *text)
{
	char *end = NULL;
	errno = 0;
	uint64_t value = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
	return end && !*end && errno == 0 ? value : 0;
}

/* An address of this console, and not one of others that begins alike; as it stands in a header line, in plain ASCII. */
static const char *back_of(const struct visit *visit)
{
	const char *back = visit_field(visit, "back");
	bool own = back[0] == '/' && back[1] != '/' && back[1] != '\\' && strlen(back) < sizeof(visit->location) - 32;
	for (const char *at = back; *at && own; at++)
		own = *at > ' ' && *at < 0x7f;
	return own ? back : "/";
}

/* Composed and without white space at its edges, as the command line has it: some keyboards write a letter and its tone apart, and a reminder is held to the
 * envelope's form. What is out of form otherwise the broker names. */
static const char *reason_of(struct visit *visit)
{
	const char *text = visit_field(visit, "reason");
	struct lt_buf brought = { 0 };
	char *kept = lt_text_bring(text, &brought) ? NULL : lt_arena_alloc(visit->arena, brought.len);
	if (kept)
		memcpy(kept, brought.data, brought.len);
	lt_buf_fini(&brought);
	return kept ? kept : text;
}

static void say_result(struct visit *visit, enum visit_told told, const struct lt_control_answer *answer)
{
	const char *back = back_of(visit);
	size_t len = strlen(back);
	visit->status = told == VISIT_TOLD ? (answer->reason == LT_OPERATOR_NOT_ADMITTED ? 403 : 422) : 503;
	visit->live = NULL;
	layout_begin(visit, PLACE_NONE, "Chưa thực hiện", "Not done");
	html_raw(
		&visit->html,
		"<div tabindex=-1 autofocus>"); /* read out at once: what is in a page from its beginning is no news to a reader */
	if (told == VISIT_TOLD)
		layout_refusal(visit, answer);
	else
		layout_not_told(visit, told);
	html_put(&visit->html, "</div><p><a href=\"%s\">%L</a></p>", len ? back : "/", "Quay lại", "Back");
	layout_end(visit, 0, 0);
}

void page_act(struct visit *visit)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	struct lt_repair_branch branch = { .number = (uint32_t)number_of(visit_field(visit, "branch")),
					   .holder = visit_field(visit, "holder"),
					   .leg = visit_field(visit, "leg") };
	const char *name = visit_field(visit, "act"), *record = visit_field(visit, "record");
	size_t i = 0;
	while (i < sizeof(acts) / sizeof(acts[0]) && strcmp(acts[i].name, name) != 0)
		i++;
	if (i == sizeof(acts) / sizeof(acts[0]) || !answer) {
		layout_say(visit, 400, "Không có thao tác này", "There is no such act");
		return;
	}
	request.admin = (struct lt_admin_command){ .act = acts[i].act,
						   .subject = visit_field(visit, "subject"),
						   .number = number_of(*record ? record : visit_field(visit, "number")),
						   .operator_name = visit->session->login,
						   .reason = reason_of(visit),
						   .status = (uint32_t)number_of(visit_field(visit, "status")),
						   .time = time_of(visit_field(visit, "from")),
						   .until = time_of(visit_field(visit, "until")) };
	if (acts[i].act == LT_ADMIN_DOSSIER_REPAIR) {
		request.admin.branches = &branch;
		request.admin.branch_count = 1;
	}
	enum visit_told told = visit_ask(visit, &request, answer);
	if (told != VISIT_TOLD || (answer->reason && answer->reason != LT_ALREADY_SO)) {
		say_result(visit, told, answer);
		return;
	}
	const char *back = back_of(visit);
	size_t len = strlen(back);
	bool open = len > 0 && (back[len - 1] == '?' || back[len - 1] == '&');
	visit_go(visit, "%s%s%s=%llu", back,
		 open                ? ""
		 : strchr(back, '?') ? "&"
				     : "?",
		 acts[i].second ? "proposed" : "done", (unsigned long long)answer->act.sequence);
}
