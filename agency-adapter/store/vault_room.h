/* vault_room.h: how much room the store has on its disk and in its map. Within the store room only. */
#ifndef ADAPTER_VAULT_ROOM_H
#define ADAPTER_VAULT_ROOM_H

#include "vault.h"

struct MDB_env;
struct vault_room;
enum lt_err vault_room_new(struct MDB_env *env, const struct vault_limits *limits, struct vault_room **out);
void vault_room_free(struct vault_room *room); /* takes NULL */
/* Looks at disk and map; by the store thread before each transaction. */
enum vault_fill vault_room_look(struct vault_room *room);
/* Whether a write that failed just now may have failed for want of room. */
bool vault_room_is_full(struct vault_room *room);
void vault_room_tell(struct vault_room *room, struct vault_space *out); /* any thread: as it was looked at last */

#endif
