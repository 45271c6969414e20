/* A bit flips in LMDB, in any row of any table: in its value, its checksum, its key. Whatever the broker then does, it says so by name,
 * what it records is what a broker with a sound store would have recorded, and what is not about that row goes on. */
#include "test.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fields.h"
#include "simclock.h"

#define HURT "H37.02-20261119-0000001"
#define SOUND "H37.02-20261119-0000002"
#define NEW "H37.02-20261119-0000003"
#define PARTED "H37.02-20261119-0000004"
#define WANTS_PARTS "H37.02-20261119-0000005"
#define WITHDRAWN "H37.02-20261118-0000009"
#define FROZEN "H37.02-20261119-0000006"
#define LARGE "H37.02-20261119-0000007"
#define LARGE_BYTES (1u << 20)
#define FOREIGN "G12.18.37-26-00017" /* another system's code of all but NEW */

enum {
	ROWS = 512,     /* that are looked at */
	OF_A_TABLE = 6, /* rows of each table that are damaged: the first and the last of it */
	NAMED = EX_DATAERR,
	SERVED = 0,
};
/* Where a row stands in data.mdb. */
struct row {
	int table;
	size_t key_len, value_len; /* with the checksum */
	uint8_t key[STORE_KEY_MAX];
	off_t key_at, value_at;
};
struct map {
	const uint8_t *from;
	struct row rows[ROWS];
	size_t count;
};
enum place { IN_VALUE, IN_CHECKSUM, IN_KEY, PLACES };

/* Its id. */
static void offer(struct sim *sim, const char *code, size_t part, uint8_t id[16])
{
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = code };
	act.procedure = SIMCLOCK_PROCEDURE;
	act.route_leg = 2;
	act.part_bytes = part;
	act.foreign[0] = FOREIGN;
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	memcpy(id, sim->last_id, 16);
}

static void receive_but(struct sim *sim, uint64_t number)
{
	uint8_t digest[32] = { 7 };
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	struct input input = { .type = INPUT_ACK,
			       .session = sim->agencies[DEPARTMENT].session,
			       .u.ack.number = number };
	strcpy(input.u.ack.agency, sim_codes[DEPARTMENT]);
	fields_put_u64(&writer, number);
	fields_put_u32(&writer, LT_PART_DIGEST_WRONG);
	fields_put_raw(&writer, digest, sizeof(digest));
	input.u.ack.except = lt_buf_bytes(&buf);
	sim_take(sim, &input);
	lt_buf_fini(&buf);
	sim->agencies[DEPARTMENT].received = number;
	sim_advance(sim, SIM_SECOND);
}

/* Something in every table: offers that nobody has taken, clocks that run, notices without a signature, parts, an item that its
 * receiver could not take, a dossier that stands. All of it in LMDB, nothing in the journal's tail. */
static struct simclock *make(uint8_t ids[3][16])
{
	uint8_t last[16];
	char error[240];
	struct sim *sim = sim_new(7);
	struct simclock *clock = simclock_new(sim, true);
	sim_connect(sim, DISTRICT);
	offer(sim, HURT, 0, ids[0]);
	offer(sim, SOUND, 0, ids[1]);
	offer(sim, PARTED, 300, ids[2]);
	sim_store_large(sim, DISTRICT, 0x59, LARGE_BYTES); /* nobody refers to it */
	sim_store_large(sim, DISTRICT, 0x5a, LARGE_BYTES);
	struct sim_act scan = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = LARGE };
	scan.procedure = SIMCLOCK_PROCEDURE;
	scan.route_leg = 2;
	scan.large_bytes = LARGE_BYTES;
	assert_int_equal(sim_do(sim, &scan)->reason, 0);
	sim_connect(sim, DEPARTMENT);
	sim->agencies[DEPARTMENT].receives = false;
	receive_but(sim, 3);
	offer(sim, WITHDRAWN, 0, last);
	struct sim_act back = { .kind = LT_KIND_RECALL,
				.sender = DISTRICT,
				.to = DEPARTMENT,
				.dossier = WITHDRAWN,
				.version = 2,
				.reply = last };
	assert_int_equal(sim_do(sim, &back)->reason, 0); /* a wait that has ended */
	sim_advance(sim, 3 * SIM_DAY);                   /* the hand-offs are overdue: notices */
	simclock_sign(clock);
	sim_advance(sim, 3 * SIM_DAY); /* and of what follows nobody has signed any */
	sim_connect(sim, DISTRICT);
	offer(sim, WANTS_PARTS, 300, last);
	offer(sim, FROZEN, 0, last);
	uint64_t skipped = engine_sequence(sim->engine);
	sim_advance(sim, SIM_SECOND);
	assert_true(sim_skip(sim, skipped, error));
	sim_flush(sim);
	sim_crash(sim, 0);
	return clock;
}

