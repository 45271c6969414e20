/* comeback.c: a store that is an older one, or new in the place of another; keys that outlive that. */
#include "comeback.h"

#include "feed.h"
#include "mail/outbox_internal.h"
#include "program/log.h"

#include <stdio.h>
#include <string.h>

#define BOUND 8u /* bytes of an id, the last ones */
static const char mark_name[] = "file_mark", since_name[] = "restored_at", begun_name[] = "begun_at",
		  alone_name[] = "not_met";

void comeback_bind(uint8_t id[16], const char *sender, const char *key)
{
	uint8_t digest[32];
	char text[LT_AGENCY_MAX + OUTBOX_KEY_MAX + 2];
	int len = snprintf(text, sizeof(text), "%s %s", sender, key); /* a code has no blank */
	LT_ASSERT(len > 0 && (size_t)len < sizeof(text));
	lt_sha256(lt_bytes(text, (size_t)len), digest);
	memcpy(id + 16 - BOUND, digest, BOUND);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80); /* the variant of RFC 9562 */
}

static enum lt_err note(struct vault_tx *tx, int64_t now)
{
	enum lt_err err = vault_meta_put(tx, since_name, (uint64_t)now);
	return err ? err : feed_tell(tx, &(struct feed_event){ .event = LT_EVENT_ADAPTER_RESTORED, .time = now });
}

static enum lt_err begin_new(struct vault_tx *tx, int64_t now, uint64_t mark, bool met)
{
	enum lt_err err = vault_meta_put(tx, begun_name, (uint64_t)now);
	if (!err)
		err = vault_meta_put(tx, alone_name, 1);
	if (!err)
		err = vault_meta_put(tx, mark_name, mark);
	if (err || !met)
		return err;
	lt_log(LT_LOG_WARNING,
	       "the store is new, and this adapter has been in session before: what had not been sent is lost; what "
	       "the "
	       "broker keeps comes again, and it is asked what was sent",
	       NULL);
	return note(tx, now);
}

enum lt_err comeback_begin(struct vault_tx *tx, int64_t now, uint64_t mark, bool met)
{
	uint64_t begun, known = 0;
	enum lt_err err = vault_meta_get(tx, begun_name, &begun);
	if (!err && begun == 0)
		return begin_new(tx, now, mark, met);
	if (!err)
		err = vault_meta_get(tx, mark_name, &known);
	if (err || mark == 0 || mark == known)
		return err;
	err = vault_meta_put(tx, mark_name, mark);
	if (err || known == 0)
		return err;
	lt_log(LT_LOG_WARNING,
	       "the store is a copy of the one that was written; the broker is asked what was sent meanwhile", NULL);
	return note(tx, now);
}

/* A store that catches up over several sessions is told once. */
enum lt_err comeback_met(struct vault_tx *tx, int64_t now, const char *agency, uint64_t received, uint64_t stored)
{
	char name[LT_AGENCY_MAX + 8];
	uint64_t told = 0;
	bool alone;
	snprintf(name, sizeof(name), "behind %s", agency);
	enum lt_err err = comeback_alone(tx, &alone);
	if (!err && alone)
		err = vault_meta_put(tx, alone_name, 0);
	if (!err)
		err = vault_meta_get(tx, name, &told);
	if (err || received <= stored || received <= told)
		return err;
	lt_log(LT_LOG_WARNING,
	       "the store is older than what the broker holds as received: it comes again; what had not been sent is "
	       "lost",
	       "agency", agency, "received", lt_log_u64(received), "here", lt_log_u64(stored), NULL);
	err = vault_meta_put(tx, name, received);
	return err ? err : note(tx, now);
}

enum lt_err comeback_alone(struct vault_tx *tx, bool *out)
{
	uint64_t alone;
	enum lt_err err = vault_meta_get(tx, alone_name, &alone);
	*out = !err && alone != 0;
	return err;
}

enum lt_err comeback_since(struct vault_tx *tx, int64_t now, int64_t *out)
{
	uint64_t since;
	enum lt_err err = vault_meta_get(tx, since_name, &since);
	*out = err || now - (int64_t)since > OUTBOX_KEEP_US ? 0 : (int64_t)since;
	return err;
}

static void name_of(const char *dossier, char out[LT_DOSSIER_MAX + 8])
{
	snprintf(out, LT_DOSSIER_MAX + 8, "asked %s", dossier);
}

enum lt_err comeback_find(struct vault_tx *tx, int64_t now, const char *dossier, uint8_t id[16], bool *found, bool *ask)
{
	char name[LT_DOSSIER_MAX + 8];
	struct lt_bytes value;
	uint64_t asked;
	int64_t begun;
	*found = false;
	enum lt_err err = comeback_alone(tx, ask);
	if (!err)
		err = comeback_since(tx, now, &begun);
	if (err || *ask || begun == 0)
		return err;
	err = vault_get(tx, VAULT_SENT, lt_bytes(id + 16 - BOUND, BOUND), &value);
	if (!err && value.len < 16)
		return LT_ECORRUPT;
	*found = !err;
	if (!err)
		memcpy(id, value.data, 16);
	if (err != LT_ENOENT)
		return err;
	name_of(dossier, name);
	err = vault_meta_get(tx, name, &asked);
	*ask = (int64_t)asked < begun;
	return err;
}

static enum lt_err put_sent(struct vault_tx *tx, const uint8_t *id, const char *dossier, const char *agency)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_raw(&writer, id, 16);
	fields_put_text(&writer, dossier);
	fields_put_text(&writer, agency);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_SENT, lt_bytes(id + 16 - BOUND, BOUND), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err comeback_where(struct vault_tx *tx, const uint8_t id[16], char dossier[LT_DOSSIER_MAX],
			   char agency[LT_AGENCY_MAX])
{
	uint8_t whole[16];
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_SENT, lt_bytes(id + 16 - BOUND, BOUND), &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	fields_get_raw(&reader, whole, sizeof(whole));
	outbox_copy_text(&reader, dossier, LT_DOSSIER_MAX);
	outbox_copy_text(&reader, agency, LT_AGENCY_MAX);
	err = fields_end(&reader);
	return !err && memcmp(whole, id, sizeof(whole)) != 0 ? LT_ENOENT : err;
}

enum lt_err comeback_learn(struct vault_tx *tx, int64_t now, const char *dossier, const char *agency,
			   const uint8_t *ids, size_t count)
{
	char name[LT_DOSSIER_MAX + 8];
	uint64_t number;
	int64_t begun;
	enum lt_err err = comeback_since(tx, now, &begun);
	if (err || begun == 0)
		return err;
	for (size_t i = 0; i < count && !err; i++) {
		const uint8_t *id = ids + 16 * i;
		err = outbox_find(tx, id, &number); /* what is here has its key here */
		if (err == LT_ENOENT)
			err = put_sent(tx, id, dossier, agency);
	}
	name_of(dossier, name);
	return err ? err : vault_meta_put(tx, name, (uint64_t)now);
}
