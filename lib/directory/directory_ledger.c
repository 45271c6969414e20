/* directory_ledger.c: who may sign checkpoints of the ledger, and which ledgers have a past in common. */
#include "directory_internal.h"

#include <string.h>

bool directory_of_domain(const char *domain, const char *origin)
{
	size_t len = strlen(domain);
	return strlen(origin) < LT_ORIGIN_MAX && strncmp(origin, domain, len) == 0 && origin[len] == '/' &&
	       origin[len + 1] != '\0';
}

static bool in_force(const struct lt_ledger_key *key, int64_t at)
{
	return at >= key->valid_from && (key->valid_to == 0 || at < key->valid_to);
}

enum lt_reason lt_directory_checkpoint(const struct lt_directory *directory, struct lt_bytes note,
				       struct lt_checkpoint *out, struct lt_refusal *refusal)
{
	if (lt_checkpoint_parse(note, out))
		return lt_refuse(refusal, LT_CHECKPOINT_INVALID, "not a checkpoint");
	if (!directory_of_domain(lt_directory_domain(directory), out->origin))
		return lt_refuse(refusal, LT_CHECKPOINT_INVALID, "%s is not of %s", out->origin,
				 lt_directory_domain(directory));
	enum lt_reason reason = lt_refuse(refusal, LT_CHECKPOINT_INVALID,
					  "the directory lists no ledger key for the time of this checkpoint");
	for (size_t i = 0; i < lt_directory_count(directory); i++) {
		const struct lt_agency *agency = lt_directory_at(directory, i);
		for (size_t k = 0; k < agency->ledger_key_count; k++) {
			if (!in_force(&agency->ledger_keys[k], out->time))
				continue;
			reason = lt_checkpoint_verify(note, agency->ledger_keys[k].key, out, refusal);
			if (!reason)
				return reason;
		}
	}
	return reason;
}

static const struct lt_incarnation *find(const struct lt_directory *directory, const char *origin)
{
	for (size_t i = 0; i < lt_directory_count(directory); i++) {
		const struct lt_agency *agency = lt_directory_at(directory, i);
		for (size_t k = 0; k < agency->incarnation_count; k++)
			if (strcmp(agency->incarnations[k].origin, origin) == 0)
				return &agency->incarnations[k];
	}
	return NULL;
}

/* From origin up to the one sought: the step at which least is the same, NULL when it is that one itself. False: it is not above. */
static bool climb(const struct lt_directory *directory, const char *origin, const char *sought,
		  const struct lt_incarnation **least)
{
	*least = NULL;
	while (strcmp(origin, sought) != 0) {
		const struct lt_incarnation *step = find(directory, origin);
		if (!step)
			return false;
		if (!*least || step->size < (*least)->size)
			*least = step;
		origin = step->before; /* a tree: directory_check */
	}
	return true;
}

/* Two ledgers are the same up to the smallest step between them: both grew out of what stands above it. */
bool lt_directory_origins(const struct lt_directory *directory, const char *a, const char *b, uint64_t *size,
			  uint8_t root[32])
{
	const struct lt_incarnation *up = NULL, *down = NULL;
	for (const char *common = a;;) {
		if (climb(directory, a, common, &up) && climb(directory, b, common, &down))
			break;
		const struct lt_incarnation *step = find(directory, common);
		if (!step)
			return false;
		common = step->before;
	}
	const struct lt_incarnation *least = !up || (down && down->size < up->size) ? down : up;
	if (!least)
		return false; /* the same origin: nothing to say */
	*size = least->size;
	memcpy(root, least->root, 32);
	return true;
}
