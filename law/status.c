/* status.c: legal edges of a dossier's status. */
#include "status.h"

#include <stdio.h>
#include <string.h>

#include "program/log.h"

#define TO(status) (1u << (STATUS_##status))

/* From SUPPLEMENT, FEE and WITHDRAWAL a dossier goes back to what its stage is. Between the first two lie two branches, of which one
 * asks for papers and one for a fee. */
static const unsigned edges[STATUS_COUNT] = {
	[STATUS_NONE] = TO(REGISTERED) | TO(RECEIVED),
	[STATUS_REGISTERED] = TO(RECEIVED) | TO(NOT_RECEIVED) | TO(SUPPLEMENT) | TO(FEE) | TO(WITHDRAWAL),
	[STATUS_RECEIVED] = TO(IN_PROGRESS) | TO(SUPPLEMENT) | TO(FEE) | TO(WITHDRAWAL) | TO(STOPPED),
	[STATUS_NOT_RECEIVED] = 0,
	[STATUS_IN_PROGRESS] = TO(IN_PROGRESS) | TO(SUPPLEMENT) | TO(FEE) | TO(WITHDRAWAL) | TO(STOPPED) | TO(DONE),
	[STATUS_SUPPLEMENT] = TO(REGISTERED) | TO(RECEIVED) | TO(IN_PROGRESS) | TO(FEE) | TO(WITHDRAWAL) | TO(STOPPED),
	[STATUS_FEE] = TO(REGISTERED) | TO(RECEIVED) | TO(IN_PROGRESS) | TO(SUPPLEMENT) | TO(WITHDRAWAL) | TO(STOPPED),
	[STATUS_WITHDRAWAL] = TO(REGISTERED) | TO(RECEIVED) | TO(IN_PROGRESS) | TO(SUPPLEMENT) | TO(FEE) | TO(STOPPED),
	[STATUS_STOPPED] = TO(IN_PROGRESS) | TO(HANDED_OVER),
	[STATUS_DONE] = TO(IN_PROGRESS) | TO(HANDED_OVER),
	[STATUS_HANDED_OVER] = 0,
};

static const struct {
	const char *english, *vietnamese;
} names[STATUS_COUNT] = {
#define STATUS(name, number, english, vietnamese) [number] = { english, vietnamese },
#include "status.def"
#undef STATUS
};

const char *status_name(enum status status)
{
	return (unsigned)status < STATUS_COUNT ? names[status].english : "unknown";
}

const char *status_vietnamese(uint32_t status)
{
	return status < STATUS_COUNT ? names[status].vietnamese : "?";
}

enum status status_derive(const struct status_facts *facts)
{
	enum status stage = facts->stage;
	if (stage == STATUS_HANDED_OVER || stage == STATUS_NOT_RECEIVED || stage == STATUS_STOPPED)
		return stage;
	if (facts->withdrawal)
		return STATUS_WITHDRAWAL;
	if (stage == STATUS_DONE)
		return STATUS_DONE;
	if (facts->supplement)
		return STATUS_SUPPLEMENT;
	return facts->fee ? STATUS_FEE : stage;
}

bool status_edge(enum status from, enum status to)
{
	return (unsigned)from < STATUS_COUNT && (unsigned)to < STATUS_COUNT && (edges[from] >> to & 1u) != 0;
}

static void list_allowed(enum status from, char *out, size_t size)
{
	size_t len = 0;
	out[0] = '\0';
	for (unsigned to = 0; to < STATUS_COUNT && len < size; to++) {
		if (status_edge(from, (enum status)to))
			len += (size_t)snprintf(out + len, size - len, "%s%u", len > 0 ? ", " : "", to);
	}
	if (len == 0)
		snprintf(out, size, "nothing");
}

enum lt_reason status_set(enum status *status, enum status to, struct lt_refusal *refusal)
{
	char allowed[48];
	LT_ASSERT((unsigned)*status < STATUS_COUNT && (unsigned)to < STATUS_COUNT);
	if (!status_edge(*status, to)) {
		list_allowed(*status, allowed, sizeof(allowed));
		return lt_refuse(refusal, LT_STATUS_EDGE_ILLEGAL, "status %u (%s) cannot become %u (%s); allowed: %s",
				 (unsigned)*status, status_name(*status), (unsigned)to, status_name(to), allowed);
	}
	*status = to;
	return LT_REASON_NONE;
}
