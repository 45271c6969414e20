/* vault_room.c: room on the disk and in the map.
 *
 * Two marks. Below the first new work is refused and deliveries stay with the broker, while answers and receipts, which let the
 * broker and the agency finish what is begun, go on from the reserve. Below the second nothing is written: a write that fails half
 * way tells less than one that was not tried. LMDB's file never shrinks; pages that were freed are counted as room in the map. */
#include "vault_room.h"
#include "vault_guard.h"

#include <lmdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define DISK_SHARE 8u                  /* of a small disk at most this part is kept back */
#define FLOOR_SHARE 8u                 /* of the reserve: the second mark */
#define FLOOR_MIN (2u * 1024u * 1024u) /* bytes: one largest transaction of answers, 256 jobs */
#define MAP_SHARE 16u                  /* of the map kept back */
#define MAP_RESERVE_MAX (256u << 20)   /* bytes: more is of no use to answers */
#define ERROR_FREE (16u << 20) /* bytes free on the disk: with less a short write is believed to be for want of room */

struct vault_room {
	MDB_env *env;
	int fd;
	uint64_t disk_reserve, map_bytes, page;
	pthread_mutex_t mutex;
	struct vault_space space;
};

enum lt_err vault_room_new(MDB_env *env, const struct vault_limits *limits, struct vault_room **out)
{
	MDB_stat stat;
	struct vault_room *room = calloc(1, sizeof(*room));
	if (!room)
		return LT_ENOMEM;
	room->env = env;
	room->disk_reserve = limits->disk_reserve;
	room->map_bytes = limits->map_bytes;
	mdb_env_get_fd(env, &room->fd);
	room->page = mdb_env_stat(env, &stat) ? 4096 : stat.ms_psize;
	pthread_mutex_init(&room->mutex, NULL);
	vault_room_look(room);
	*out = room;
	return LT_OK;
}

void vault_room_free(struct vault_room *room)
{
	if (!room)
		return;
	pthread_mutex_destroy(&room->mutex);
	free(room);
}

/* Pages that transactions have freed and others may take: LMDB keeps lists of them in its table 0. */
static uint64_t count_freed(MDB_env *env)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	MDB_val key, value;
	uint64_t pages = 0;
	if (mdb_txn_begin(env, NULL, MDB_RDONLY, &txn))
		return 0;
	if (!mdb_cursor_open(txn, 0, &cursor)) {
		while (!mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
			size_t count = 0;
			if (value.mv_size >= sizeof(count))
				memcpy(&count, value.mv_data, sizeof(count));
			pages += count;
		}
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return pages;
}

static uint64_t freed_pages(MDB_env *env)
{
	vault_guard_enter();
	uint64_t pages = count_freed(env);
	vault_guard_leave(0);
	return pages;
}

static void look_at_map(struct vault_room *room, struct vault_space *space, uint64_t reserve)
{
	MDB_envinfo info;
	if (mdb_env_info(room->env, &info))
		return;
	space->map_bytes = room->map_bytes;
	space->map_used = ((uint64_t)info.me_last_pgno + 1) * room->page;
	if (space->map_used + reserve <= room->map_bytes)
		return; /* never yet so far: who has freed what need not be asked */
	uint64_t freed = freed_pages(room->env) * room->page;
	space->map_used -= freed < space->map_used ? freed : space->map_used;
}

static enum vault_fill fill_of(uint64_t left, uint64_t reserve, uint64_t floor)
{
	return left < floor ? VAULT_NO_ROOM : left < reserve ? VAULT_LOW : VAULT_ROOMY;
}

enum vault_fill vault_room_look(struct vault_room *room)
{
	struct vault_space space = { .disk_free = UINT64_MAX };
	struct statvfs disk;
	struct stat file;
	uint64_t map_reserve = room->map_bytes / MAP_SHARE;
	if (map_reserve > MAP_RESERVE_MAX)
		map_reserve = MAP_RESERVE_MAX;
	space.disk_reserve = room->disk_reserve;
	if (fstatvfs(room->fd, &disk) == 0) {
		space.disk_size = (uint64_t)disk.f_blocks * disk.f_frsize;
		space.disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
		if (space.disk_reserve > space.disk_size / DISK_SHARE)
			space.disk_reserve = space.disk_size / DISK_SHARE;
	}
	if (fstat(room->fd, &file) == 0)
		space.file_bytes = (uint64_t)file.st_size;
	look_at_map(room, &space, map_reserve);
	uint64_t floor = space.disk_reserve / FLOOR_SHARE;
	if (floor < FLOOR_MIN)
		floor = FLOOR_MIN;
	uint64_t left = room->map_bytes > space.map_used ? room->map_bytes - space.map_used : 0;
	enum vault_fill by_disk = fill_of(space.disk_free, space.disk_reserve, floor);
	enum vault_fill by_map = fill_of(left, map_reserve, map_reserve / FLOOR_SHARE);
	space.by_map = by_map > by_disk;
	space.fill = space.by_map ? by_map : by_disk;
	pthread_mutex_lock(&room->mutex);
	room->space = space;
	pthread_mutex_unlock(&room->mutex);
	return space.fill;
}

bool vault_room_is_full(struct vault_room *room)
{
	struct statvfs disk;
	return fstatvfs(room->fd, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < ERROR_FREE;
}

void vault_room_tell(struct vault_room *room, struct vault_space *out)
{
	pthread_mutex_lock(&room->mutex);
	*out = room->space;
	pthread_mutex_unlock(&room->mutex);
}

void vault_space(struct vault *vault, struct vault_space *out)
{
	vault_room_look(
		vault_room_of(vault)); /* what others have made room for counts at once, also when nobody writes */
	vault_room_tell(vault_room_of(vault), out);
}

bool vault_takes_work(struct vault *vault)
{
	struct vault_space space;
	vault_space(vault, &space);
	return space.fill == VAULT_ROOMY;
}
