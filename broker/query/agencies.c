/* agencies.c: the directory: its agencies as they are now; the signed bytes of any version. */
#include "query_internal.h"

#include "state/definition_store.h"
#include "trust/trust.h"

static void fill_agency(struct query *query, const struct figures *figures, const struct lt_agency *agency,
			struct lt_agency_view *out)
{
	static const struct agency_figures nothing;
	const struct agency_figures *known = query_agency_figures(figures, agency->code);
	const struct announced *announced = rulebook_announced(query->state->rulebook, agency->code);
	bool closes = announced_closes(announced, query->legal);
	const char **aliases = query_alloc(query, (agency->alias_count + 1) * sizeof(*aliases));
	for (size_t i = 0; i < agency->alias_count; i++)
		aliases[i] = agency->aliases[i];
	known = known ? known : &nothing;
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
		.adapter = known->adapter,
		.refused_count = known->refused_count,
		.refused = known->refused,
		.drained_at = announced ? announced->drained_at : 0,
		.drain_reason = announced ? announced->drain_reason : "",
		.closed_from = closes ? announced->closed_from : 0,
		.closed_until = closes ? announced->closed_until : 0,
		.closure_reason = closes ? announced->closure_reason : "",
		.certificates_end = trust_last_end(agency),
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

/* The record that brought it has its bytes. */
static bool directory_of_record(struct query *query, uint64_t version, struct lt_bytes *out)
{
	struct directory_version known;
	struct journal_entry entry;
	struct lt_record record;
	struct lt_command command;
	struct lt_refusal refusal = { 0 };
	if (definition_version_get(query->state->store, version, &known) ||
	    query_entry(query, known.sequence, &entry) || lt_record_decode(entry.record, &record, &refusal) ||
	    lt_record_command(&record, query->arena, &command, &refusal) || command.type != LT_COMMAND_DEFINE)
		return false;
	*out = query_keep(query, command.u.define.data);
	return true;
}

void query_directory(struct query *query, uint64_t version, struct lt_control_answer *out)
{
	if (version == 0 || version == rulebook_directory_version(query->state->rulebook)) {
		out->directory = rulebook_signed_directory(query->state->rulebook);
	} else if (!directory_of_record(query, version, &out->directory)) {
		out->reason = LT_RECORD_UNKNOWN;
		out->detail = "the journal has no such version of the directory";
	}
}
