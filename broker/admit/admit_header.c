#include "admit_internal.h"

enum lt_reason admit_check_header(struct admit *admit, struct admit_item *item, struct lt_refusal *refusal)
{
	return lt_header_parse(item->envelope->header, admit->arena, &item->header, refusal);
}

enum lt_reason admit_check_parts(struct admit_item *item, struct lt_refusal *refusal)
{
	return lt_envelope_check_parts(&item->header, item->envelope, refusal);
}
