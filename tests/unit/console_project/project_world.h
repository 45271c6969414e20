/* project_world.h: a projection of a fake broker's dossiers. */
#ifndef TESTS_PROJECT_WORLD_H
#define TESTS_PROJECT_WORLD_H

#include "fake_broker.h"
#include "project/project_read.h"

struct world {
	struct fake fake;
	char folder[64], path[80];
	struct project *project;
	struct project_reader *reader;
	size_t told, firsts;
	char last[LT_DOSSIER_MAX];
};

static inline void changed(void *ctx, const struct project_change *change)
{
	struct world *w = ctx;
	w->told++;
	w->firsts += change->first;
	snprintf(w->last, sizeof(w->last), "%s", change->code);
}

static inline void open_project(struct world *w)
{
	struct project_options options = { .path = w->path, .control = w->fake.path, .changed = changed, .ctx = w };
	assert_int_equal(project_open(&options, &w->project), LT_OK);
}

static inline int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	snprintf(w->folder, sizeof(w->folder), "/dev/shm/lt-project-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof(w->path), "%s/copy.sqlite", w->folder);
	snprintf(w->fake.path, sizeof(w->fake.path), "%s/control.sock", w->folder);
	pthread_mutex_init(&w->fake.lock, NULL);
	w->fake.peer = -1;
	w->fake.page = 50;
	w->fake.sequence = 5000;
	w->fake.time = FAKE_TIME;
	w->fake.incarnation[0] = 7;
	w->fake.count = FAKE_DOSSIERS;
	for (uint64_t n = 1; n <= FAKE_DOSSIERS; n++)
		w->fake.dossiers[n] = (struct fake_dossier){
			.changed = n,
			.stays = n % 5,
			.status = n % 10 == 0 ? 10 : 4,
			.holder = n % 3 ? "H37.02" : "H37.14",
			.what = n % 10 == 0  ? 0
				: n % 7 == 0 ? LT_OWED_ACCEPT
					     : LT_OWED_WORK,
			.until = n % 11 == 0 ? 0 : FAKE_TIME + ((int64_t)n - FAKE_DOSSIERS / 2) * FAKE_HOUR,
			.silent = n % 100 == 1 ? FAKE_TIME - FAKE_HOUR : 0,
		};
	fake_start(&w->fake);
	open_project(w);
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;
	char command[96];
	project_read_close(w->reader);
	project_close(w->project);
	fake_end(&w->fake);
	snprintf(command, sizeof(command), "rm -r %s", w->folder);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

/* Until it follows and nothing is left. */
static inline void catch_up(struct world *w)
{
	bool more = true;
	for (size_t i = 0; i < 1000 && (more || !project_state(w->project)->broker); i++)
		assert_int_equal(project_step(w->project, &more), LT_OK);
	assert_false(more);
	if (!w->reader)
		assert_int_equal(project_read_open(w->path, &w->reader), LT_OK);
}

static inline void change(struct world *w, uint64_t number, struct fake_dossier now)
{
	pthread_mutex_lock(&w->fake.lock);
	now.changed = ++w->fake.sequence;
	w->fake.dossiers[number] = now;
	if (number > w->fake.count)
		w->fake.count = number;
	pthread_mutex_unlock(&w->fake.lock);
}

/* A lap over what is late, a page a step. */
static inline void freshen(struct world *w)
{
	bool more;
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(project_step(w->project, &more), LT_OK);
}

/* What is over its time and open: what one lap copies again. */
static inline size_t late(const struct world *w)
{
	size_t count = 0;
	for (size_t n = 1; n <= w->fake.count; n++)
		count += w->fake.dossiers[n].what != 0 && w->fake.dossiers[n].until != 0 &&
			 w->fake.dossiers[n].until < w->fake.time;
	return count;
}

/* Each row is what the broker says. */
static inline void same(struct world *w)
{
	const struct project_state *state = project_state(w->project);
	struct project_state read;
	assert_int_equal(state->phase, PROJECT_FOLLOWING);
	assert_int_equal(state->sequence, w->fake.sequence);
	assert_int_equal(state->done, w->fake.count);
	assert_int_equal(project_read_state(w->reader, &read), LT_OK);
	assert_int_equal(read.sequence, state->sequence);
	assert_int_equal(read.total, w->fake.count);
	for (uint64_t n = 1; n <= w->fake.count; n++) {
		const struct fake_dossier *dossier = &w->fake.dossiers[n];
		struct project_one one;
		char code[LT_DOSSIER_MAX];
		fake_code(n, code);
		assert_int_equal(project_read_one(w->reader, code, &one), LT_OK);
		assert_int_equal(one.dossier.number, n);
		assert_int_equal(one.dossier.status, dossier->status);
		assert_string_equal(one.dossier.holder, dossier->what ? dossier->holder : "");
		assert_int_equal(one.stay_count, dossier->stays + (dossier->what != 0));
		assert_int_equal(one.owed_count, dossier->what != 0);
		for (size_t i = 0; i < dossier->stays; i++)
			assert_int_equal(one.stays[i].number, i + 1);
		if (dossier->what) {
			assert_int_equal(one.stays[dossier->stays].number, 0);
			assert_int_equal(one.owed[0].until, dossier->until);
			assert_int_equal(one.dossier.owed.what, dossier->what);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
