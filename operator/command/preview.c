/* preview.c: one row for each agency that would be closed and successor that would act for it. */
#include "preview.h"

#include "cli/cli_output.h"
#include "program/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARNED_MAX = 20 }; /* lines: more scroll away what was asked */

struct preview_row {
	char from[LT_AGENCY_MAX], to[LT_AGENCY_MAX];
	int64_t at;
	uint64_t held, offered, clocks;
	uint64_t waiting; /* mailbox entries of `from`; the dossiers say where they go: in the first row of it */
};
/* A value of dossiers that no rule of the split names; "" is what stands for dossiers without the field, and for values over
 * LT_REORGANISATION_VALUES of a page. */
struct preview_loose {
	char from[LT_AGENCY_MAX], to[LT_AGENCY_MAX];
	char *field, *value;
	uint64_t held, offered;
};
struct preview {
	size_t count, loose_count;
	struct preview_row *rows;
	struct preview_loose *loose;
	bool field_seen;
};

struct preview *preview_new(void)
{
	struct preview *preview = calloc(1, sizeof(*preview));
	LT_ASSERT(preview);
	return preview;
}

void preview_free(struct preview *preview)
{
	for (size_t i = 0; preview && i < preview->loose_count; i++) {
		free(preview->loose[i].field);
		free(preview->loose[i].value);
	}
	if (preview) {
		free(preview->rows);
		free(preview->loose);
	}
	free(preview);
}

static size_t add_row(struct preview *preview, const struct lt_agency *from, const char *to)
{
	preview->rows = realloc(preview->rows, (preview->count + 1) * sizeof(*preview->rows));
	LT_ASSERT(preview->rows);
	struct preview_row *row = &preview->rows[preview->count];
	*row = (struct preview_row){ .at = from->valid_to };
	memcpy(row->from, from->code, sizeof(row->from));
	memcpy(row->to, to, strlen(to) + 1);
	return preview->count++;
}

/* Which of the agency's successors a value goes to; as the broker decides it. */
static size_t successor_of(const struct lt_agency *agency, const char *value)
{
	const char *code = agency->successors[0];
	for (size_t i = 0; i < agency->split_count; i++) {
		const struct lt_split_rule *rule = &agency->split[i];
		if (strcmp(rule->value, value) == 0) {
			code = rule->successor;
			break;
		}
		if (rule->value[0] == '\0')
			code = rule->successor;
	}
	for (size_t i = 0; i < agency->successor_count; i++)
		if (strcmp(agency->successors[i], code) == 0)
			return i;
	return 0;
}

static bool has_rule(const struct lt_agency *agency, const char *value)
{
	for (size_t i = 0; i < agency->split_count; i++) {
		if (value[0] != '\0' && strcmp(agency->split[i].value, value) == 0)
			return true;
	}
	return agency->split_count == 0;
}

static void add_loose(struct preview *preview, const struct lt_agency *from, const char *to,
		      const struct lt_reorganisation_count *count)
{
	struct preview_loose *loose = preview->loose;
	size_t i = 0;
	while (i < preview->loose_count &&
	       (strcmp(loose[i].from, from->code) != 0 || strcmp(loose[i].value, count->value) != 0))
		i++;
	if (i == preview->loose_count) {
		preview->loose = loose = realloc(loose, (i + 1) * sizeof(*loose));
		LT_ASSERT(loose);
		loose[i] = (struct preview_loose){ .field = strdup(from->split_field), .value = strdup(count->value) };
		LT_ASSERT(loose[i].field && loose[i].value);
		memcpy(loose[i].from, from->code, sizeof(loose[i].from));
		snprintf(loose[i].to, sizeof(loose[i].to), "%s", to);
		preview->loose_count++;
	}
	loose[i].held += count->held;
	loose[i].offered += count->offered;
}

