/* deliveries.c: rows of webhooks on disk.
 *
 * Keys of VAULT_HOOK begin with a letter and the hook's name with its NUL: `h` how it stands, `r` and the event's number the row, `w`, due time
 * and number, nothing: one for each row that waits, so that what is due first comes first. */
#include "deliveries.h"

#include "base/fields.h"
#include "program/log.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define WAIT_MAX (24 * HOUR_US) /* who asks for longer is asked again all the same */

/* Of the Standard Webhooks specification: three days, so that a weekend of theirs is slept through. */
static const int64_t pauses[DELIVERY_ATTEMPTS - 1] = { 5 * SECOND_US, 5 * MINUTE_US, 30 * MINUTE_US,
						       2 * HOUR_US,   5 * HOUR_US,   10 * HOUR_US,
						       14 * HOUR_US,  20 * HOUR_US,  24 * HOUR_US };

static const char *const state_names[DELIVERY_STATES] = {
	[DELIVERY_WAITING] = "waiting", [DELIVERY_DELIVERED] = "delivered", [DELIVERY_PARKED] = "parked"
};

const char *delivery_state_name(enum delivery_state state)
{
	return state > 0 && state < DELIVERY_STATES ? state_names[state] : "unknown";
}

enum delivery_state delivery_state_find(const char *name)
{
	for (enum delivery_state i = DELIVERY_WAITING; i < DELIVERY_STATES; i++) {
		if (strcmp(state_names[i], name) == 0)
			return i;
	}
	return 0;
}

int64_t delivery_pause(uint32_t attempts)
{
	return attempts >= 1 && attempts < DELIVERY_ATTEMPTS ? pauses[attempts - 1] : 0;
}

struct hook_key {
	uint8_t bytes[1 + HOOK_NAME_MAX + 16];
	size_t len;
};

static struct hook_key key_of(char letter, const char *hook)
{
	struct hook_key key = { .len = 1 + strlen(hook) + 1 };
	LT_ASSERT(key.len <= 1 + HOOK_NAME_MAX);
	key.bytes[0] = (uint8_t)letter;
	memcpy(key.bytes + 1, hook, strlen(hook) + 1);
	return key;
}

static void add_number(struct hook_key *key, uint64_t number)
{
	fields_key_put(key->bytes + key->len, number, 8);
	key->len += 8;
}

static struct lt_bytes bytes_of(const struct hook_key *key)
{
	return lt_bytes(key->bytes, key->len);
}

/* ---- how a hook stands ---- */

enum lt_err deliveries_count(struct vault_tx *tx, const char *hook, struct deliveries_count *out)
{
	struct hook_key key = key_of('h', hook);
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_HOOK, bytes_of(&key), &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	out->followed = fields_get_u64(&reader);
	out->active = fields_get_u8(&reader) != 0;
	out->waiting = fields_get_u64(&reader);
	out->parked = fields_get_u64(&reader);
	return fields_end(&reader);
}

static enum lt_err put_count(struct vault_tx *tx, const char *hook, const struct deliveries_count *count)
{
	struct hook_key key = key_of('h', hook);
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, count->followed);
	fields_put_u8(&writer, count->active);
	fields_put_u64(&writer, count->waiting);
	fields_put_u64(&writer, count->parked);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_HOOK, bytes_of(&key), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err deliveries_begin(struct vault_tx *tx, const char *hook)
{
	struct deliveries_count count = { 0 };
	struct feed_place newest;
	enum lt_err err = deliveries_count(tx, hook, &count);
	if (err == LT_ENOENT) {
		err = feed_newest(tx, &newest);
		count.followed = newest.number;
	}
	count.active = true;
	return err ? err : put_count(tx, hook, &count);
}

