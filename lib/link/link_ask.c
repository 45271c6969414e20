/* link_ask.c: questions to the broker, one QUERY each. */
#include "link_internal.h"

#include <string.h>

static enum lt_err ask(struct lt_link_client *client, const struct lt_query *query)
{
	struct lt_link link = { .type = LT_LINK_QUERY, .u.query = *query };
	return client->state == LINK_ACTIVE ? link_send(client, &link) : LT_EAGAIN;
}

enum lt_err lt_link_client_query(struct lt_link_client *client, const char *agency, const char *dossier,
				 uint64_t min_seq, uint64_t token)
{
	return ask(client,
		   &(struct lt_query){ .token = token, .min_seq = min_seq, .dossier = dossier, .agency = agency });
}

enum lt_err lt_link_client_dossiers(struct lt_link_client *client, const char *agency,
				    const struct lt_dossiers_request *request, uint64_t min_seq, uint64_t token)
{
	struct lt_dossiers_request copy = *request;
	return ask(client,
		   &(struct lt_query){
			   .token = token, .min_seq = min_seq, .dossier = "", .agency = agency, .dossiers = &copy });
}

enum lt_err lt_link_client_procedures(struct lt_link_client *client, const char *agency, bool one, const char *code,
				      uint32_t version, uint64_t token)
{
	return ask(client, &(struct lt_query){ .token = token,
					       .dossier = "",
					       .agency = agency,
					       .procedures = one ? LT_LINK_PROCEDURES_ONE : LT_LINK_PROCEDURES_LIST,
					       .procedure = code,
					       .version = version });
}

enum lt_err lt_link_client_applicant(struct lt_link_client *client, const char *agency, const char *dossier,
				     uint64_t token)
{
	return ask(client,
		   &(struct lt_query){ .token = token, .dossier = dossier, .agency = agency, .applicant = true });
}

enum lt_err lt_link_client_ledger(struct lt_link_client *client, const char *agency, const uint64_t *sequences,
				  size_t count, uint64_t old_size, uint64_t token)
{
	uint64_t copy[LT_LEDGER_PROOFS_MAX];
	if (client->state != LINK_ACTIVE)
		return LT_EAGAIN;
	if (count > LT_LEDGER_PROOFS_MAX)
		return LT_EINVAL;
	if (count > 0)
		memcpy(copy, sequences, count * sizeof(copy[0]));
	return ask(client, &(struct lt_query){ .token = token,
					       .dossier = "",
					       .agency = agency,
					       .ledger = true,
					       .sequence_count = count,
					       .sequences = copy,
					       .old_size = old_size });
}
