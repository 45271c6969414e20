/* definition_store.c: the only file that touches STORE_DEFINITION. */
#include "definition_store.h"

#include "program/log.h"
#include "store/store_layout.h"

enum { DEFINITION_LAYOUT = 1 }; /* the bytes of the definition follow */
enum { CARRY_BYTES = 5 * 8 + 4 };

static struct store_key key_of(enum definition_type type)
{
	struct store_key key = { 0 };
	store_key_add_u8(&key, (uint8_t)type);
	return key;
}

struct store_key definition_directory(void)
{
	return key_of(DEFINITION_DIRECTORY);
}

struct store_key definition_version(uint64_t version)
{
	struct store_key key = key_of(DEFINITION_VERSION);
	store_key_add_u64(&key, version);
	return key;
}

struct store_key definition_crl(struct lt_bytes list)
{
	struct store_key key = key_of(DEFINITION_CRL);
	store_key_add(&key, list.data, list.len);
	return key;
}

/* With its NUL, so that no code is the beginning of another. */
static struct store_key procedure_key(const char *code)
{
	struct store_key key = key_of(DEFINITION_PROCEDURE);
	store_key_add(&key, code, strlen(code) + 1);
	return key;
}

struct store_key definition_procedure(const char *code, uint32_t version)
{
	struct store_key key = procedure_key(code);
	store_key_add_u32(&key, version);
	return key;
}

struct store_key definition_calendar(uint32_t year)
{
	struct store_key key = key_of(DEFINITION_CALENDAR);
	store_key_add_u32(&key, year);
	return key;
}

struct store_key definition_office(const char *agency)
{
	struct store_key key = key_of(DEFINITION_OFFICE);
	store_key_add(&key, agency, strlen(agency));
	return key;
}

struct store_key definition_outage(uint32_t number)
{
	struct store_key key = key_of(DEFINITION_OUTAGE);
	store_key_add_u32(&key, number);
	return key;
}

struct store_key definition_announced(const char *agency)
{
	struct store_key key = key_of(DEFINITION_ANNOUNCED);
	store_key_add(&key, agency, strlen(agency));
	return key;
}

struct store_key definition_carry(const char *subject)
{
	struct store_key key = key_of(DEFINITION_CARRY);
	store_key_add(&key, subject, strlen(subject));
	return key;
}

static enum lt_err content(struct store *store, const struct store_key *key, struct lt_bytes *value)
{
	struct fields_reader in = { .rest = *value };
	store_get_layout(&in, STORE_DEFINITION, DEFINITION_LAYOUT);
	*value = in.rest;
	return in.failed ? store_fault_note(store, STORE_DEFINITION, store_key_bytes(key)) : LT_OK;
}

enum lt_err definition_get(struct store *store, const struct store_key *key, struct lt_bytes *value)
{
	enum lt_err err = store_get(store, STORE_DEFINITION, store_key_bytes(key), value);
	return err ? err : content(store, key, value);
}

enum lt_err definition_fault(struct store *store, struct lt_bytes key)
{
	return store_fault_note(store, STORE_DEFINITION, key);
}

void definition_put(struct store *store, const struct store_key *key, struct lt_bytes value)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	store_put_layout(&writer, DEFINITION_LAYOUT);
	fields_put_raw(&writer, value.data, value.len);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_DEFINITION, store_key_bytes(key), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
}

enum lt_err definition_crl_read(struct lt_bytes value, struct lt_crl_verdict *out, struct lt_bytes *der)
{
	struct fields_reader in = { .rest = value };
	*out = (struct lt_crl_verdict){ 0 };
	out->made = (int64_t)fields_get_u64(&in);
	out->ends = (int64_t)fields_get_u64(&in);
	size_t len = fields_get_u8(&in);
	out->number = lt_bytes(fields_take(&in, len), len);
	*der = in.rest;
	return in.failed ? LT_EPARSE : LT_OK;
}

void definition_crl_put(struct store *store, const struct lt_crl_verdict *verdict, struct lt_bytes der)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = definition_crl(verdict->list);
	fields_put_u64(&writer, (uint64_t)verdict->made);
	fields_put_u64(&writer, (uint64_t)verdict->ends);
	fields_put_u8(&writer, (uint8_t)verdict->number.len);
	fields_put_raw(&writer, verdict->number.data, verdict->number.len);
	fields_put_raw(&writer, der.data, der.len);
	LT_ASSERT(!writer.failed);
	definition_put(store, &key, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
}