/* ---- where the rows are ---- */

static void find_map(struct map *map, const char *file)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, offset;
		if (strstr(line, file) && sscanf(line, "%lx-%*x %*s %lx", &from, &offset) == 2 && offset == 0)
			map->from = (const uint8_t *)from; // NOLINT: an address as the kernel writes it
	}
	fclose(maps);
	assert_non_null(map->from);
}

static void add_rows(struct map *map, MDB_txn *txn, int table, const char *file)
{
	MDB_dbi dbi;
	MDB_cursor *cursor;
	MDB_val key, value;
	assert_int_equal(mdb_dbi_open(txn, store_table_name((enum store_table)table), 0, &dbi), 0);
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	size_t first = map->count;
	while (mdb_cursor_get(cursor, &key, &value, map->count == first ? MDB_FIRST : MDB_NEXT) == 0) {
		struct row *row = &map->rows[map->count++];
		assert_true(map->count < ROWS && key.mv_size <= STORE_KEY_MAX);
		if (!map->from)
			find_map(map, file);
		row->table = table;
		row->key_len = key.mv_size;
		row->value_len = value.mv_size;
		memcpy(row->key, key.mv_data, key.mv_size);
		row->key_at = (const uint8_t *)key.mv_data - map->from;
		row->value_at = (const uint8_t *)value.mv_data - map->from;
	}
	mdb_cursor_close(cursor);
	if (map->count == first)
		fail_msg("table %s is empty: nothing would be tried", store_table_name((enum store_table)table));
}

/* The tables of from to to - 1. */
static void look_at(struct map *map, const char *path, int from, int to)
{
	MDB_env *env;
	MDB_txn *txn;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, STORE_TABLES + 1), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_RDONLY | MDB_NOLOCK, 0), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	for (int table = from; table < to; table++)
		add_rows(map, txn, table, path);
	mdb_txn_abort(txn);
	mdb_env_close(env);
}

static void flip(const char *path, off_t at, uint8_t mask)
{
	char file[128];
	uint8_t byte;
	snprintf(file, sizeof(file), "%s/data.mdb", path);
	int fd = open(file, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= mask;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static off_t place_in(const struct row *row, enum place place)
{
	switch (place) {
	case IN_VALUE:
		return row->value_at + (off_t)((row->value_len - 8) / 2);
	case IN_CHECKSUM:
		return row->value_at + (off_t)row->value_len - 1;
	case IN_KEY:
	case PLACES:
		break;
	}
	return row->key_at + (off_t)row->key_len - 1;
}

/* ---- what a broker does with it: in a process of its own ---- */

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	dprintf(STDOUT_FILENO, "%s\n", what);
	_exit(1);
}

static enum lt_reason reason_of(struct sim *sim, const struct sim_act *act)
{
	const struct sim_answer *answer = sim_do(sim, act);
	need(answer != NULL, "an act has no answer");
	need(!answer->reason || answer->reason == LT_STORE_DAMAGED,
	     answer->reason ? lt_reason_name(answer->reason) : "");
	need(answer->reason != LT_STORE_DAMAGED || answer->retry, "damage is told as final");
	return answer->reason;
}

static bool is_damaged(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	return sim_control(sim, &request)->status.damaged_count > 0;
}

/* The n-th dossier's row; the key is as it was. */
static bool is_of(const struct row *row, size_t n, const char *code)
{
	if (row->table == STORE_DOSSIER)
		return row->key[7] == n + 1;
	return row->table == STORE_CODE &&
	       lt_bytes_equal(lt_bytes(row->key, row->key_len), lt_bytes(code, strlen(code)));
}

/* By another system's code all six are found, or it is said that they are not. */
static void look_for_all(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_FIND, .code = FOREIGN };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	need(answer->reason ? answer->reason == LT_STORE_DAMAGED : answer->found.count == 6, "a dossier is left out");
}

/* An act about each dossier, clocks, an operator's act, acknowledgements. */
static void work(struct simclock *clock, const struct row *row, enum place place, uint8_t ids[3][16])
{
	struct sim *sim = clock->sim;
	const char *const codes[] = { HURT, SOUND, PARTED };
	sim_connect(sim, DISTRICT);
	sim_connect(sim, MINISTRY);
	look_for_all(sim);
	for (size_t i = 0; i < 3; i++) {
		struct sim_act recall = {
			.kind = LT_KIND_RECALL, .sender = DISTRICT, .to = DEPARTMENT, .dossier = codes[i], .version = 2
		};
		recall.reply = ids[i];
		bool stands = reason_of(sim, &recall) == LT_STORE_DAMAGED;
		need(!stands || is_damaged(sim), "an act stands and nobody is told why");
		if (place != IN_KEY && (row->table == STORE_DOSSIER || row->table == STORE_CODE))
			need(stands == is_of(row, i, codes[i]), "the wrong dossier stands");
	}
	struct sim_act fresh = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = NEW };
	fresh.procedure = SIMCLOCK_PROCEDURE;
	fresh.route_leg = 2;
	reason_of(sim, &fresh);
	sim_connect(sim, DEPARTMENT);
	simclock_run(clock, 12 * SIM_SECOND, SIM_SECOND);
	sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[OTHER]);
	enum lt_reason reason = sim_admin(sim, LT_ADMIN_DOSSIER_CLOSE, FROZEN)->reason;
	need(!reason || (reason == LT_STORE_DAMAGED && is_damaged(sim)), "a frozen dossier is not found");
	for (int i = 0; i < 40; i++)
		simclock_run(clock, SIM_DAY, SIM_DAY);
}

