/* store_keys.c: numbers are big-endian, so that byte order is their order. */
#include "store_keys.h"

#include "program/log.h"

#include <string.h>

static void add(struct store_key *key, const void *data, size_t len)
{
	LT_ASSERT(len <= STORE_KEY_MAX - key->len);
	memcpy(key->data + key->len, data, len);
	key->len += len;
}

void store_put_number(uint8_t bytes[8], uint64_t number)
{
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
}

uint64_t store_get_number(const uint8_t bytes[8])
{
	uint64_t number = 0;
	for (unsigned i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void add_number(struct store_key *key, uint64_t number)
{
	uint8_t bytes[8];
	store_put_number(bytes, number);
	add(key, bytes, sizeof bytes);
}

struct store_key store_key_number(uint64_t number)
{
	struct store_key key = { .len = 0 };
	add_number(&key, number);
	return key;
}

struct store_key store_key_dedup(const uint8_t id[16], const char *sender)
{
	struct store_key key = { .len = 0 };
	add(&key, id, 16);
	add(&key, sender, strlen(sender));
	return key;
}

struct store_key store_key_mailbox(const char *agency, uint64_t number)
{
	struct store_key key = { .len = 0 };
	add(&key, agency, strlen(agency) + 1);
	add_number(&key, number);
	return key;
}

static void add_u32(struct store_key *key, uint32_t number)
{
	uint8_t bytes[4];
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	add(key, bytes, sizeof bytes);
}

struct store_key store_key_due(uint64_t due, uint64_t dossier, uint32_t visit, uint8_t kind)
{
	struct store_key key = { .len = 0 };
	add_number(&key, due);
	add_number(&key, dossier);
	add_u32(&key, visit);
	add(&key, &kind, 1);
	return key;
}

struct store_key store_key_notice(uint64_t sequence, uint32_t index)
{
	struct store_key key = { .len = 0 };
	add_number(&key, sequence);
	add_u32(&key, index);
	return key;
}

struct store_key store_key_parts(int64_t due, uint64_t sequence)
{
	struct store_key key = { .len = 0 };
	LT_ASSERT(due >= 0);
	add_number(&key, (uint64_t)due);
	add_number(&key, sequence);
	return key;
}
