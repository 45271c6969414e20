/* found.c: the dossiers that were opened with a code of another system: `lienthong dossier find --foreign`. */
#include "query_internal.h"

#include <string.h>

#include "state/foreign.h"

static const char *keep(struct query *query, const char *text)
{
	return (const char *)query_keep(query, lt_bytes(text, strlen(text))).data;
}

static void add(struct query *query, struct lt_control_answer *out)
{
	const struct dossier *dossier = &query->dossier;
	out->found.dossiers[out->found.count++] = (struct lt_found){
		.code = keep(query, dossier->code),
		.procedure = keep(query, dossier->procedure),
		.procedure_version = dossier->procedure_version,
		.status = dossier->status,
		.origin = keep(query, dossier->origin),
		.opened_at = dossier->opened_at,
	};
}

/* Who asks wants to know whether a filing was counted before: where not all rows can be read, there is no answer. */
static void refuse_damaged(const char *code, struct lt_control_answer *out, struct lt_refusal *refusal)
{
	out->reason = lt_refuse(refusal, LT_STORE_DAMAGED, "%s", code);
	lt_control_refuse(out, refusal);
}

void query_find(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out,
		struct lt_refusal *refusal)
{
	struct store *store = query->state->store;
	uint64_t faults = store_faults(store), number = request->sequence;
	enum lt_err err = LT_OK;
	out->found.dossiers = query_alloc(query, LT_FOUND_PAGE * sizeof(*out->found.dossiers));
	while (out->found.count < LT_FOUND_PAGE) {
		err = foreign_next(store, request->code, number, &number);
		if (err)
			break;
		if (dossier_load_known(store, number, &query->dossier) == LT_OK)
			add(query, out);
	}
	out->found.next = err ? 0 : number;
	if (store_faults(store) != faults || err == LT_ECORRUPT)
		refuse_damaged(request->code, out, refusal);
}
