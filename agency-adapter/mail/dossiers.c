/* dossiers.c: the local view of dossiers. */
#include "dossiers.h"

#include "base/fields.h"
#include "wire/kind.h"

#include <string.h>

#define OLDEST 12u /* marks that move at once: few of them, and those that stay have room for the next ones */

static struct lt_bytes key_of(const char *code)
{
	return lt_bytes(code, strlen(code));
}

enum lt_err dossiers_get(struct vault_tx *tx, const char *code, struct dossier_note *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_DOSSIER, key_of(code), &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	*out = (struct dossier_note){ .branch = fields_get_number32(&reader) };
	out->known = fields_get_number(&reader);
	out->predicted = fields_get_number(&reader);
	out->told = fields_get_number(&reader);
	out->has_offer = fields_get_u8(&reader) != 0;
	if (out->has_offer)
		fields_get_raw(&reader, out->offer_id, sizeof(out->offer_id));
	out->recent_count = fields_get_u8(&reader);
	if (out->recent_count > DOSSIER_RECENT)
		return LT_ECORRUPT;
	for (size_t i = 0; i < out->recent_count; i++) {
		out->recent[i].letter = (char)fields_get_u8(&reader);
		out->recent[i].number = fields_get_number(&reader);
	}
	return fields_end(&reader);
}

static enum lt_err put(struct vault_tx *tx, const char *code, const struct dossier_note *note)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_number(&writer, note->branch);
	fields_put_number(&writer, note->known);
	fields_put_number(&writer, note->predicted);
	fields_put_number(&writer, note->told);
	fields_put_u8(&writer, note->has_offer);
	if (note->has_offer)
		fields_put_raw(&writer, note->offer_id, sizeof(note->offer_id));
	fields_put_u8(&writer, note->recent_count);
	for (size_t i = 0; i < note->recent_count; i++) {
		fields_put_u8(&writer, (uint8_t)note->recent[i].letter);
		fields_put_number(&writer, note->recent[i].number);
	}
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_DOSSIER, key_of(code), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

/* A dossier not seen before has an empty note. */
static enum lt_err get_or_empty(struct vault_tx *tx, const char *code, struct dossier_note *out)
{
	enum lt_err err = dossiers_get(tx, code, out);
	if (err == LT_ENOENT) {
		*out = (struct dossier_note){ 0 };
		return LT_OK;
	}
	return err;
}

enum lt_err dossiers_learn(struct vault_tx *tx, const char *code, uint32_t branch, uint64_t version, uint64_t sequence)
{
	struct dossier_note note;
	enum lt_err err = get_or_empty(tx, code, &note);
	if (err || branch == 0 || branch < note.branch || (branch == note.branch && version <= note.known))
		return err;
	if (branch > note.branch || note.predicted < version)
		note.predicted = version;
	note.branch = branch;
	note.known = version;
	note.told = sequence;
	return put(tx, code, &note);
}

static unsigned rank(const struct dossier_branch *branch, const struct dossier_note *note)
{
	return (branch->ours ? 4U : branch->open ? 2U : 0U) + (branch->branch == note->branch ? 1U : 0U);
}

enum lt_err dossiers_see(struct vault_tx *tx, const char *code, const struct dossier_branch *branches, size_t count,
			 uint64_t sequence)
{
	struct dossier_note note;
	const struct dossier_branch *best = NULL;
	enum lt_err err = get_or_empty(tx, code, &note);
	if (err || sequence < note.told)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (branches[i].branch != 0 && (!best || rank(&branches[i], &note) >= rank(best, &note)))
			best = &branches[i];
	}
	bool waiting = note.predicted > note.known;
	if (!best || (waiting && note.branch != 0 && best->branch != note.branch))
		return LT_OK;
	note.known = best->version;
	if (!waiting || note.branch != best->branch || note.predicted <= best->version)
		note.predicted = best->version;
	note.branch = best->branch;
	note.told = sequence;
	return put(tx, code, &note);
}

enum lt_err dossiers_predict(struct vault_tx *tx, const struct lt_header *act)
{
	struct dossier_note note;
	enum lt_err err = get_or_empty(tx, act->dossier, &note);
	if (err)
		return err;
	if (act->kind == LT_KIND_OPEN) {
		bool kept = act->to_count == 1 && strcmp(act->to[0].agency, act->sender) == 0;
		note.branch = 1;
		note.predicted = kept ? 1 : 2;
	} else { /* A RECALL may only ask; then the broker's answer or its refusal sets it right. */
		if (note.branch != act->branch)
			note.known = act->branch_version; /* of another branch, it says nothing of this one */
		note.branch = act->branch;
		note.predicted = act->branch_version + (kind_moves(act) ? 1 : 0);
	}
	if (lt_kind_offers(act->kind)) {
		note.has_offer = true;
		memcpy(note.offer_id, act->id, sizeof(note.offer_id));
	}
	return put(tx, act->dossier, &note);
}

