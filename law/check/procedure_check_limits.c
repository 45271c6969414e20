/* procedure_check_limits.c: whether the legs can be done within the published limit.
 *
 * Limits may depend on fields of the dossier, and so may the way that is taken. So the longest way is looked for with each value that
 * the file names, and with one that it does not name. */
#include "procedure_check_internal.h"

#include <stdio.h>
#include <string.h>

#include "law/file_procedure.h"
#include "law/worktime.h"

#define DAY_MINUTES 480u
#define FIELDS_MAX 8u  /* on which limits of one procedure depend: laws that were read have one */
#define CASES_MAX 256u /* combinations of their values: each is a walk of about a millisecond */

uint32_t procedure_limit_minutes(const struct lt_limit *limit)
{
	struct worktime_limit same = { (enum worktime_unit)limit->unit, limit->quarters };
	switch (limit->unit) {
	case LT_LIMIT_WORKING_MINUTES:
	case LT_LIMIT_WORKING_HOURS:
	case LT_LIMIT_WORKING_DAYS:
		return worktime_limit_minutes(&same);
	case LT_LIMIT_CALENDAR_DAYS:
		return (limit->quarters * (DAY_MINUTES / 4) * 5 + 6) / 7;
	case LT_LIMIT_SAME_DAY:
		return DAY_MINUTES;
	case LT_LIMIT_NONE:
		break;
	}
	return 0;
}

bool procedure_limit_works(const struct lt_limit *limit)
{
	return limit->unit != LT_LIMIT_CALENDAR_DAYS && limit->unit != LT_LIMIT_SAME_DAY;
}

/* ---- the longest way ---- */

struct longest {
	struct graph graph;
	const struct route_facts *facts;
	uint32_t finish[GRAPH_LEGS],
		before[GRAPH_LEGS]; /* minutes from the intake; the leg that it waited for, 0: none */
};

/* The applicant's time for a fee does not count. What follows the last result does not either: the dossier's clock has ended with it. */
static uint32_t finish_of(const struct longest *ways, uint32_t number, uint32_t begun)
{
	const struct lt_route_leg *leg = graph_leg(&ways->graph, number);
	struct lt_limit limit = route_leg_limit(leg, ways->facts);
	uint32_t minutes = procedure_limit_minutes(&limit);
	if (leg->kind == LT_LEG_PAY || !route_counts(leg) || !route_will_make(ways->graph.procedure, number))
		return begun;
	if (leg->until)
		return minutes > begun ? minutes : begun;
	return begun + minutes;
}

/* The leg that `number` waits for: the last to come; 0: it is the first leg. */
static uint32_t waits_for(const struct longest *ways, uint32_t number)
{
	uint32_t found = 0;
	for (uint32_t from = 1; from <= ways->graph.legs; from++) {
		if (!ways->graph.next[from][number] || !graph_used(&ways->graph, from))
			continue;
		if (found == 0 || ways->finish[from] > ways->finish[found])
			found = from;
	}
	return found;
}

/* False: the route runs in a circle. */
static bool walk(const struct lt_procedure *procedure, const struct route_facts *facts, struct longest *out)
{
	memset(out, 0, sizeof(*out));
	out->facts = facts;
	graph_make(procedure, facts, &out->graph);
	if (graph_runs_round(&out->graph))
		return false;
	for (size_t round = 0; round < out->graph.legs; round++) { /* as many rounds as a way can have legs */
		for (uint32_t i = 1; i <= out->graph.legs; i++) {
			out->before[i] = waits_for(out, i);
			out->finish[i] = finish_of(out, i, out->finish[out->before[i]]);
		}
	}
	return true;
}

static void find_path(const struct longest *ways, struct procedure_path *out)
{
	uint32_t last = 0;
	*out = (struct procedure_path){ 0 };
	for (uint32_t i = 1; i <= ways->graph.legs; i++) {
		if (graph_ends(&ways->graph, i) && graph_used(&ways->graph, i) &&
		    (last == 0 || ways->finish[i] > ways->finish[last]))
			last = i;
	}
	out->minutes = ways->finish[last];
	for (uint32_t at = last; at != 0; at = ways->before[at])
		out->count++;
	for (uint32_t at = last, i = 0; at != 0; at = ways->before[at])
		out->legs[out->count - ++i] = at;
}

