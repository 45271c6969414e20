/* procedure_print.c: see procedure_print.h. Definitions may come from a broker: texts are cleaned. */
#include "procedure_print.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cli_output.h"
#include "law/file_procedure.h"
#include "law/procedure_check.h"
#include "law/route.h"

const char *procedure_minutes_text(uint32_t minutes, char out[40])
{
	if (minutes % 240 == 0)
		snprintf(out, 40, "%u%s working days", minutes / 480, minutes % 480 ? ".5" : "");
	else
		snprintf(out, 40, "%u h %u min of work", minutes / 60, minutes % 60);
	return out;
}

static const char *id_of(const struct lt_procedure *procedure, uint32_t number)
{
	return number >= 1 && number <= procedure->leg_count ? procedure->legs[number - 1].id : "";
}

static void append(char *out, size_t size, const char *format, const char *text)
{
	size_t len = strlen(out);
	if (len < size)
		snprintf(out + len, size - len, format, text);
}

static void say_next(const struct lt_procedure *procedure, const struct lt_route_leg *leg, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < leg->next_count; i++)
		append(out, size,
		       i == 0                         ? "%s"
		       : leg->choose == LT_CHOOSE_ONE ? " or %s"
						      : " + %s",
		       id_of(procedure, leg->next[i]));
	if (leg->next_count == 0)
		append(out, size, "%s", "(end)");
	if (leg->on_refusal)
		append(out, size, "; refused: %s", id_of(procedure, leg->on_refusal));
	if (leg->on_supplement)
		append(out, size, "; supplemented: %s", id_of(procedure, leg->on_supplement));
}

static size_t joins(const struct lt_procedure *procedure, uint32_t number)
{
	size_t count = 0;
	for (size_t i = 0; i < procedure->leg_count; i++)
		for (size_t k = 0; k < procedure->legs[i].next_count; k++)
			count += procedure->legs[i].next[k] == number;
	return count;
}

/* "xac-minh if cu_tru is khac, chua-ro; else ky" */
static void say_choice(const struct lt_procedure *procedure, const struct lt_route_leg *leg, char *out, size_t size)
{
	if (leg->choose == LT_CHOOSE_ALL)
		return;
	append(out, size, "chooses %s", leg->choose == LT_CHOOSE_ONE ? "one" : "some");
	for (size_t i = 0; i < leg->when_count; i++) {
		append(out, size, ", %s", id_of(procedure, leg->when[i].leg));
		append(out, size, " if %s", leg->when[i].field);
		for (size_t k = 0; k < leg->when[i].value_count; k++)
			append(out, size, k ? " or %s" : " is %s", leg->when[i].values[k]);
	}
	for (size_t i = 0; i < leg->otherwise_count; i++)
		append(out, size, i ? " + %s" : ", else %s", id_of(procedure, leg->otherwise[i]));
	append(out, size, "%s; ", leg->when_count > 0 ? "" : " with a reason");
}

/* "7 working_days if cong_trinh is nha-o, else 10 working_days" */
static void say_limit(const struct lt_limit *other, enum lt_limit_of of, const struct lt_limit_by *by, size_t count,
		      char *out, size_t size)
{
	char limit[PROCEDURE_LIMIT_TEXT];
	size_t i = 0;
	while (i < count && by[i].of != of)
		i++;
	for (size_t k = 0; i < count && k < by[i].case_count; k++) {
		procedure_limit_text(&by[i].cases[k].limit, limit);
		append(out, size, "%s", limit);
		append(out, size, " if %s", by[i].field);
		append(out, size, " is %s, ", by[i].cases[k].value);
	}
	procedure_limit_text(other, limit);
	append(out, size, i < count ? "else %s" : "%s", limit);
}

static void say_leg_limit(const struct lt_route_leg *leg, char *out, size_t size)
{
	out[0] = '\0';
	append(out, size, "%s", leg->limit.unit == LT_LIMIT_NONE ? "-" : leg->until ? "until " : "");
	say_limit(&leg->limit, LT_LIMIT_OF_LEG, leg->by, leg->by_count, out, size);
}

