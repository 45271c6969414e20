/* preview.c: one row for each agency that would be closed and successor that would act for it. */
#include "preview.h"

#include "cli/cli_output.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>

struct preview_row {
	char from[LT_AGENCY_MAX], to[LT_AGENCY_MAX];
	int64_t at;
	uint64_t held, offered, clocks;
	uint64_t waiting; /* mailbox entries of `from`; the dossiers say where they go: in the first row of it */
};
struct preview {
	size_t count;
	struct preview_row *rows;
};

struct preview *preview_new(void)
{
	struct preview *preview = calloc(1, sizeof(*preview));
	LT_ASSERT(preview);
	return preview;
}

void preview_free(struct preview *preview)
{
	if (preview)
		free(preview->rows);
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
			row->held += count->held;
			row->offered += count->offered;
			row->clocks += count->clocks;
		}
		preview->rows[first].waiting = answer.reorganisation.waiting;
		request.sequence = answer.reorganisation.next;
	} while (request.sequence != 0);
	return EX_OK;
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
	return output_json(json_pack("{s:b, s:o}", "dry_run", 1, "passes_on", list));
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
					 first ? output_u64(row->waiting) : "" };
		output_table_row(table, values);
	}
	output_table_print(table);
	puts("nothing was changed; without --dry-run this becomes the next version of the directory");
	return EX_OK;
}