static enum lt_err fall_back(struct vault_tx *tx, const char *code, bool doubted)
{
	struct dossier_note note;
	enum lt_err err = dossiers_get(tx, code, &note);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	note.predicted = note.known;
	if (doubted)
		note.told = 0;
	return put(tx, code, &note);
}

enum lt_err dossiers_unpredict(struct vault_tx *tx, const char *code)
{
	return fall_back(tx, code, true);
}

enum lt_err dossiers_settle(struct vault_tx *tx, const char *code, uint64_t number)
{
	uint64_t later;
	enum lt_err err = dossiers_trace_next(tx, code, 's', number + 1, &later);
	if (err == LT_OK)
		return LT_OK;
	return err == LT_ENOENT ? fall_back(tx, code, false) : err;
}

/* code, NUL, direction, number */
static size_t trace_key(const char *code, char direction, uint64_t number, uint8_t out[VAULT_KEY_MAX])
{
	size_t len = strnlen(code, LT_DOSSIER_MAX);
	memcpy(out, code, len);
	out[len] = 0;
	out[len + 1] = (uint8_t)direction;
	fields_key_put(out + len + 2, number, 8);
	return len + 10;
}

/* The oldest of those that are full go to rows of their own. */
static enum lt_err move_oldest(struct vault_tx *tx, const char *code, struct dossier_note *note)
{
	uint8_t key[VAULT_KEY_MAX];
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < OLDEST && !err; i++) {
		size_t len = trace_key(code, note->recent[i].letter, note->recent[i].number, key);
		err = vault_put(tx, VAULT_TRACE, lt_bytes(key, len), lt_bytes(NULL, 0));
	}
	note->recent_count = DOSSIER_RECENT - OLDEST;
	memmove(note->recent, note->recent + OLDEST, note->recent_count * sizeof(note->recent[0]));
	return err;
}

enum lt_err dossiers_trace(struct vault_tx *tx, const char *code, char direction, uint64_t number)
{
	struct dossier_note note;
	enum lt_err err = get_or_empty(tx, code, &note);
	if (!err && note.recent_count == DOSSIER_RECENT)
		err = move_oldest(tx, code, &note);
	if (err)
		return err;
	note.recent[note.recent_count++] = (struct dossier_mark){ direction, number };
	return put(tx, code, &note);
}

enum lt_err dossiers_forget(struct vault_tx *tx, const char *code)
{
	return vault_delete(tx, VAULT_DOSSIER, key_of(code));
}

enum lt_err dossiers_untrace(struct vault_tx *tx, const char *code, char direction, uint64_t number)
{
	uint8_t key[VAULT_KEY_MAX];
	struct dossier_note note;
	enum lt_err err = get_or_empty(tx, code, &note);
	for (size_t i = 0; !err && i < note.recent_count; i++) {
		struct dossier_mark *mark = &note.recent[i];
		if (mark->letter != direction || mark->number != number)
			continue;
		memmove(mark, mark + 1, (--note.recent_count - i) * sizeof(*mark));
		return put(tx, code, &note);
	}
	return err ? err : vault_delete(tx, VAULT_TRACE, lt_bytes(key, trace_key(code, direction, number, key)));
}

static enum lt_err next_old(struct vault_tx *tx, const char *code, char direction, uint64_t from, uint64_t *number)
{
	uint8_t key[VAULT_KEY_MAX];
	struct lt_bytes found, value;
	size_t len = trace_key(code, direction, from, key);
	enum lt_err err = vault_seek(tx, VAULT_TRACE, lt_bytes(key, len), &found, &value);
	if (err)
		return err;
	if (found.len != len || memcmp(found.data, key, len - 8) != 0)
		return LT_ENOENT;
	*number = fields_key_get(found.data + len - 8, 8);
	return LT_OK;
}

enum lt_err dossiers_trace_next(struct vault_tx *tx, const char *code, char direction, uint64_t from, uint64_t *number)
{
	struct dossier_note note;
	uint64_t best = UINT64_MAX;
	enum lt_err err = get_or_empty(tx, code, &note);
	if (!err)
		err = next_old(tx, code, direction, from, &best);
	if (err && err != LT_ENOENT)
		return err;
	for (size_t i = 0; i < note.recent_count; i++) {
		const struct dossier_mark *mark = &note.recent[i];
		if (mark->letter == direction && mark->number >= from && mark->number < best)
			best = mark->number;
	}
	if (best == UINT64_MAX)
		return LT_ENOENT;
	*number = best;
	return LT_OK;
}