/* The journal alone, on another machine. */
static void audit(struct sim *sim)
{
	char error[240] = "";
	sim_crash(sim, 0);
	snprintf(sim->path, sizeof(sim->path), "/dev/shm/lienthong-again-XXXXXX");
	need(mkdtemp(sim->path) != NULL, "no folder");
	enum lt_err err = sim_try_open(sim, error);
	char command[120];
	snprintf(command, sizeof(command), "rm -rf '%s'", sim->path);
	int ignored = system(command); // NOLINT: a folder of the test's own
	(void)ignored;
	need(!err, error);
}

static void serve(struct simclock *clock, const struct row *row, enum place place, uint8_t ids[3][16])
{
	char error[240] = "";
	enum lt_err err = sim_try_open(clock->sim, error);
	if (err) {
		need(err == LT_ECORRUPT && strstr(error, "lienthong store rebuild") &&
			     strstr(error, store_table_name((enum store_table)row->table)),
		     error);
		_exit(NAMED);
	}
	work(clock, row, place, ids);
	audit(clock->sim);
	_exit(SERVED);
}

/* The status of a broker on a store with this bit flipped. */
static int try(struct simclock *clock, const struct row *row, enum place place, uint8_t ids[3][16])
{
	int status;
	off_t at = place_in(row, place);
	uint8_t mask = place == IN_KEY ? 0x10 : 0x04;
	flip(clock->sim->path, at, mask);
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!getenv("LT_SHOW"))
			dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		alarm(30);
		serve(clock, row, place, ids);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	flip(clock->sim->path, at, mask);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != SERVED && WEXITSTATUS(status) != NAMED)) {
		char hex[2 * STORE_KEY_MAX + 1];
		lt_hex(lt_bytes(row->key, row->key_len), hex);
		fail_msg("table %s, key %s, place %d: status %x", store_table_name((enum store_table)row->table), hex,
			 (int)place, (unsigned)status);
	}
	return WEXITSTATUS(status);
}

/* Rows whose loss is one dossier's, one mailbox's, one clock's: the broker serves. What it decides everything by: it does not start. */
static const bool serves[STORE_TABLES] = {
	[STORE_DOSSIER] = true, [STORE_CODE] = true,  [STORE_DEDUP] = true,  [STORE_MAILBOX] = true,
	[STORE_PARTS] = true,   [STORE_DUE] = true,   [STORE_NOTICE] = true, [STORE_ANSWER] = true,
	[STORE_FOREIGN] = true, [STORE_STAY] = true,  [STORE_FROZEN] = true, [STORE_LIST] = true,
	[STORE_SIGNED] = true,  [STORE_LARGE] = true,
};

static bool is_procedure(const struct row *row)
{
	return row->table == STORE_DEFINITION && row->key[0] == 'P';
}

/* Which versions of the directory there were: asked after a restore alone. */
static bool is_version(const struct row *row)
{
	return row->table == STORE_DEFINITION && row->key[0] == 'V';
}

static void every_row(void **state)
{
	uint8_t ids[3][16];
	struct simclock *clock = make(ids);
	struct map *map = calloc(1, sizeof(*map));
	size_t copied_len = 0, procedures = 0;
	struct lt_buf whole = { 0 };
	char file[128];
	(void)state;
	assert_non_null(map);
	look_at(map, clock->sim->path, 0, STORE_TABLES);
	snprintf(file, sizeof(file), "%s/data.mdb", clock->sim->path);
	assert_int_equal(lt_file_read(file, 64 << 20, &whole), LT_OK);
	copied_len = whole.len;
	for (size_t i = 0, nth = 0; i < map->count; i++) {
		const struct row *row = &map->rows[i];
		nth = i > 0 && map->rows[i - 1].table == row->table ? nth + 1 : 0;
		if (nth >= OF_A_TABLE && i + 1 < map->count && map->rows[i + 1].table == row->table)
			continue;
		for (int place = 0; place < PLACES; place++) {
			int status = try(clock, row, (enum place)place, ids);
			procedures += is_procedure(row) && status == SERVED;
			if (!is_procedure(row) && !is_version(row) && serves[row->table] != (status == SERVED))
				fail_msg("table %s, place %d: status %d",
					 store_table_name((enum store_table)row->table), place, status);
			/* as it was, whatever the process has flushed */
			assert_int_equal(lt_file_write(file, lt_bytes(whole.data, copied_len), 0600), LT_OK);
		}
	}
	assert_true(procedures > 0); /* but for the first, which might have been an office's hours */
	lt_buf_fini(&whole);
	free(map);
	sim_open(clock->sim);
	struct sim *sim = clock->sim;
	simclock_free(clock);
	sim_free(sim);
}

