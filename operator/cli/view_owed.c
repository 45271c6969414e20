/* view_owed.c: the answer to most calls, on top of a dossier's view: NOW, who has to do what, since and until; LATE, what is over and
 * by how much; CAN, who may send what. */
#include "view_dossier.h"

#include <stdarg.h>
#include <string.h>

#include "cli_output.h"

/* Lines under one name: the first has it, the others stand below. */
struct lines {
	const char *name;
	size_t count;
};

static void add_line(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_line(struct lines *lines, const char *format, ...)
{
	char text[CLI_TEXT_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	output_line(lines->count++ == 0 ? lines->name : "", text);
}

static void end_lines(struct lines *lines, const char *none)
{
	if (lines->count == 0)
		output_line(lines->name, none);
}

/* "H37.11 Sở Nội vụ", or who acts for it. */
static void name_party(const struct lt_directory *directory, const char *who, const char *acting, char *out,
		       size_t size)
{
	if (acting[0])
		snprintf(out, size, "%s %s (for %s)", acting, view_agency_name(directory, acting), who);
	else
		snprintf(out, size, "%s %s", who, view_agency_name(directory, who));
}

static const struct lt_branch_view *branch_of(const struct lt_dossier_view *dossier, uint32_t number)
{
	for (size_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].branch == number)
			return &dossier->branches[i];
	}
	return NULL;
}

static bool many_branches(const struct lt_dossier_view *dossier)
{
	return dossier->branch_count > 1;
}

/* " at tham-dinh (Thẩm định), branch 2"; of an offer, where it leads */
static void name_place(const struct lt_dossier_view *dossier, const struct lt_owed *owed, char *out, size_t size)
{
	const struct lt_branch_view *branch = branch_of(dossier, owed->branch);
	const struct lt_stay *wait = lt_owed_wait(dossier, owed);
	size_t used = 0;
	out[0] = '\0';
	if (wait)
		used = (size_t)snprintf(out, size, " at %s", wait->leg);
	else if (branch && branch->leg[0])
		used = (size_t)snprintf(out, size, " at %s (%s)", branch->leg, branch->leg_name);
	if (branch && many_branches(dossier) && used < size)
		snprintf(out + used, size - used, ", branch %u", owed->branch);
}

static bool is_late(const struct lt_dossier_view *dossier, const struct lt_owed *owed)
{
	return owed->until != 0 && dossier->time > owed->until;
}

static void print_now(const struct lt_dossier_view *dossier, const struct lt_directory *directory)
{
	struct lines lines = { .name = "NOW" };
	for (size_t i = 0; i < dossier->owed_count; i++) {
		const struct lt_owed *owed = &dossier->owed[i];
		const struct lt_branch_view *branch = branch_of(dossier, owed->branch);
		char who[CLI_TEXT_MAX / 4], place[CLI_TEXT_MAX / 4], from[CLI_TEXT_MAX / 4] = "";
		name_party(directory, owed->who, owed->acting, who, sizeof(who));
		name_place(dossier, owed, place, sizeof(place));
		if (owed->what == LT_OWED_ACCEPT && branch)
			snprintf(from, sizeof(from), "offered by %s, who holds it: ", branch->holder);
		add_line(&lines, "%s%s: %s%s since %s%s%s", who, place, from, lt_owed_text(owed->what),
			 output_time(owed->since), owed->until ? ", until " : "",
			 owed->until ? output_time(owed->until) : "");
		if (owed->closed_until != 0)
			add_line(&lines, "%s is closed from %s until %s: %s", who, output_time(owed->closed_from),
				 output_time(owed->closed_until), owed->closed_why);
	}
	if (dossier->frozen != 0)
		add_line(&lines,
			 "frozen: record %llu was skipped; operators end that with `lienthong dossier repair` or "
			 "`close`",
			 (unsigned long long)dossier->frozen);
	end_lines(&lines, "closed: nobody has anything to do");
}

/* Of work: more than was allotted. "34 h 05 min of work" */
static void name_over(uint32_t used, uint32_t allotted, char *out, size_t size)
{
	uint32_t over = used > allotted ? used - allotted : 0;
	snprintf(out, size, "%u h %02u min of work", over / 60, over % 60);
}

static void print_late_clock(struct lines *lines, const char *what, const char *who, const struct lt_clock_view *clock)
{
	if (!clock || clock->verdict != LT_TIME_OVERDUE)
		return;
	char over[48];
	name_over(clock->used, clock->allotted, over, sizeof(over));
	add_line(lines, "%s%s%s, due %s, over by %s", what, who[0] ? " of " : "", who, output_time(clock->due_lawful),
		 over);
}

