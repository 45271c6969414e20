/* sheet.h: form 06 of a simulated dossier, made by the operator's own code from what the broker answers, held against the stays that the broker has
 * recorded: each stands in one row, with its figures, and no row has others. */
#ifndef TESTS_SHEET_H
#define TESTS_SHEET_H

#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form/form_document.h"
#include "trust/trust.h"

enum { SHEET_LINES = 4096, SHEET_TEXT = 128, SHEET_ANSWERS = 8192 };

/* What the operator's commands ask over the control socket is asked of the simulator; answers live until sheet_forget. */
static struct {
	struct sim *sim;
	size_t count;
	struct lt_buf bytes[SHEET_ANSWERS];
	struct lt_arena *arena;
} sheet;

int __wrap_control_call(struct control_client *control, const struct lt_control_request *request,
			struct lt_control_answer *out);
int __wrap_control_call(struct control_client *control, const struct lt_control_request *request,
			struct lt_control_answer *out)
{
	struct lt_refusal refusal;
	(void)control;
	assert_true(sheet.count < SHEET_ANSWERS);
	struct lt_buf *bytes = &sheet.bytes[sheet.count++];
	*bytes = (struct lt_buf){ 0 };
	assert_int_equal(lt_control_answer_encode(sim_control(sheet.sim, request), bytes), LT_OK);
	assert_int_equal(lt_control_answer_decode(lt_buf_bytes(bytes), sheet.arena, out, &refusal), LT_REASON_NONE);
	return out->reason ? EX_DATAERR : EX_OK;
}

static void sheet_forget(void)
{
	for (size_t i = 0; i < sheet.count; i++)
		lt_buf_fini(&sheet.bytes[i]);
	sheet.count = 0;
	lt_arena_free(sheet.arena);
}

struct sheet_lines {
	size_t count;
	char lines[SHEET_LINES][SHEET_TEXT];
};

static uint32_t number(const json_t *row, const char *key)
{
	return (uint32_t)json_integer_value(json_object_get(row, key));
}

static const char *agency(const json_t *row, const char *side)
{
	const char *code = json_string_value(json_object_get(json_object_get(row, side), "code"));
	return code ? code : "";
}

static void add_line(struct sheet_lines *lines, const char *text)
{
	assert_true(lines->count < SHEET_LINES);
	snprintf(lines->lines[lines->count++], SHEET_TEXT, "%s", text);
}

static void add_stay(struct sheet_lines *lines, const char *leg, uint32_t used, uint32_t carried, uint32_t stood,
		     uint32_t verdict)
{
	char text[SHEET_TEXT];
	snprintf(text, sizeof(text), "stay %s %u+%u, stood %u, verdict %u", leg, carried, used, stood, verdict);
	add_line(lines, text);
}

static void add_wait(struct sheet_lines *lines, const char *holder, const char *to, uint32_t used, uint32_t verdict)
{
	char text[SHEET_TEXT];
	snprintf(text, sizeof(text), "wait %s to %s %u, verdict %u", holder, to, used, verdict);
	add_line(lines, text);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void read_rows(const json_t *rows, struct sheet_lines *lines)
{
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		const char *leg = json_string_value(json_object_get(row, "leg"));
		if (json_object_get(row, "waited"))
			add_wait(lines, agency(row, "giver"), agency(row, "taker"), number(row, "waited"),
				 number(row, "wait_verdict"));
		if (leg || json_object_get(row, "used"))
			add_stay(lines, leg ? leg : "", number(row, "used"), number(row, "carried"),
				 number(row, "stood"), number(row, "verdict"));
	}
	qsort(lines->lines, lines->count, SHEET_TEXT, compare);
}

/* Of the view, whose stays come from the broker's table and not from the records. */
static void read_stays(const struct lt_dossier_view *view, struct sheet_lines *lines)
{
	for (size_t i = 0; i < view->stay_count; i++) {
		const struct lt_stay *stay = &view->stays[i];
		if (stay->to[0] != '\0')
			add_wait(lines, stay->holder, stay->to, stay->used, stay->verdict);
		else
			add_stay(lines, stay->leg, stay->used - stay->carried, stay->carried, stay->stood,
				 stay->limit_unit != 0 ? stay->verdict : 0);
	}
	qsort(lines->lines, lines->count, SHEET_TEXT, compare);
}

static void sheet_check(struct sim *sim, const char *code)
{
	static struct sheet_lines rows, stays;
	struct form_history history;
	struct form_job job = { .form = "06", .lang = "vi" };
	sheet.sim = sim;
	rows.count = stays.count = 0;
	assert_int_equal(lt_arena_new((size_t)256 << 20, &sheet.arena), LT_OK);
	assert_int_equal(form_history_load(NULL, trust_directory(sim->rulebook), code, &history), EX_OK);
	history.has_procedure = false; /* legs by their ids */
	json_t *table = form_handoffs(&job, &history, "");
	read_rows(table, &rows);
	if (history.view->stays_total <= LT_STAYS_MAX) /* the view has them all */
		read_stays(history.view, &stays);
	else
		rows.count = 0;
	for (size_t i = 0; i < stays.count || i < rows.count; i++) {
		const char *row = i < rows.count ? rows.lines[i] : "none",
			   *stay = i < stays.count ? stays.lines[i] : "none";
		if (strcmp(row, stay) != 0)
			fail_msg("form 06 of %s: \"%s\", where the stays have \"%s\"", code, row, stay);
	}
	json_decref(table);
	form_history_fini(&history);
	sheet_forget();
}

#endif
