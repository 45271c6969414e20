/* fake_broker.h: a broker that is a few variables behind a control socket: what it says of its dossiers the test decides. A thread answers. */
#ifndef TESTS_FAKE_BROKER_H
#define TESTS_FAKE_BROKER_H

#include "record/control.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FAKE_DOSSIERS = 600 };
#define FAKE_TIME INT64_C(1795000000000000)
#define FAKE_HOUR INT64_C(3600000000)

struct fake_dossier {
	uint64_t changed; /* the record */
	uint64_t stays;
	uint32_t status;
	const char *holder, *field;
	int64_t until; /* of what the holder owes; 0: no time */
	uint32_t what; /* 0: nothing, it is closed */
	int64_t silent;
	bool done; /* late, and handed out without a time for that */
};
struct fake {
	pthread_mutex_t lock;
	pthread_t thread;
	char path[108];
	int socket, peer;
	atomic_bool stop;
	uint64_t sequence, known_from;
	uint8_t incarnation[16];
	size_t count;
	struct fake_dossier dossiers[FAKE_DOSSIERS + 1]; /* by number */
	size_t page;                                     /* dossiers of one answer */
	size_t copies;                                   /* dossiers that were given */
	size_t stays_most;                               /* ended ones of one answer; 0: all */
	size_t questions;                                /* COPY and CHANGES */
	size_t told;                                     /* numbers of one CHANGES answer; 0: all */
	uint64_t flushes;                                /* that have written each of what has changed; 0: one */
	bool stuck;
	uint64_t redelivered;   /* what is stuck, under this number */
	const char *other_name; /* of H37.02; NULL: its own */
	bool machine;           /* H37.02: by its adapter */
	int64_t time;           /* legal */
};

static inline void fake_code(uint64_t number, char out[LT_DOSSIER_MAX])
{
	snprintf(out, LT_DOSSIER_MAX, "H37.02-20261118-%07u", (unsigned)number);
}

static struct lt_bytes fake_copied(const struct fake *fake, uint64_t number, uint64_t known, struct lt_arena *arena)
{
	const struct fake_dossier *dossier = &fake->dossiers[number];
	char code[LT_DOSSIER_MAX];
	struct lt_stay stays[64];
	struct lt_buf bytes = { 0 };
	size_t count = 0;
	fake_code(number, code);
	for (uint64_t i = known + 1; i <= dossier->stays + (dossier->what != 0); i++) {
		if (i <= dossier->stays && fake->stays_most > 0 && i > known + fake->stays_most)
			continue;
		stays[count++] = (struct lt_stay){
			.number = i > dossier->stays ? 0 : i,
			.branch = 1,
			.leg = "xu-ly",
			.holder = dossier->holder,
			.to = "",
			.begun = FAKE_TIME + (int64_t)i * FAKE_HOUR,
			.used = 60 + (uint32_t)((fake->time - FAKE_TIME) /
						60000000), /* of the open one; of an ended one the first tells */
			.late = "",
			.unit = ""
		};
	}
	struct lt_branch_view branch = { .branch = 1,
					 .version = 1,
					 .custody = dossier->what ? LT_CUSTODY_HELD : LT_CUSTODY_CLOSED,
					 .holder = dossier->holder,
					 .offered_to = "",
					 .leg = "xu-ly",
					 .leg_name = "Xử lý",
					 .acting = "",
					 .acting_offered = "",
					 .consult_limit = "",
					 .unit = "" };
	struct lt_owed owed = { .what = dossier->what,
				.who = dossier->holder,
				.acting = "",
				.branch = 1,
				.since = FAKE_TIME,
				.until = dossier->until };
	struct lt_clock_view clock = { .started = FAKE_TIME, .ended_at = dossier->what ? 0 : FAKE_TIME + FAKE_HOUR };
	if (dossier->done) {
		clock.ended_at = FAKE_TIME;
		clock.due_lawful = clock.appointment = FAKE_TIME - FAKE_HOUR;
	}
	struct lt_field field = { "noi-sinh", dossier->field ? dossier->field : "" };
	struct lt_copied_silent silent = { 1, dossier->silent };
	struct lt_copied copied = {
		.number = number,
		.sector = "ho-tich",
		.silent_count = dossier->silent != 0,
		.silent = &silent,
		.dossier = { .code = code,
			     .procedure = "1.000001",
			     .procedure_version = 1,
			     .procedure_name = "Đăng ký khai sinh",
			     .status = dossier->status,
			     .origin = "H37.02",
			     .lead = "",
			     .opened_at = FAKE_TIME + (int64_t)number,
			     .branch_count = 1,
			     .branches = &branch,
			     .clock = &clock,
			     .field_count = dossier->field ? 1 : 0,
			     .fields = &field,
			     .owed_count = dossier->what != 0,
			     .owed = &owed,
			     .stay_count = count,
			     .stays = stays,
			     .stays_total = dossier->stays,
			     .outcome = "",
			     .replaces = "",
			     .replaced_by = "",
			     .place_of_help = "",
			     .registered_by = "" },
	};
	assert_int_equal(lt_copied_encode(&copied, &bytes), LT_OK);
	uint8_t *copy = lt_arena_alloc(arena, bytes.len);
	memcpy(copy, bytes.data, bytes.len);
	struct lt_bytes out = lt_bytes(copy, bytes.len);
	lt_buf_fini(&bytes);
	return out;
}

