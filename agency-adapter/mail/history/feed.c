/* feed.c: the feed of events on disk. */
#include "feed.h"

#include "mail/outbox_internal.h"

#include <string.h>

static enum lt_err get(struct vault_tx *tx, uint64_t number, struct lt_bytes *value)
{
	enum lt_err err = vault_get_u64(tx, VAULT_EVENT, number, value);
	return !err && value->len < sizeof(((struct feed_place *)NULL)->tag) ? LT_ECORRUPT : err;
}

enum lt_err feed_newest(struct vault_tx *tx, struct feed_place *out)
{
	struct lt_bytes key = lt_bytes(NULL, 0), value;
	*out = (struct feed_place){ 0 };
	enum lt_err err = vault_last(tx, VAULT_EVENT, &key, &value);
	if (err && err != LT_ECORRUPT)
		return err == LT_ENOENT ? LT_OK : err;
	if (key.len != 8)
		return LT_ECORRUPT;
	out->number = fields_key_get(key.data, key.len);
	if (!err && value.len >= sizeof(out->tag)) /* damaged: the next one is told behind it all the same */
		memcpy(out->tag, value.data, sizeof(out->tag));
	return LT_OK;
}

static enum lt_err encode(const struct feed_event *event, struct lt_buf *out)
{
	struct fields_writer writer = { .buf = out };
	fields_put_u32(&writer, (uint32_t)event->event);
	fields_put_u64(&writer, (uint64_t)event->time);
	fields_put_text(&writer, event->agency);
	fields_put_text(&writer, event->dossier);
	fields_put_u32(&writer, (uint32_t)event->kind);
	fields_put_raw(&writer, event->id, sizeof(event->id));
	fields_put_u64(&writer, event->item);
	fields_put_raw(&writer, event->reply, sizeof(event->reply));
	fields_put_text(&writer, event->by);
	fields_put_u32(&writer, (uint32_t)event->reason);
	return fields_written(&writer);
}

static enum lt_err decode(struct lt_bytes value, struct feed_event *out)
{
	struct fields_reader reader = { .rest = value };
	memset(out, 0, sizeof(*out));
	out->event = (enum lt_event)fields_get_u32(&reader);
	out->time = (int64_t)fields_get_u64(&reader);
	outbox_copy_text(&reader, out->agency, sizeof(out->agency));
	outbox_copy_text(&reader, out->dossier, sizeof(out->dossier));
	out->kind = (enum lt_kind)fields_get_u32(&reader);
	fields_get_raw(&reader, out->id, sizeof(out->id));
	out->item = fields_get_u64(&reader);
	fields_get_raw(&reader, out->reply, sizeof(out->reply));
	outbox_copy_text(&reader, out->by, sizeof(out->by));
	out->reason = (enum lt_reason)fields_get_u32(&reader);
	return fields_end(&reader);
}

enum lt_err feed_tell(struct vault_tx *tx, const struct feed_event *event)
{
	struct feed_place last;
	struct lt_buf row = { 0 };
	uint8_t digest[32];
	enum lt_err err = feed_newest(tx, &last);
	/* The tag of the one before stands first while the digest is made, and its own takes that place. */
	if (!err)
		err = lt_buf_append(&row, last.tag, sizeof(last.tag));
	if (!err)
		err = encode(event, &row);
	if (!err) {
		lt_sha256(lt_buf_bytes(&row), digest);
		memcpy(row.data, digest, sizeof(last.tag));
		err = vault_put_u64(tx, VAULT_EVENT, last.number + 1, lt_buf_bytes(&row));
	}
	lt_buf_fini(&row);
	return err;
}

static enum lt_err read_at(struct vault_tx *tx, struct feed_place *place, struct feed_event *out)
{
	struct lt_bytes value;
	enum lt_err err = get(tx, place->number, &value);
	if (err)
		return err;
	memcpy(place->tag, value.data, sizeof(place->tag));
	return decode(lt_bytes(value.data + sizeof(place->tag), value.len - sizeof(place->tag)), out);
}

enum lt_err feed_next(struct vault_tx *tx, struct feed_place *place, struct feed_event *out)
{
	struct lt_bytes value;
	struct feed_place at = *place;
	enum lt_err err;
	do {
		err = vault_seek_u64(tx, VAULT_EVENT, at.number + 1, &at.number, &value);
		if (!err)
			err = read_at(tx, &at, out);
	} while (err == LT_ECORRUPT);
	if (!err)
		*place = at;
	return err;
}

bool feed_knows(struct vault_tx *tx, const struct feed_place *place)
{
	struct lt_bytes value;
	enum lt_err err = get(tx, place->number, &value);
	return err == LT_ECORRUPT || (!err && memcmp(value.data, place->tag, sizeof(place->tag)) == 0);
}

enum lt_err feed_purge(struct vault_tx *tx, int64_t now, size_t limit, uint64_t *from)
{
	struct feed_place newest;
	struct lt_bytes value;
	uint64_t number = *from;
	enum lt_err err = feed_newest(tx, &newest);
	*from = 0;
	for (size_t i = 0; !err; i++, number++) {
		struct feed_event event;
		if (i == limit) {
			*from = number;
			break;
		}
		err = vault_seek_u64(tx, VAULT_EVENT, number, &number, &value);
		if (!err)
			err = read_at(tx, &(struct feed_place){ .number = number }, &event);
		if (err == LT_ECORRUPT && number < newest.number) { /* it stays, and keeps nothing else here */
			err = LT_OK;
			continue;
		}
		if (err || number == newest.number || (event.time <= now && event.time + FEED_KEEP_US >= now))
			break;
		if (event.time <= now) /* what was told while the clock was ahead stays */
			err = vault_delete_u64(tx, VAULT_EVENT, number);
	}
	return err == LT_ENOENT ? LT_OK : err;
}
