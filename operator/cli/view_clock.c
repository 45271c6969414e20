/* view_clock.c: legal clocks of a dossier and its legs. */
#include "view_dossier.h"

#include "cli_output.h"

const char *view_verdict_name(uint32_t verdict)
{
	static const char *const names[] = { "-",         "Trước hạn",    "Đúng hạn",    "Quá hạn",
					     "Trong hạn", "Đang quá hạn", "Chưa có lịch" };
	return verdict < sizeof(names) / sizeof(names[0]) ? names[verdict] : "?";
}

json_t *view_clock_json(const struct lt_clock_view *clock)
{
	if (!clock)
		return json_null();
	/* due_original and due_current: what programs have read from the beginning, due_first and what was told last. */
	int64_t current = clock->appointment ? clock->appointment : clock->due_lawful;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:I, s:I, s:I, s:s, s:b, s:b, s:o}", "due_original",
			 output_json_time(clock->due_first), "due_current", output_json_time(current), "started",
			 output_json_time(clock->started), "due_first", output_json_time(clock->due_first),
			 "due_lawful", output_json_time(clock->due_lawful), "appointment",
			 output_json_time(clock->appointment), "suspended", (int)clock->suspended, "allotted_minutes",
			 (json_int_t)clock->allotted, "used_minutes", (json_int_t)clock->used, "verdict",
			 (json_int_t)clock->verdict, "verdict_name", view_verdict_name(clock->verdict), "apologised",
			 (int)clock->apologised, "time_set_back", (int)clock->set_back, "ended_at",
			 output_json_time(clock->ended_at));
}

void view_clock_line(const struct lt_clock_view *clock, char *out, size_t size)
{
	if (!clock || clock->due_lawful == 0) {
		snprintf(out, size, "%s", clock && clock->verdict == 6 ? "no calendar covers it; import one" : "-");
		return;
	}
	int used = snprintf(out, size, "%s (%s), %u of %u minutes", output_time(clock->due_lawful),
			    view_verdict_name(clock->verdict), clock->used, clock->allotted);
	if (used > 0 && (size_t)used < size && clock->due_first != clock->due_lawful)
		used += snprintf(out + used, size - (size_t)used, ", first %s", output_time(clock->due_first));
	if (used > 0 && (size_t)used < size && clock->appointment != clock->due_lawful)
		used += snprintf(out + used, size - (size_t)used, ", appointment %s", output_time(clock->appointment));
	if (used > 0 && (size_t)used < size && clock->suspended)
		used += snprintf(out + used, size - (size_t)used, ", stands still");
	if (used > 0 && (size_t)used < size && clock->set_back)
		snprintf(out + used, size - (size_t)used, ", a span counted 0: the time was set back");
}