static void fake_copy(struct fake *fake, const struct lt_control_request *request, struct lt_arena *arena,
		      struct lt_control_answer *answer)
{
	struct lt_copy_view *view = &answer->copy;
	view->dossiers = lt_arena_alloc(arena, LT_COPY_PAGE * sizeof(*view->dossiers));
	view->sequence = fake->sequence;
	view->time = fake->time;
	for (size_t i = 0; i < request->number_count; i++) {
		if (view->count == fake->page) { /* it may stop anywhere */
			view->next = i;
			break;
		}
		if (request->numbers[i] <= fake->count)
			view->dossiers[view->count++] = fake_copied(
				fake, request->numbers[i], request->known_count ? request->known[i] : 0, arena);
	}
	for (uint64_t n = request->after + 1; request->number_count == 0 && n <= fake->count; n++) {
		if (view->count == fake->page) {
			view->next = n - 1;
			break;
		}
		view->dossiers[view->count++] = fake_copied(fake, n, 0, arena);
	}
	fake->copies += view->count;
}

/* Flush after flush, each with all of what has changed; `after` is how many numbers were told. */
static void fake_changes(struct fake *fake, const struct lt_control_request *request, struct lt_arena *arena,
			 struct lt_control_answer *answer)
{
	struct lt_changes_view *view = &answer->changes;
	size_t room = fake->told ? fake->told : LT_CHANGES_MAX;
	uint64_t place = 0;
	view->numbers = lt_arena_alloc(arena, LT_CHANGES_MAX * sizeof(*view->numbers));
	view->anew = request->sequence < fake->known_from || request->sequence > fake->sequence;
	view->since = fake->sequence;
	for (uint64_t flush = 0; !view->anew && flush <= (fake->flushes ? fake->flushes - 1 : 0); flush++) {
		for (uint64_t n = 1; n <= fake->count; n++) {
			if (fake->dossiers[n].changed <= request->sequence || ++place <= request->after)
				continue;
			if (view->count < room)
				view->numbers[view->count++] = n;
			else
				view->since = request->sequence;
		}
	}
	view->after = view->since == fake->sequence ? 0 : request->after + view->count;
	view->sequence = fake->sequence;
	view->time = fake->time;
	view->dossiers = fake->count;
	view->incarnation = lt_bytes(fake->incarnation, 16);
}