void procedure_critical_path(const struct lt_procedure *procedure, const struct route_facts *facts,
			     struct procedure_path *out)
{
	struct longest ways;
	*out = (struct procedure_path){ 0 };
	if (walk(procedure, facts, &ways))
		find_path(&ways, out);
}

/* ---- with one value of each field ---- */

#define CASE_TEXT 120

/* " (cong_trinh is nha-o)"; "" when nothing depends on a field. */
static void case_text(const struct route_facts *facts, char out[CASE_TEXT])
{
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; i < facts->field_count && len < CASE_TEXT; i++)
		len += (size_t)snprintf(out + len, CASE_TEXT - len, "%s%.32s is %.40s", i > 0 ? ", " : " (when ",
					facts->fields[i].name,
					facts->fields[i].value[0] ? facts->fields[i].value : "anything else");
	if (len > 0 && len + 1 < CASE_TEXT)
		snprintf(out + len, CASE_TEXT - len, ")");
}

static void check_total(const struct longest *ways, struct procedure_faults *faults)
{
	struct procedure_path path;
	const struct lt_procedure *procedure = ways->graph.procedure;
	char way[120] = "", total[PROCEDURE_LIMIT_TEXT], which[CASE_TEXT];
	struct lt_limit limit =
		route_limit(&procedure->total, LT_LIMIT_OF_TOTAL, procedure->by, procedure->by_count, ways->facts);
	find_path(ways, &path);
	if (path.minutes <= procedure_limit_minutes(&limit))
		return;
	for (size_t i = 0; i < path.count; i++) {
		size_t len = strlen(way);
		snprintf(way + len, sizeof(way) - len, "%s%s", i ? " > " : "", procedure->legs[path.legs[i] - 1].id);
	}
	procedure_limit_text(&limit, total);
	case_text(ways->facts, which);
	procedure_fault_add(faults, "/total",
			    "the longest way, %s, takes %u.%u working days, more than the published %s%s; shorten legs",
			    way, path.minutes / DAY_MINUTES, path.minutes % DAY_MINUTES * 10 / DAY_MINUTES, total,
			    which);
}

static void check_promised(const struct longest *ways, struct procedure_faults *faults)
{
	const struct lt_procedure *procedure = ways->graph.procedure;
	char promised[PROCEDURE_LIMIT_TEXT], lawful[PROCEDURE_LIMIT_TEXT], which[CASE_TEXT];
	struct lt_limit total =
		route_limit(&procedure->total, LT_LIMIT_OF_TOTAL, procedure->by, procedure->by_count, ways->facts);
	struct lt_limit limit = route_whole_limit(procedure, ways->facts);
	if (procedure->promised.unit == LT_LIMIT_NONE ||
	    procedure_limit_minutes(&limit) <= procedure_limit_minutes(&total))
		return;
	procedure_limit_text(&limit, promised);
	procedure_limit_text(&total, lawful);
	case_text(ways->facts, which);
	procedure_fault_add(faults, "/promised", "%s is more than the total of %s%s; promise at most that", promised,
			    lawful, which);
}

/* A leg that has to be done by a time at which it has not begun yet. */
static void check_until(const struct longest *ways, struct procedure_faults *faults)
{
	char pointer[80], text[PROCEDURE_LIMIT_TEXT], which[CASE_TEXT];
	case_text(ways->facts, which);
	for (uint32_t i = 1; i <= ways->graph.legs; i++) {
		const struct lt_route_leg *leg = graph_leg(&ways->graph, i);
		struct lt_limit limit = route_leg_limit(leg, ways->facts);
		uint32_t begun = ways->finish[ways->before[i]];
		if (!leg->until || !graph_used(&ways->graph, i) || begun < procedure_limit_minutes(&limit))
			continue;
		procedure_limit_text(&limit, text);
		procedure_fault_add(
			faults, procedure_leg_pointer(pointer, i, "until"),
			"%s from the valid file is over when leg %s begins: what is before it takes %u.%u working "
			"days%s; shorten that, or give the leg more",
			text, leg->id, begun / DAY_MINUTES, begun % DAY_MINUTES * 10 / DAY_MINUTES, which);
	}
}