static void print_late(const struct lt_dossier_view *dossier, const struct lt_directory *directory)
{
	struct lines lines = { .name = "LATE" };
	for (size_t i = 0; i < dossier->branch_count; i++) {
		const struct lt_branch_view *branch = &dossier->branches[i];
		char what[CLI_TEXT_MAX / 4];
		snprintf(what, sizeof(what), "leg %s (%s)", branch->leg, branch->leg_name);
		if (branch->custody != LT_CUSTODY_CLOSED)
			print_late_clock(&lines, what, branch->holder, branch->clock);
	}
	print_late_clock(&lines, "the dossier", "", dossier->clock);
	for (size_t i = 0; i < dossier->owed_count; i++) {
		const struct lt_owed *owed = &dossier->owed[i];
		const struct lt_stay *wait = lt_owed_wait(dossier, owed);
		char who[CLI_TEXT_MAX / 4], over[48];
		if (owed->what == LT_OWED_WORK || !is_late(dossier, owed))
			continue;
		name_party(directory, owed->who, owed->acting, who, sizeof(who));
		if (wait)
			name_over(wait->used, wait->allotted, over, sizeof(over));
		else
			snprintf(over, sizeof(over), "%s", output_span(dossier->time - owed->until));
		add_line(&lines, "%s has not answered: %s until %s, over by %s", who, lt_owed_text(owed->what),
			 output_time(owed->until), over);
	}
	end_lines(&lines, "nobody");
}

static void print_can(const struct lt_dossier_view *dossier)
{
	struct lines lines = { .name = "CAN" };
	for (size_t i = 0; i < dossier->can_count; i++) {
		const struct lt_can *can = &dossier->can[i];
		char kinds[CLI_TEXT_MAX / 2] = "", branch[24] = "";
		size_t used = 0;
		for (size_t k = 0; k < can->kind_count && used < sizeof(kinds); k++)
			used += (size_t)snprintf(kinds + used, sizeof(kinds) - used, "%s%s", k ? ", " : "",
						 lt_kind_name((enum lt_kind)can->kinds[k]));
		if (can->branch != 0 && many_branches(dossier))
			snprintf(branch, sizeof(branch), ", branch %u", can->branch);
		add_line(&lines, "%s%s: %s", can->acting[0] ? can->acting : can->who, branch, kinds);
	}
	end_lines(&lines, "nobody may send anything");
}

/* Where the dossier has left its route. */
static void print_transferred(const struct lt_dossier_view *dossier, const struct lt_directory *directory)
{
	struct lines lines = { .name = "OFF ROUTE" };
	for (size_t i = 0; i < dossier->transferred_count; i++) {
		char who[CLI_TEXT_MAX / 4];
		name_party(directory, dossier->transferred[i].agency, "", who, sizeof(who));
		add_line(&lines, "leg %s is done by %s, since it was transferred", dossier->transferred[i].leg, who);
	}
	if (dossier->transferred_count > 0)
		end_lines(&lines, "");
}

void view_print_now(const struct lt_dossier_view *dossier, const struct lt_directory *directory)
{
	print_now(dossier, directory);
	print_transferred(dossier, directory);
	if (dossier->replaces[0])
		output_line("REPLACES", dossier->replaces);
	if (dossier->replaced_by[0])
		output_line("REPLACED BY", dossier->replaced_by);
	print_late(dossier, directory);
	print_can(dossier);
}

static json_t *owed_json(const struct lt_dossier_view *dossier, const struct lt_owed *owed)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "what", lt_owed_name(owed->what), "text",
				 lt_owed_text(owed->what), "text_vi", lt_owed_vietnamese(owed->what), "who", owed->who,
				 "acting", owed->acting, "branch", (json_int_t)owed->branch, "consult",
				 (json_int_t)owed->consult);
	json_object_set_new(json, "since", output_json_time(owed->since));
	json_object_set_new(json, "until", output_json_time(owed->until));
	json_object_set_new(json, "closed_from", output_json_time(owed->closed_from));
	json_object_set_new(json, "closed_until", output_json_time(owed->closed_until));
	json_object_set_new(json, "closed_why", json_string(owed->closed_why));
	json_object_set_new(json, "late", json_boolean(is_late(dossier, owed)));
	return json;
}

void view_owed_json(const struct lt_dossier_view *dossier, json_t *out)
{
	json_t *owed = json_array(), *can = json_array();
	for (size_t i = 0; i < dossier->owed_count; i++)
		json_array_append_new(owed, owed_json(dossier, &dossier->owed[i]));
	for (size_t i = 0; i < dossier->can_count; i++) {
		const struct lt_can *row = &dossier->can[i];
		json_t *kinds = json_array();
		for (size_t k = 0; k < row->kind_count; k++)
			json_array_append_new(kinds, json_string(lt_kind_name((enum lt_kind)row->kinds[k])));
		json_array_append_new(can, json_pack("{s:s, s:s, s:I, s:o}", "who", row->who, "acting", row->acting,
						     "branch", (json_int_t)row->branch, "kinds", kinds));
	}
	json_object_set_new(out, "owed", owed);
	json_object_set_new(out, "can", can);
}
