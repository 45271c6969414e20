/* simstate.c: a state without an engine. */
#include "test.h"

#include "simstate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "law/file_calendar.h"
#include "simreform.h"

static void make_dossier(struct dossier *dossier)
{
	dossier->number = 1;
	strcpy(dossier->code, "H37.02-20261119-0000001");
	strcpy(dossier->procedure, "1.004873");
	dossier->procedure_version = 1;
	dossier->status = STATUS_IN_PROGRESS;
	strcpy(dossier->origin, "H37.02");
	strcpy(dossier->lead, "H37.14");
	dossier->opened_at = SIMSTATE_NOW;
	dossier->branch_count = 1;
	dossier->branches[0] = (struct branch){ .number = 1, .version = 3, .custody = LT_CUSTODY_HELD };
	strcpy(dossier->branches[0].holder, "H37.14");
}

struct simstate *simstate_new(void)
{
	struct simstate *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	snprintf(s->path, sizeof(s->path), "/dev/shm/lienthong-state-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	struct store_options options = { .path = s->path, .map_bytes = 64 << 20, .create = true };
	assert_int_equal(store_open(&options, &s->store), LT_OK);
	assert_int_equal(lt_arena_new(16 << 20, &s->arena), LT_OK);
	state_load(&s->state, s->store, law_of(1));
	rules_use(&s->state, rules_of(1));
	s->act.rules = s->state.rules;
	struct simreform *reform = simreform_new(SIMSTATE_NOW);
	simreform_add(reform, "H37.02");
	simreform_add(reform, "H37.14");
	simreform_add(reform, "B00")->level = LT_LEVEL_BROKER;
	s->state.rulebook = simreform_rulebook(reform);
	simreform_free(reform);
	make_dossier(&s->dossier);
	s->act.state = &s->state;
	s->act.arena = s->arena;
	s->act.dossier = &s->dossier;
	s->act.sequence = 10;
	s->act.time = SIMSTATE_NOW;
	simstate_next(s, 0);
	return s;
}

void simstate_free(struct simstate *s)
{
	char name[128];
	state_fini(&s->state);
	store_close(s->store);
	lt_arena_free(s->arena);
	snprintf(name, sizeof(name), "%s/data.mdb", s->path);
	unlink(name);
	snprintf(name, sizeof(name), "%s/lock.mdb", s->path);
	unlink(name);
	rmdir(s->path);
	free(s);
}

void simstate_next(struct simstate *s, uint64_t sequences)
{
	s->act.sequence += sequences;
	s->act.outcome = (struct lt_outcome){ .mail = s->act.mail, .notices = s->act.notices };
	s->act.refusal = (struct lt_refusal){ 0 };
	s->act.procedure = NULL;
}

void simstate_save(struct simstate *s)
{
	struct lt_buf bytes = { 0 };
	dossier_save(s->store, &s->dossier, &bytes);
	lt_buf_fini(&bytes);
}

void simstate_calendars(struct simstate *s)
{
	for (int year = 2026; year <= 2027; year++) {
		char path[512];
		struct calendar_file file;
		struct lt_buf bytes = { 0 };
		snprintf(path, sizeof(path), "%s/conf/calendars/%d.json", LT_SOURCE_DIR, year);
		assert_int_equal(calendar_file_load(path, &file), LT_OK);
		assert_int_equal(calendar_file_encode(&file, &bytes), LT_OK);
		struct lt_command command = { .type = LT_COMMAND_DEFINE };
		command.u.define.type = LT_DEFINE_CALENDAR;
		command.u.define.data = lt_buf_bytes(&bytes);
		simstate_next(s, 1);
		s->act.command = &command;
		if (apply_define_calendar(&s->act))
			fail_msg("%s", s->act.refusal.detail);
		lt_buf_fini(&bytes);
		calendar_file_fini(&file);
	}
	simstate_next(s, 1);
}