/* ---- what is old goes, but for what cannot be read ---- */

static off_t nth_row(struct sim *sim, int table, size_t n, bool of_key, size_t byte)
{
	struct map *map = calloc(1, sizeof(*map));
	assert_non_null(map);
	look_at(map, sim->path, table, table + 1);
	assert_true(n < map->count);
	off_t at = (of_key ? map->rows[n].key_at : map->rows[n].value_at) + (off_t)byte;
	free(map);
	return at;
}

static void open_parted(struct sim *sim, const char *code, uint64_t *sequence)
{
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = code, .part_bytes = 300
	};
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	*sequence = engine_sequence(sim->engine);
}

static bool is_elided(struct sim *sim, uint64_t sequence)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence, .parts = true };
	return sim_control(sim, &request)->record.parts_elided;
}

static void days(struct sim *sim, int count)
{
	for (int i = 0; i < count; i++)
		sim_advance(sim, SIM_DAY);
}

/* Three records whose parts may go in a month; of the first of them a bit flips. */
static void papers_go_but_for_one(void **state)
{
	static const char *const codes[] = { HURT, SOUND, PARTED };
	(void)state;
	for (int of_key = 0; of_key < 2; of_key++) {
		uint64_t sequences[3];
		uint8_t live[32], rebuilt[32];
		struct sim *sim = sim_new(7);
		sim->now += SIM_DAY;
		sim->boot += SIM_DAY;
		sim_connect(sim, DISTRICT);
		sim_connect(sim, DEPARTMENT);
		for (size_t i = 0; i < 3; i++) {
			open_parted(sim, codes[i], &sequences[i]);
			sim_advance(sim, SIM_SECOND);
		}
		sim_flush(sim);
		sim_crash(sim, 0);
		flip(sim->path, nth_row(sim, STORE_PARTS, 0, of_key, of_key ? 15 : 0), 0x10);
		sim_open(sim);
		days(sim, 32);
		assert_true(!is_elided(sim, sequences[0]) && is_elided(sim, sequences[1]) &&
			    is_elided(sim, sequences[2]));
		assert_true(is_damaged(sim));
		sim_rebuild(sim); /* the journal has it: it goes like the others, and the two are not asked for again */
		assert_false(is_elided(sim, sequences[0]));
		days(sim, 1);
		assert_true(is_elided(sim, sequences[0]));
		sim_hash(sim, live);
		sim_rebuild(sim);
		sim_hash(sim, rebuilt);
		assert_memory_equal(live, rebuilt, 32);
		sim_free(sim);
	}
}

/* Two ids that are forgotten after their horizon; of the newest of them a bit flips in the value, in the time, or in the rest of the
 * key. A record tells how far they went: it is what the journal alone comes to. */
static void ids_go_but_for_one(void **state)
{
	static const struct {
		bool of_key;
		size_t byte;
		uint8_t mask;
	} places[] = {
		{ false, 0, 0x04 }, { true, 2, 0x01 }, { true, 3, 0x10 }, { true, 4, 0x08 }, { true, 12, 0x04 }
	};
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint64_t sequence;
		struct sim *sim = sim_new(7);
		sim->now += SIM_DAY;
		sim->boot += SIM_DAY;
		sim_connect(sim, DISTRICT);
		open_parted(sim, HURT, &sequence);
		sim_advance(sim, SIM_SECOND);
		open_parted(sim, SOUND, &sequence);
		size_t ids = store_count(sim->store, STORE_DEDUP);
		sim_flush(sim);
		sim_crash(sim, 0);
		flip(sim->path, nth_row(sim, STORE_DEDUP, ids - 1, places[i].of_key, places[i].byte), places[i].mask);
		sim_open(sim);
		days(sim, 405);
		assert_true(store_count(sim->store, STORE_DEDUP) < ids); /* the damaged one goes with a later one */
		assert_true(is_damaged(sim));
		sim_rebuild(sim);
		sim_free(sim);
	}
}

TEST_MAIN(cmocka_unit_test(every_row), cmocka_unit_test(papers_go_but_for_one), cmocka_unit_test(ids_go_but_for_one))