enum lt_err deliveries_end_all(struct vault_tx *tx)
{
	char hook[HOOK_NAME_MAX] = "";
	enum lt_err err;
	while (!(err = deliveries_next_hook(tx, hook))) {
		struct deliveries_count count;
		err = deliveries_count(tx, hook, &count);
		count.active = false;
		if (!err)
			err = put_count(tx, hook, &count);
		if (err)
			return err;
	}
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err deliveries_next_hook(struct vault_tx *tx, char hook[HOOK_NAME_MAX])
{
	struct hook_key from = key_of('h', hook);
	struct lt_bytes key, value;
	if (*hook)
		from.bytes[from.len - 1] = 1; /* behind its NUL */
	enum lt_err err = vault_seek(tx, VAULT_HOOK, bytes_of(&from), &key, &value);
	if (err)
		return err;
	if (key.data[0] != 'h')
		return LT_ENOENT;
	if (key.len < 3 || key.len > 1 + HOOK_NAME_MAX || key.data[key.len - 1] != '\0')
		return LT_ECORRUPT;
	memcpy(hook, key.data + 1, key.len - 1);
	return LT_OK;
}

/* ---- rows ---- */

static enum lt_err decode(struct lt_bytes value, uint64_t number, struct delivery *out)
{
	struct fields_reader reader = { .rest = value };
	*out = (struct delivery){ .place.number = number };
	fields_get_raw(&reader, out->place.tag, sizeof(out->place.tag));
	out->event = (enum lt_event)fields_get_u32(&reader);
	out->state = (enum delivery_state)fields_get_u8(&reader);
	out->attempts = fields_get_u32(&reader);
	out->status = fields_get_u32(&reader);
	out->made = (int64_t)fields_get_u64(&reader);
	out->tried = (int64_t)fields_get_u64(&reader);
	out->due = (int64_t)fields_get_u64(&reader);
	const char *error = fields_get_text(&reader);
	strncpy(out->error, error, sizeof(out->error) - 1);
	out->body = fields_get_bytes(&reader);
	return fields_end(&reader);
}

static enum lt_err put_row(struct vault_tx *tx, const char *hook, const struct delivery *row)
{
	struct hook_key key = key_of('r', hook);
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	add_number(&key, row->place.number);
	fields_put_raw(&writer, row->place.tag, sizeof(row->place.tag));
	fields_put_u32(&writer, (uint32_t)row->event);
	fields_put_u8(&writer, (uint8_t)row->state);
	fields_put_u32(&writer, row->attempts);
	fields_put_u32(&writer, row->status);
	fields_put_u64(&writer, (uint64_t)row->made);
	fields_put_u64(&writer, (uint64_t)row->tried);
	fields_put_u64(&writer, (uint64_t)row->due);
	fields_put_text(&writer, row->error);
	fields_put_bytes(&writer, row->body);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_HOOK, bytes_of(&key), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

static struct hook_key due_key(const char *hook, const struct delivery *row)
{
	struct hook_key key = key_of('w', hook);
	add_number(&key, (uint64_t)row->due);
	add_number(&key, row->place.number);
	return key;
}

static void tally(struct deliveries_count *count, enum delivery_state state, int change)
{
	if (state == DELIVERY_WAITING)
		count->waiting += (uint64_t)change;
	else if (state == DELIVERY_PARKED)
		count->parked += (uint64_t)change;
}

/* The one place in which a row changes, with its place among those that wait and the hook's count. before NULL: it is new. */
static enum lt_err change(struct vault_tx *tx, const char *hook, const struct delivery *before,
			  const struct delivery *after, struct deliveries_count *count)
{
	enum lt_err err = put_row(tx, hook, after); /* first: the body is a view into the store */
	if (before && before->state == DELIVERY_WAITING && !err) {
		struct hook_key key = due_key(hook, before);
		err = vault_delete(tx, VAULT_HOOK, bytes_of(&key));
	}
	if (before)
		tally(count, before->state, -1);
	tally(count, after->state, 1);
	if (!err && after->state == DELIVERY_WAITING) {
		struct hook_key key = due_key(hook, after);
		err = vault_put(tx, VAULT_HOOK, bytes_of(&key), lt_bytes("", 0));
	}
	return err ? err : put_count(tx, hook, count);
}

enum lt_err deliveries_add(struct vault_tx *tx, const char *hook, const struct delivery *delivery)
{
	struct deliveries_count count;
	struct delivery row = *delivery;
	enum lt_err err = deliveries_count(tx, hook, &count);
	if (err)
		return err;
	count.followed = row.place.number;
	row.state = DELIVERY_WAITING;
	row.due = row.made;
	return change(tx, hook, NULL, &row, &count);
}

enum lt_err deliveries_pass(struct vault_tx *tx, const char *hook, uint64_t number)
{
	struct deliveries_count count;
	enum lt_err err = deliveries_count(tx, hook, &count);
	count.followed = number;
	return err ? err : put_count(tx, hook, &count);
}

/* The first row with this beginning; *number: the last 8 bytes of its key. */
static enum lt_err seek(struct vault_tx *tx, const struct hook_key *from, size_t prefix, uint64_t *number,
			struct lt_bytes *value)
{
	struct lt_bytes key;
	enum lt_err err = vault_seek(tx, VAULT_HOOK, bytes_of(from), &key, value);
	if (err)
		return err;
	if (key.len < prefix + 8 || memcmp(key.data, from->bytes, prefix) != 0)
		return LT_ENOENT;
	*number = fields_key_get(key.data + key.len - 8, 8);
	return LT_OK;
}

enum lt_err deliveries_due(struct vault_tx *tx, const char *hook, struct delivery *out)
{
	struct hook_key from = key_of('w', hook);
	struct lt_bytes value;
	uint64_t number;
	enum lt_err err = seek(tx, &from, from.len, &number, &value);
	return err ? err : deliveries_get(tx, hook, number, out);
}

enum lt_err deliveries_get(struct vault_tx *tx, const char *hook, uint64_t number, struct delivery *out)
{
	struct hook_key key = key_of('r', hook);
	struct lt_bytes value;
	add_number(&key, number);
	enum lt_err err = vault_get(tx, VAULT_HOOK, bytes_of(&key), &value);
	return err ? err : decode(value, number, out);
}

enum lt_err deliveries_next(struct vault_tx *tx, const char *hook, struct delivery *out)
{
	struct hook_key from = key_of('r', hook);
	struct lt_bytes value;
	size_t prefix = from.len;
	uint64_t number;
	add_number(&from, out->place.number);
	enum lt_err err = seek(tx, &from, prefix, &number, &value);
	return err ? err : decode(value, number, out);
}

enum lt_err deliveries_tried(struct vault_tx *tx, const char *hook, const struct delivery_result *result)
{
	struct deliveries_count count;
	struct delivery before;
	enum lt_err err = deliveries_get(tx, hook, result->number, &before);
	if (!err)
		err = deliveries_count(tx, hook, &count);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	struct delivery after = before;
	after.attempts++;
	after.status = result->status;
	after.tried = result->at;
	after.due = 0;
	after.error[0] = '\0';
	strncat(after.error, result->error, sizeof(after.error) - 1);
	int64_t pause = delivery_pause(after.attempts);
	int64_t wait = result->wait < WAIT_MAX ? result->wait : WAIT_MAX;
	if (result->delivered) {
		after.state = DELIVERY_DELIVERED;
	} else if (result->gone || pause == 0) {
		after.state = DELIVERY_PARKED;
	} else {
		after.state = DELIVERY_WAITING;
		after.due = result->at + (wait > pause ? wait : pause);
	}
	return change(tx, hook, &before, &after, &count);
}

enum lt_err deliveries_again(struct vault_tx *tx, const char *hook, uint64_t number, int64_t now)
{
	struct deliveries_count count;
	struct delivery before;
	enum lt_err err = deliveries_get(tx, hook, number, &before);
	if (!err)
		err = deliveries_count(tx, hook, &count);
	if (err)
		return err;
	struct delivery after = before;
	after.state = DELIVERY_WAITING;
	after.attempts = 0;
	after.due = now;
	return change(tx, hook, &before, &after, &count);
}

enum lt_err deliveries_purge(struct vault_tx *tx, const char *hook, int64_t now, size_t limit, uint64_t *from)
{
	struct delivery row = { .place.number = *from };
	*from = 0;
	for (size_t i = 0; i < limit; i++, row.place.number++) {
		enum lt_err err = deliveries_next(tx, hook, &row);
		if (err)
			return err == LT_ENOENT ? LT_OK : err;
		if (row.state != DELIVERY_DELIVERED || row.tried > now || row.tried + DELIVERIES_KEEP_US >= now)
			continue;
		struct hook_key key = key_of('r', hook);
		add_number(&key, row.place.number);
		err = vault_delete(tx, VAULT_HOOK, bytes_of(&key));
		if (err)
			return err;
	}
	*from = row.place.number;
	return LT_OK;
}