enum lt_err definition_version_get(struct store *store, uint64_t version, struct directory_version *out)
{
	struct lt_bytes value;
	struct store_key key = definition_version(version);
	enum lt_err err = definition_get(store, &key, &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	out->sequence = fields_get_u64(&in);
	const uint8_t *sha256 = fields_take(&in, sizeof(out->sha256));
	LT_ASSERT(fields_end(&in) == LT_OK);
	memcpy(out->sha256, sha256, sizeof(out->sha256));
	return LT_OK;
}

void definition_version_put(struct store *store, uint64_t version, const struct directory_version *value)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = definition_version(version);
	fields_put_u64(&writer, value->sequence);
	fields_put_raw(&writer, value->sha256, sizeof(value->sha256));
	LT_ASSERT(!writer.failed);
	definition_put(store, &key, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
}

enum lt_err definition_carry_read(struct lt_bytes value, struct carry_window *out)
{
	struct fields_reader in = { .rest = value };
	out->from = (int64_t)fields_get_u64(&in);
	out->until = (int64_t)fields_get_u64(&in);
	out->sequence = fields_get_u64(&in);
	out->uid = fields_get_u32(&in);
	out->proposed_from = (int64_t)fields_get_u64(&in);
	out->proposed_until = (int64_t)fields_get_u64(&in);
	return fields_end(&in) ? LT_EPARSE : LT_OK;
}

enum lt_err definition_carry_get(struct store *store, const char *subject, struct carry_window *out)
{
	struct lt_bytes value;
	struct store_key key = definition_carry(subject);
	enum lt_err err = definition_get(store, &key, &value);
	if (err)
		return err;
	return definition_carry_read(value, out) ? definition_fault(store, store_key_bytes(&key)) : LT_OK;
}

void definition_carry_put(struct store *store, const char *subject, const struct carry_window *window)
{
	uint8_t value[CARRY_BYTES];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, (uint64_t)window->from);
	fields_put_u64(&writer, (uint64_t)window->until);
	fields_put_u64(&writer, window->sequence);
	fields_put_u32(&writer, window->uid);
	fields_put_u64(&writer, (uint64_t)window->proposed_from);
	fields_put_u64(&writer, (uint64_t)window->proposed_until);
	LT_ASSERT(!writer.failed);
	struct store_key key = definition_carry(subject);
	definition_put(store, &key, lt_buf_bytes(&buf));
}

void definition_delete(struct store *store, const struct store_key *key)
{
	store_del(store, STORE_DEFINITION, store_key_bytes(key));
}

struct definition_walk definition_walk(enum definition_type type)
{
	struct store_key prefix = key_of(type);
	return (struct definition_walk){ .key = prefix, .prefix = prefix };
}

struct definition_walk definition_walk_procedure(const char *code)
{
	struct store_key prefix = procedure_key(code);
	return (struct definition_walk){ .key = prefix, .prefix = prefix };
}

bool definition_next(struct store *store, struct definition_walk *walk, struct lt_bytes *value)
{
	const struct store_key *prefix = &walk->prefix;
	do {
		if (walk->begun)
			store_key_step(&walk->key);
		walk->begun = true;
		if (store_key_seek(store, STORE_DEFINITION, &walk->key, value) || walk->key.len < prefix->len ||
		    memcmp(walk->key.data, prefix->data, prefix->len) != 0)
			return false;
	} while (content(store, &walk->key, value));
	return true;
}

bool definitions_hold(struct store *store, bool procedures)
{
	static const enum definition_type types[] = { DEFINITION_DIRECTORY, DEFINITION_CRL,    DEFINITION_ANNOUNCED,
						      DEFINITION_CALENDAR,  DEFINITION_OFFICE, DEFINITION_OUTAGE,
						      DEFINITION_PROCEDURE };
	uint64_t faults = store_faults(store);
	size_t count = sizeof(types) / sizeof(types[0]) - (procedures ? 0 : 1);
	for (size_t i = 0; i < count; i++) {
		struct definition_walk walk = definition_walk(types[i]);
		struct lt_bytes value;
		while (definition_next(store, &walk, &value))
			;
	}
	return store_faults(store) == faults;
}
