/* upload_alone.c: a part that comes with a form of a browser: by the same thread and into the same files as an upload, but without a row,
 * since nobody can go on with it. A file that a crash leaves is swept after a day. */
#include "uploads.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct upload_patch *upload_alone_begin(struct exchange *exchange, struct lt_refusal *refusal)
{
	bool full = false;
	struct upload_patch *patch = malloc(sizeof(*patch));
	if (patch)
		memset(patch, 0, offsetof(struct upload_patch, data));
	if (!patch || getrandom(patch->id, UPLOAD_ID, 0) != UPLOAD_ID) {
		free(patch);
		lt_refuse(refusal, LT_INTERNAL_ERROR, "out of memory");
		return NULL;
	}
	patch->uploads = api_uploads(exchange->api);
	patch->exchange = exchange;
	patch->alone = true;
	patch->row.length = LT_LARGE_PART_MAX;
	if (uploads_claim(patch->uploads, patch->id, &full))
		return patch;
	lt_refuse(refusal, LT_OVERLOADED, "too many uploads are under way");
	free(patch);
	return NULL;
}

void upload_alone_end(struct exchange *exchange, struct upload_patch *patch)
{
	patch->row.length = patch->taken;
	if (!upload_rest(exchange)) {
		lt_refuse(&patch->refusal, LT_OVERLOADED, "the adapter stops");
		return;
	}
	patch->step = UPLOAD_END;
	uploads_post(patch->uploads, patch);
}

void upload_alone_free(struct upload_patch *patch)
{
	if (!patch)
		return;
	patch->exchange = NULL;
	patch->step = UPLOAD_DROP;
	uploads_post(patch->uploads, patch);
}
