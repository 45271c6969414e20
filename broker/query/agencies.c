/* agencies.c: the directory in force: its agencies as they are now, or its signed bytes. */
#include "query_internal.h"

#include "trust/trust.h"

static void fill_agency(struct query *query, const struct figures *figures, const struct lt_agency *agency,
			struct lt_agency_view *out)
{
	const char **aliases = query_alloc(query, (agency->alias_count + 1) * sizeof(*aliases));
	for (size_t i = 0; i < agency->alias_count; i++)
		aliases[i] = agency->aliases[i];
	*out = (struct lt_agency_view){
		.code = agency->code,
		.alias_count = agency->alias_count,
		.aliases = aliases,
		.name = agency->name,
		.name_en = agency->name_en,
		.level = (uint32_t)agency->level,
		.parent = agency->parent,
		.suspended = rulebook_suspended(query->state->rulebook, agency->code),
		.online = query_online(figures, agency->code),
		.certificates = (uint32_t)agency->cert_count,
		.valid_from = agency->valid_from,
		.valid_to = agency->valid_to,
		.handled_by = query_handled_by(query, agency->code),
	};
}

void query_agencies(struct query *query, const struct figures *figures, const char *code, struct lt_control_answer *out)
{
	const struct lt_directory *directory = trust_directory(query->state->rulebook);
	size_t count = directory ? lt_directory_count(directory) : 0;
	out->agencies.directory_version = rulebook_directory_version(query->state->rulebook);
	out->agencies.agencies = query_alloc(query, (count + 1) * sizeof(*out->agencies.agencies));
	if (code && code[0] != '\0') {
		const struct lt_agency *agency = directory ? lt_directory_resolve(directory, code) : NULL;
		if (!agency) {
			out->reason = LT_AGENCY_UNKNOWN;
			out->detail = code;
			return;
		}
		fill_agency(query, figures, agency, &out->agencies.agencies[out->agencies.count++]);
		return;
	}
	for (size_t i = 0; i < count; i++)
		fill_agency(query, figures, lt_directory_at(directory, i),
			    &out->agencies.agencies[out->agencies.count++]);
}

void query_directory(struct query *query, struct lt_control_answer *out)
{
	out->directory = rulebook_signed_directory(query->state->rulebook);
}
