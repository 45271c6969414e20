/* store_keys.h: keys of the tables, made in one place so that their order is the same everywhere. */
#ifndef BROKER_STORE_KEYS_H
#define BROKER_STORE_KEYS_H

#include <lienthong/base.h>
#include "store.h"

struct store_key {
	uint8_t data[STORE_KEY_MAX];
	size_t len;
};
static inline struct lt_bytes store_key_bytes(const struct store_key *key)
{
	return lt_bytes(key->data, key->len);
}
struct store_key store_key_number(uint64_t number); /* DOSSIER */
struct store_key store_key_dedup(const uint8_t id[16], const char *sender);
struct store_key store_key_mailbox(const char *agency, uint64_t number);
struct store_key store_key_parts(int64_t due, uint64_t sequence); /* due >= 0 */
struct store_key store_key_due(uint64_t due, uint64_t dossier, uint32_t visit, uint8_t kind);
struct store_key store_key_notice(uint64_t sequence, uint32_t index);
uint64_t store_get_number(const uint8_t bytes[8]); /* big-endian */
void store_put_number(uint8_t bytes[8], uint64_t number);

#endif