static void say_within(const struct lt_route_leg *leg, const char *what, const struct lt_limit *limit,
		       enum lt_limit_of of, char *out, size_t size)
{
	if (limit->unit == LT_LIMIT_NONE)
		return;
	append(out, size, "%s", what);
	say_limit(limit, of, leg->by, leg->by_count, out, size);
}

static void say_supplements(const struct lt_route_leg *leg, char *out, size_t size)
{
	char limit[PROCEDURE_LIMIT_TEXT];
	if (leg->supplements > 0)
		append(out, size, "supplements: %s", output_u64(leg->supplements));
	procedure_limit_text(&leg->ask_within, limit);
	if (limit[0])
		append(out, size, ", asked within %s", limit);
	say_within(leg, ", brought within ", &leg->supplement_limit, LT_LIMIT_OF_SUPPLEMENT, out, size);
	procedure_limit_text(&leg->refuse_within, limit);
	if (limit[0])
		append(out, size, ", else refused within %s", limit);
	if (leg->supplements > 0)
		append(out, size, ", then %s; ", leg->policy == LT_CLOCK_SUSPEND ? "the rest of the time" : "anew");
}

static void say_again(const struct lt_route_leg *leg, char *out, size_t size)
{
	char limit[PROCEDURE_LIMIT_TEXT];
	procedure_limit_text(&leg->again, limit);
	if (limit[0])
		append(out, size, "again: %s; ", limit);
	for (size_t i = 0; i < leg->set_count; i++)
		append(out, size, i ? ", %s" : "sets %s", leg->sets[i]);
	if (leg->set_count > 0)
		append(out, size, "%s", "; ");
}

static void say_rules(const struct lt_procedure *procedure, const struct lt_route_leg *leg, char *out, size_t size)
{
	out[0] = '\0';
	if (joins(procedure, leg->number) > 1)
		append(out, size, "%s", "waits for all; ");
	say_choice(procedure, leg, out, size);
	if (route_makes(procedure, leg->number))
		append(out, size, "%s", "makes");
	for (size_t i = 0; i < leg->make_count; i++)
		append(out, size, i ? ", %s" : " %s", leg->makes[i]);
	if (route_makes(procedure, leg->number))
		append(out, size, leg->make_count > 0 ? "%s" : " the result%s", "; ");
	for (size_t i = 0; i < leg->consult_count; i++)
		append(out, size, i ? ", %s" : "asks %s", leg->consult[i]);
	say_within(leg, " within ", &leg->consult_limit, LT_LIMIT_OF_CONSULT, out, size);
	if (leg->kind == LT_LEG_CONSULT)
		append(out, size, "; silence: %s; ",
		       leg->on_silence == LT_SILENCE_DEEMED_CONSENT ? "deemed consent" : "escalate");
	say_again(leg, out, size);
	say_supplements(leg, out, size);
	if (leg->uncounted && leg->uncounted[0])
		append(out, size, "the time does not count (%s); ", leg->uncounted);
	if (leg->unit && leg->unit[0])
		append(out, size, "by %s; ", leg->unit);
	size_t len = strlen(out);
	if (len >= 2 && strcmp(out + len - 2, "; ") == 0)
		out[len - 2] = '\0';
}

static void print_head(const struct lt_procedure *procedure)
{
	char from[PROCEDURE_DAY_TEXT], to[PROCEDURE_DAY_TEXT], line[80], total[CLI_TEXT_MAX] = "",
									 promised[CLI_TEXT_MAX] = "";
	procedure_day_text(procedure->valid_from, from);
	procedure_day_text(procedure->valid_to, to);
	say_limit(&procedure->total, LT_LIMIT_OF_TOTAL, procedure->by, procedure->by_count, total, sizeof(total));
	say_limit(&procedure->promised, LT_LIMIT_OF_PROMISED, procedure->by, procedure->by_count, promised,
		  sizeof(promised));
	snprintf(line, sizeof(line), "%.40s version %u", procedure->code, procedure->version);
	output_line("procedure", line);
	output_line("name", procedure->name);
	output_line("in English", procedure->name_en);
	snprintf(line, sizeof(line), "from %s%s%s", from, procedure->valid_to ? " until before " : "",
		 procedure->valid_to ? to : "");
	output_line("in force", line);
	output_line("lead", procedure->lead[0] ? procedure->lead : "(who does the first leg of kind process)");
	output_line("total", total);
	if (promised[0])
		output_line("promised", promised);
	if (procedure->same_day_until) {
		snprintf(line, sizeof(line), "until %02u:%02u", procedure->same_day_until / 60,
			 procedure->same_day_until % 60);
		output_line("same day", line);
	}
}