static void fake_answer(struct fake *fake, const struct lt_control_request *request, struct lt_arena *arena,
			struct lt_control_answer *answer)
{
	static struct lt_agency_view agencies[] = {
		{ .code = "H37.02",
		  .name = "UBND xã Đồng Đăng",
		  .name_en = "",
		  .parent = "H37",
		  .handled_by = "",
		  .online = true },
		{ .code = "H37.14", .name = "Sở Tư pháp", .name_en = "", .parent = "H37", .handled_by = "" },
	};
	static struct lt_refused_count refused[] = { { LT_DOSSIER_EXISTS, 3 }, { LT_QUERY_INVALID, 2 } };
	static struct lt_adapter_view adapter = {
		.software = "x",
		.since = FAKE_TIME,
		.told_at = FAKE_TIME,
		.clock_ahead = -61000000,
		.report = { .clock = FAKE_TIME, .disk_free = 300, .disk_size = 1000, .disk_reserve = 200 }
	};
	static struct lt_stuck_view stuck = { .agency = "H37.14",
					      .number = 9,
					      .sequence = 77,
					      .reason = LT_DIRECTORY_INVALID,
					      .since = FAKE_TIME,
					      .dossier = "H37.02-20261118-0000001" };
	static struct lt_mailbox_view boxes[] = {
		{ .agency = "H37.02", .name = "", .handled_by = "" },
		{ .agency = "H37.14", .name = "", .handled_by = "", .waiting = 3, .oldest = FAKE_TIME - FAKE_HOUR },
	};
	answer->type = request->type;
	fake->questions += request->type == LT_CONTROL_COPY || request->type == LT_CONTROL_CHANGES;
	boxes[0].oldest = fake->stuck ? FAKE_TIME - 2 * FAKE_HOUR : 0;
	boxes[1].stuck_count = fake->stuck;
	boxes[1].stuck = &stuck;
	stuck.redelivered = fake->redelivered;
	if (request->type == LT_CONTROL_COPY) {
		fake_copy(fake, request, arena, answer);
	} else if (request->type == LT_CONTROL_CHANGES) {
		fake_changes(fake, request, arena, answer);
	} else if (request->type == LT_CONTROL_AGENCIES) {
		agencies[0].name = fake->other_name ? fake->other_name : "UBND xã Đồng Đăng";
		agencies[0].adapter = fake->machine ? &adapter : NULL;
		agencies[0].refused_count = fake->machine ? 2 : 0;
		agencies[0].refused = refused;
		agencies[0].certificates_end = FAKE_TIME + FAKE_HOUR;
		answer->agencies.count = 2;
		answer->agencies.agencies = agencies;
	} else {
		answer->mailboxes.count = 2;
		answer->mailboxes.mailboxes = boxes;
	}
}

static void fake_serve(struct fake *fake, int peer)
{
	struct lt_arena *arena;
	struct lt_buf in = { 0 }, out = { 0 };
	uint8_t length[4];
	assert_int_equal(lt_arena_new(64 << 20, &arena), LT_OK);
	while (!fake->stop && recv(peer, length, 4, MSG_WAITALL) == 4) {
		struct lt_control_request request;
		struct lt_control_answer answer = { .detail = "" };
		struct lt_refusal refusal = { 0 };
		size_t len = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16;
		lt_buf_clear(&in);
		lt_buf_clear(&out);
		lt_arena_reset(arena);
		assert_int_equal(lt_buf_reserve(&in, len), LT_OK);
		if (recv(peer, in.data, len, MSG_WAITALL) != (ssize_t)len)
			break;
		in.len = len;
		assert_int_equal(lt_control_request_decode(lt_buf_bytes(&in), arena, &request, &refusal),
				 LT_REASON_NONE);
		assert_int_equal(lt_buf_append(&out, "....", 4), LT_OK);
		pthread_mutex_lock(&fake->lock);
		fake_answer(fake, &request, arena, &answer);
		assert_int_equal(lt_control_answer_encode(&answer, &out), LT_OK);
		pthread_mutex_unlock(&fake->lock);
		for (size_t i = 0; i < 4; i++)
			out.data[i] = (uint8_t)((out.len - 4) >> (8 * i));
		if (send(peer, out.data, out.len, MSG_NOSIGNAL) != (ssize_t)out.len)
			break;
	}
	lt_buf_fini(&in);
	lt_buf_fini(&out);
	lt_arena_free(arena);
}

static void *fake_thread(void *arg)
{
	struct fake *fake = arg;
	while (!fake->stop) {
		int peer = accept(fake->socket, NULL, NULL);
		if (peer < 0)
			break;
		fake->peer = peer;
		fake_serve(fake, peer);
		close(peer);
	}
	return NULL;
}

static void fake_start(struct fake *fake)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	fake->stop = false;
	fake->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fake->path);
	unlink(fake->path);
	assert_int_equal(bind(fake->socket, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fake->socket, 4), 0);
	assert_int_equal(pthread_create(&fake->thread, NULL, fake_thread, fake), 0);
}

/* As if it had been killed. */
static void fake_end(struct fake *fake)
{
	fake->stop = true;
	shutdown(fake->socket, SHUT_RDWR);
	shutdown(fake->peer, SHUT_RDWR);
	pthread_join(fake->thread, NULL);
	close(fake->socket);
	unlink(fake->path);
	fake->peer = -1;
}

#endif