static void check_case(const struct lt_procedure *procedure, const struct route_facts *facts,
		       struct procedure_faults *faults)
{
	struct longest ways;
	if (!walk(procedure, facts, &ways))
		return; /* was told before */
	check_total(&ways, faults);
	check_promised(&ways, faults);
	check_until(&ways, faults);
}

/* ---- the fields, and all their values ---- */

struct dependence {
	const char *field;
	bool only; /* it has no other value */
	size_t count;
	const char *values[ROUTE_WHEN_VALUES_MAX + 1]; /* the last is "", which no value is: any other */
};
struct dependences {
	size_t count;
	bool whole; /* no more fields than are looked at */
	struct dependence items[FIELDS_MAX];
};

static void add_value(struct dependence *to, const char *value)
{
	for (size_t i = 0; i < to->count; i++) {
		if (strcmp(to->values[i], value) == 0)
			return;
	}
	if (to->count < ROUTE_WHEN_VALUES_MAX)
		to->values[to->count++] = value;
}

static struct dependence *find_field(struct dependences *all, const char *field)
{
	for (size_t i = 0; i < all->count; i++) {
		if (strcmp(all->items[i].field, field) == 0)
			return &all->items[i];
	}
	return NULL;
}

static void add_limits(struct dependences *all, const struct lt_limit_by *by, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct dependence *one = find_field(all, by[i].field);
		bool spends = by[i].of != LT_LIMIT_OF_CONSULT && by[i].of != LT_LIMIT_OF_SUPPLEMENT;
		if (!spends)
			continue;
		if (!one && all->count == FIELDS_MAX) {
			all->whole = false;
			continue;
		}
		if (!one) {
			one = &all->items[all->count++];
			*one = (struct dependence){ .field = by[i].field };
		}
		one->only |= by[i].only;
		for (size_t k = 0; k < by[i].case_count; k++)
			add_value(one, by[i].cases[k].value);
	}
}

/* A field that gives limits may also choose the way. */
static void add_choices(struct dependences *all, const struct lt_route_leg *leg)
{
	for (size_t i = 0; i < leg->when_count; i++) {
		struct dependence *one = find_field(all, leg->when[i].field);
		for (size_t k = 0; one && k < leg->when[i].value_count; k++)
			add_value(one, leg->when[i].values[k]);
	}
}

static size_t find_dependences(const struct lt_procedure *procedure, struct dependences *out)
{
	size_t cases = 1;
	*out = (struct dependences){ .whole = true };
	add_limits(out, procedure->by, procedure->by_count);
	for (size_t i = 0; i < procedure->leg_count; i++)
		add_limits(out, procedure->legs[i].by, procedure->legs[i].by_count);
	for (size_t i = 0; i < procedure->leg_count; i++)
		add_choices(out, &procedure->legs[i]);
	for (size_t i = 0; i < out->count; i++) {
		if (!out->items[i].only)
			out->items[i].values[out->items[i].count++] = "";
		cases = cases <= CASES_MAX ? cases * out->items[i].count : cases;
	}
	return cases;
}

void procedure_check_limits(const struct lt_procedure *procedure, struct procedure_faults *faults)
{
	struct dependences all;
	size_t cases = find_dependences(procedure, &all);
	if (!all.whole || cases > CASES_MAX) {
		procedure_fault_add(faults, "",
				    "limits depend on over %u fields, or on over %u values together; fewer will do",
				    FIELDS_MAX, CASES_MAX);
		return;
	}
	for (size_t i = 0; i < cases; i++) {
		struct lt_field fields[FIELDS_MAX];
		size_t rest = i;
		for (size_t k = 0; k < all.count; k++) {
			fields[k] =
				(struct lt_field){ all.items[k].field, all.items[k].values[rest % all.items[k].count] };
			rest /= all.items[k].count;
		}
		const struct route_facts facts = { .origin = "", .field_count = all.count, .fields = fields };
		check_case(procedure, &facts, faults);
	}
}