void procedure_print_route(const struct lt_procedure *procedure)
{
	static const char *const heads[] = { "LEG", "ID", "KIND", "AGENCY", "LIMIT", "NEXT", "RULES", "~NAME" };
	static const struct route_facts none; /* limits as with a value that none of them names */
	struct procedure_path path;
	char line[1200] = "", minutes[40];
	struct output_table *table = output_table_new(heads, 8);
	print_head(procedure);
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		char limit[CLI_TEXT_MAX], next[CLI_TEXT_MAX], rules[CLI_TEXT_MAX];
		say_leg_limit(leg, limit, sizeof(limit));
		say_next(procedure, leg, next, sizeof(next));
		say_rules(procedure, leg, rules, sizeof(rules));
		const char *row[] = { output_u64(leg->number),
				      leg->id,
				      procedure_kind_name(leg->kind),
				      leg->agency,
				      limit,
				      next,
				      rules,
				      leg->name };
		output_table_row(table, row);
	}
	output_table_print(table);
	procedure_critical_path(procedure, &none, &path);
	for (size_t i = 0; i < path.count; i++)
		append(line, sizeof(line), i ? " > %s" : "%s", id_of(procedure, path.legs[i]));
	append(line, sizeof(line), ": %s", procedure_minutes_text(path.minutes, minutes));
	output_line("longest way", line);
}

/* ---- Graphviz ---- */

static void print_quoted(const char *text)
{
	char clean[CLI_TEXT_MAX];
	lt_text_clean(text, clean, sizeof(clean));
	for (const char *p = clean; *p; p++) {
		if (*p == '"' || *p == '\\')
			putchar('\\');
		putchar(*p);
	}
}

static void print_leg(const struct lt_route_leg *leg)
{
	static const char *const shapes[] = {
		"box", "house", "box", "ellipse", "octagon", "parallelogram", "invhouse"
	};
	char limit[PROCEDURE_LIMIT_TEXT];
	procedure_limit_text(&leg->limit, limit);
	printf("\t\"");
	print_quoted(leg->id);
	printf("\" [shape=%s, label=\"", (unsigned)leg->kind < 7 ? shapes[leg->kind] : "box");
	print_quoted(leg->name);
	printf("\\n");
	print_quoted(leg->agency);
	printf("%s%s\"];\n", limit[0] ? "\\n" : "", limit);
}

static void print_edge(const struct lt_procedure *procedure, const struct lt_route_leg *from, uint32_t to,
		       const char *style)
{
	if (to == 0)
		return;
	printf("\t\"");
	print_quoted(from->id);
	printf("\" -> \"");
	print_quoted(id_of(procedure, to));
	printf("\"%s;\n", style);
}

void procedure_print_dot(const struct lt_procedure *procedure)
{
	printf("digraph \"");
	print_quoted(procedure->code);
	printf(" v%u\" {\n\trankdir=LR;\n\tlabel=\"", procedure->version);
	print_quoted(procedure->name);
	printf("\";\n");
	for (size_t i = 0; i < procedure->leg_count; i++)
		print_leg(&procedure->legs[i]);
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		for (size_t k = 0; k < leg->next_count; k++)
			print_edge(procedure, leg, leg->next[k], "");
		print_edge(procedure, leg, leg->on_refusal, " [style=dashed, label=\"refused\"]");
		print_edge(procedure, leg, leg->on_supplement, " [style=dotted, label=\"supplemented\"]");
	}
	printf("}\n");
}
