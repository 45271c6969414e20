/* directory_ledger.c: who may sign checkpoints of the ledger. */
#include "directory_internal.h"

#include <string.h>

static bool of_domain(const struct lt_directory *directory, const char *origin)
{
	const char *domain = lt_directory_domain(directory);
	size_t len = strlen(domain);
	return strncmp(origin, domain, len) == 0 && origin[len] == '/';
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
	if (!of_domain(directory, out->origin))
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
