/* engine_elide.c: part bytes whose time has come leave the disk. */
#include <string.h>

#include "engine_internal.h"
#include "program/log.h"

/* False: the journal still tells its last batch from a torn one by them. */
static bool punch(struct engine *engine, uint64_t sequence)
{
	enum lt_err err = journal_elide(engine->journal, sequence);
	if (err && err != LT_ENOENT && err != LT_EAGAIN)
		lt_fatal("part bytes of record %llu cannot be removed: %s", (unsigned long long)sequence,
			 lt_err_text(err));
	return err != LT_EAGAIN;
}

void engine_punch(struct engine *engine, uint64_t sequence)
{
	if (!punch(engine, sequence))
		LT_ASSERT(lt_buf_append(&engine->punches, &sequence, sizeof(sequence)) == LT_OK);
}

void engine_punch_again(struct engine *engine)
{
	size_t kept = 0;
	for (size_t at = 0; at < engine->punches.len; at += sizeof(uint64_t)) {
		uint64_t sequence;
		memcpy(&sequence, engine->punches.data + at, sizeof(sequence));
		if (punch(engine, sequence))
			continue;
		memcpy(engine->punches.data + kept, &sequence, sizeof(sequence));
		kept += sizeof(sequence);
	}
	engine->punches.len = kept;
}