int preview_add(struct preview *preview, struct control_client *control, const struct lt_agency *agency)
{
	struct lt_control_request request = { .type = LT_CONTROL_REORGANISATION, .code = agency->code };
	struct lt_control_answer answer;
	size_t first = preview->count;
	request.path = agency->split_field ? agency->split_field : "";
	for (size_t i = 0; i < agency->successor_count; i++)
		add_row(preview, agency, agency->successors[i]);
	do {
		int code = control_call(control, &request, &answer);
		if (code != EX_OK)
			return code;
		for (size_t i = 0; i < answer.reorganisation.count; i++) {
			const struct lt_reorganisation_count *count = &answer.reorganisation.counts[i];
			struct preview_row *row = &preview->rows[first + successor_of(agency, count->value)];
			if (!has_rule(agency, count->value) && (count->held > 0 || count->offered > 0))
				add_loose(preview, agency, row->to, count);
			preview->field_seen |= agency->split_count > 0 && count->value[0] != '\0';
			row->held += count->held;
			row->offered += count->offered;
			row->clocks += count->clocks;
		}
		preview->rows[first].waiting = answer.reorganisation.waiting;
		request.sequence = answer.reorganisation.next;
	} while (request.sequence != 0);
	return EX_OK;
}

bool preview_field_seen(const struct preview *preview)
{
	return preview->field_seen;
}

static int print_json(const struct preview *preview)
{
	json_t *list = json_array();
	for (size_t i = 0; i < preview->count; i++) {
		const struct preview_row *row = &preview->rows[i];
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:I}", "from", row->from, "to", row->to,
						"effective", output_json_time(row->at), "held", (json_int_t)row->held,
						"offered", (json_int_t)row->offered, "clocks", (json_int_t)row->clocks,
						"mailbox", (json_int_t)row->waiting));
	}
	json_t *loose = json_array();
	for (size_t i = 0; i < preview->loose_count; i++) {
		const struct preview_loose *one = &preview->loose[i];
		json_array_append_new(loose, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "from", one->from, "to",
						       one->to, "field", one->field, "value", one->value, "held",
						       (json_int_t)one->held, "offered", (json_int_t)one->offered));
	}
	return output_json(json_pack("{s:b, s:o, s:o}", "dry_run", 1, "passes_on", list, "without_rule", loose));
}

static const char *shown_value(const char *value)
{
	return value[0] != '\0' ? value : "(none, or others)";
}

static void print_loose(const struct preview *preview)
{
	static const char *const heads[] = { "FROM", "FIELD", "VALUE WITHOUT A RULE", "TO", "HELD", "OFFERED" };
	struct output_table *table = output_table_new(heads, 6);
	for (size_t i = 0; i < preview->loose_count; i++) {
		const struct preview_loose *one = &preview->loose[i];
		const char *values[] = { one->from,
					 one->field,
					 shown_value(one->value),
					 one->to,
					 output_u64(one->held),
					 output_u64(one->offered) };
		output_table_row(table, values);
	}
	output_table_print(table);
}

void preview_warn(const struct preview *preview)
{
	for (size_t i = 0; i < preview->loose_count && i < WARNED_MAX; i++) {
		const struct preview_loose *one = &preview->loose[i];
		say_fail(EX_OK, "no rule for %s \"%s\": %llu held, %llu offered pass to %s", one->field,
			 shown_value(one->value), (unsigned long long)one->held, (unsigned long long)one->offered,
			 one->to);
	}
	if (preview->loose_count > WARNED_MAX)
		say_fail(EX_OK, "and %zu values more; --dry-run lists all", preview->loose_count - WARNED_MAX);
}

int preview_print(const struct preview *preview, bool json)
{
	static const char *const heads[] = { "FROM", "TO", "FROM THE", "HELD", "OFFERED", "CLOCKS", "MAILBOX" };
	if (json)
		return print_json(preview);
	struct output_table *table = output_table_new(heads, 7);
	for (size_t i = 0; i < preview->count; i++) {
		const struct preview_row *row = &preview->rows[i];
		bool first = i == 0 || strcmp(preview->rows[i - 1].from, row->from) != 0;
		const char *values[] = { row->from,
					 row->to,
					 output_time(row->at),
					 output_u64(row->held),
					 output_u64(row->offered),
					 output_u64(row->clocks),
					 first ? output_u64(row->waiting) : "the same" };
		output_table_row(table, values);
	}
	output_table_print(table);
	print_loose(preview);
	puts("nothing was changed; without --dry-run this becomes the next version of the directory");
	return EX_OK;
}
