/* The gate over real sockets on loopback with CURVE. */
#include "test.h"

#include <string.h>
#include <time.h>
#include <zmq.h>

#include "gate/connections.h"
#include "gate/gate_budget.h"
#include "simgate.h"

/* ---- tests ---- */

static void session_opens_and_works(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	simpeer_enter(peer, 0);
	simpeer_ping(peer);
	simpeer_expect(peer, LT_LINK_PONG);
	assert_int_equal(peer->link.u.pong.token, 5);
	assert_int_equal(peer->link.u.pong.directory_version, 1);
	simpeer_received(peer, "H01", 3);
	simpeer_received(peer, "H01", 4);
	simgate_wait(&site->acks, 7);
	struct lt_link get = { .type = LT_LINK_DIRECTORY_GET };
	simpeer_send(peer, &get);
	simpeer_expect(peer, LT_LINK_DIRECTORY_CHUNK);
	assert_true(lt_bytes_equal(peer->link.u.directory_chunk.data, lt_buf_bytes(&simgate_book->directory)));
	assert_int_equal(peer->link.u.directory_chunk.size, simgate_book->directory.len);
	/* Not this session's agency. */
	simpeer_received(peer, "H02", 9);
	simpeer_expect_bye(peer, LT_SENDER_NOT_SESSION);
	simgate_wait(&site->lost, 1);
	simpeer_ping(peer);
	simpeer_expect_bye(peer, LT_SESSION_UNKNOWN);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

static void unknown_key_hears_nothing(void **state)
{
	(void)state;
	struct lt_curve_key stranger;
	struct simgate *site = simgate_open(false, false, 0);
	assert_int_equal(lt_curve_new(&stranger), LT_OK);
	struct simpeer *peer = simpeer_connect(site, &stranger);
	simpeer_hello(peer, "H01");
	assert_false(simpeer_receive(peer, SIMGATE_SILENCE_MS));
	assert_true(stats_get(&site->stats, STATS_NOT_ENROLLED) > 0);
	assert_int_equal(stats_get(&site->stats, STATS_MESSAGES), 0);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

static void without_handler_nobody_comes_in(void **state)
{
	(void)state;
	for (int without_zap = 0; without_zap <= 1; without_zap++) {
		/* The other way to have nobody to ask: no rulebook yet. */
		struct simgate *site = simgate_open(without_zap != 0, without_zap == 0, 0);
		struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
		simpeer_hello(peer, "H01");
		assert_false(simpeer_receive(peer, SIMGATE_SILENCE_MS));
		assert_int_equal(stats_get(&site->stats, STATS_MESSAGES), 0);
		simpeer_close(peer);
		simgate_stop(site);
		simgate_close(site);
	}
}

static void malformed_frames_are_named(void **state)
{
	(void)state;
	static const uint8_t frames[][4] = { { 0xff, 0xff, 0xff, 0xff }, { 0x2a, 0x7f, 0, 0 }, { 0, 0, 0, 0 } };
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		assert_true(zmq_send(peer->socket, frames[i], sizeof frames[i], 0) > 0);
		simpeer_expect(peer, LT_LINK_BYE);
		assert_in_range(peer->link.u.bye.reason, 100, 108);
	}
	assert_true(zmq_send(peer->socket, "", 0, 0) == 0);
	simpeer_expect(peer, LT_LINK_BYE);
	/* Two frames are no message of ours. */
	assert_true(zmq_send(peer->socket, "a", 1, ZMQ_SNDMORE) == 1 && zmq_send(peer->socket, "b", 1, 0) == 1);
	simpeer_expect(peer, LT_LINK_BYE);
	/* In a session a bad frame ends it; the next session works. */
	simpeer_enter(peer, 0);
	assert_true(zmq_send(peer->socket, frames[0], sizeof frames[0], 0) > 0);
	simpeer_expect(peer, LT_LINK_BYE);
	simgate_wait(&site->lost, 1);
	simpeer_enter(peer, 0);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

static void proof_is_demanded(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	simpeer_ping(peer);
	simpeer_expect_bye(peer, LT_SESSION_UNKNOWN);
	simpeer_hello(peer, "H02"); /* not this key's */
	simpeer_expect_bye(peer, LT_KEY_NOT_ENROLLED);
	simpeer_hello(peer, "H01");
	simpeer_expect(peer, LT_LINK_CHALLENGE);
	simpeer_proof(peer, "H01", 1); /* another's certificate */
	simpeer_expect_bye(peer, LT_PROOF_INVALID);
	simpeer_hello(peer, "H01");
	simpeer_expect(peer, LT_LINK_CHALLENGE);
	simpeer_received(peer, "H01", 1); /* before WELCOME */
	simpeer_expect_bye(peer, LT_SESSION_UNKNOWN);
	assert_int_equal(atomic_load(&site->sessions), 0);
	simpeer_hello(peer, "H01");
	simpeer_expect(peer, LT_LINK_CHALLENGE);
	simpeer_ping(peer); /* too early: no answer, and the handshake goes on */
	simpeer_proof(peer, "H01", 0);
	simpeer_expect(peer, LT_LINK_WELCOME);
	simpeer_enter(peer, 0);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

/* What a peer calls itself is bounded, and so is what it may ask for. */
static void texts_are_bounded(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	char software[LT_LINK_SOFTWARE_MAX + 2];
	const char *agencies[] = { "H01" };
	uint8_t nonce[32] = { 1 };
	memset(software, 'a', sizeof(software) - 1);
	software[sizeof(software) - 1] = 0;
	struct lt_link hello = { .type = LT_LINK_HELLO,
				 .u.hello = { .version_min = 1,
					      .version_max = 1,
					      .nonce = lt_bytes(nonce, 32),
					      .agency_count = 1,
					      .agencies = agencies,
					      .software = software } };
	simpeer_send(peer, &hello);
	simpeer_expect_bye(peer, LT_TEXT_TOO_LONG);
	software[LT_LINK_SOFTWARE_MAX] = 0;
	simpeer_send(peer, &hello);
	simpeer_expect(peer, LT_LINK_CHALLENGE);
	simpeer_enter(peer, 0);
	struct lt_link query = { .type = LT_LINK_QUERY,
				 .u.query = { .token = 7, .dossier = "H01-00000101-0000001", .agency = "H01" } };
	simpeer_send(peer, &query);
	simpeer_expect(peer, LT_LINK_QUERY_ANSWER);
	assert_int_equal(peer->link.u.query_answer.reason, LT_DOSSIER_CODE_INVALID);
	assert_int_equal(peer->link.u.query_answer.token, 7);
	assert_string_equal(peer->link.u.query_answer.said.detail, "not of the form agency-date-number");
	assert_string_equal(peer->link.u.query_answer.said.vietnamese, "không có dạng cơ quan-ngày-số");
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

static void newer_session_supersedes(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *first = simpeer_connect(site, &simgate_book->keys[0]),
		       *second = simpeer_connect(site, &simgate_book->keys[0]);
	simpeer_enter(first, 0);
	simpeer_enter(second, 0);
	simpeer_expect_bye(first, LT_SESSION_SUPERSEDED);
	simpeer_received(first, "H01", 100);
	simpeer_expect_bye(first, LT_SESSION_UNKNOWN);
	simpeer_ping(second);
	simpeer_expect(second, LT_LINK_PONG);
	assert_int_equal(atomic_load(&site->acks), 0);
	simpeer_close(first);
	simpeer_close(second);
	simgate_stop(site);
	simgate_close(site);
}

static void suspended_hears_one_bye(void **state)
{
	(void)state;
	static const char *const suspended[] = { "H02", NULL };
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[1]),
		       *other = simpeer_connect(site, &simgate_book->keys[0]);
	simpeer_enter(peer, 1);
	simpeer_enter(other, 0);
	simgate_put_rulebook(site, suspended, 2);
	simpeer_expect_bye(peer, LT_SENDER_SUSPENDED);
	simgate_wait(&site->lost, 1);
	simpeer_ping(peer);
	simpeer_hello(peer, "H02");
	assert_false(simpeer_receive(peer, SIMGATE_SILENCE_MS));
	/* One that goes on costs no more than its connection. */
	for (unsigned i = 0; i < 2 * 64; i++)
		simpeer_ping(peer);
	for (unsigned i = 0; connections_figures().cut == 0; i++) {
		assert_true(i < SIMGATE_WAIT_MS);
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	simpeer_ping(other);
	simpeer_expect(other, LT_LINK_PONG);
	simgate_put_rulebook(site, NULL, 3);
	simpeer_ping(other); /* an order between the two */
	simpeer_expect(other, LT_LINK_PONG);
	simpeer_enter(peer, 1);
	simpeer_close(peer);
	simpeer_close(other);
	simgate_stop(site);
	simgate_close(site);
}

/* Every envelope is answered; over the credit with CREDIT_EXCEEDED, and the credit comes back with the answers. */
static void submits_are_counted(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	struct lt_envelope envelope = { .header = lt_bytes("x", 1), .signature = lt_bytes("y", 1) };
	struct lt_link link = { .type = LT_LINK_SUBMIT, .u.submit = { .count = 1, .envelopes = &envelope } };
	simpeer_enter(peer, 0);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < BROKER_CREDIT_ENVELOPES; i++)
			simpeer_send(peer, &link);
		for (unsigned i = 0; i < BROKER_CREDIT_ENVELOPES; i++)
			simpeer_expect(peer, LT_LINK_ANSWERS);
	}
	simgate_wait(&site->submits, 3 * BROKER_CREDIT_ENVELOPES);
	assert_int_equal(stats_get(&site->stats, STATS_CREDIT_EXCEEDED), 0);
	assert_int_equal(atomic_load(&site->refused), 3 * BROKER_CREDIT_ENVELOPES); /* HEADER_MALFORMED */
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

/* More than one slice, also of what cannot be read. */
static void a_large_submit_is_answered_whole(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	struct lt_envelope envelopes[LT_LINK_BATCH_MAX];
	struct lt_link link = { .type = LT_LINK_SUBMIT,
				.u.submit = { .count = LT_LINK_BATCH_MAX, .envelopes = envelopes } };
	struct lt_buf broken = { 0 };
	for (size_t i = 0; i < LT_LINK_BATCH_MAX; i++)
		envelopes[i] = (struct lt_envelope){ .header = lt_bytes("x", 1), .signature = lt_bytes("y", 1) };
	simpeer_enter(peer, 0);
	simpeer_send(peer, &link);
	assert_int_equal(lt_link_encode(&link, &broken), LT_OK);
	broken.data[broken.len - 6] = 0x7f; /* the tag of the last envelope's header */
	assert_true(zmq_send(peer->socket, broken.data, broken.len, 0) > 0);
	for (size_t i = 0; i < 2 * LT_LINK_BATCH_MAX; i++)
		simpeer_expect(peer, LT_LINK_ANSWERS);
	assert_int_equal(peer->link.u.answers.answers[0].reason, LT_FRAME_MALFORMED);
	assert_int_equal(atomic_load(&site->refused), 2 * LT_LINK_BATCH_MAX);
	lt_buf_fini(&broken);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

static void put_header(struct lt_buf *out)
{
	struct lt_recipient to = { .agency = "H02", .leg = "leg-2" };
	struct lt_header header = { .domain = SIMBOOK_DOMAIN,
				    .id = { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80 },
				    .kind = LT_KIND_OPEN,
				    .sender = "H01",
				    .dossier = "H01-20261124-0000001",
				    .to_count = 1,
				    .to = &to,
				    .sent_at = 1,
				    .procedure = "1.011442",
				    .procedure_version = 1,
				    .reason = "",
				    .subject = "" };
	struct lt_refusal refusal = { 0 };
	assert_int_equal(lt_header_encode(&header, out, &refusal), LT_OK);
}

/* In its turn, with its dossier, and without its bytes in the memory; what is far over it ends the session. */
static void over_the_credit(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	struct lt_buf header = { 0 };
	struct lt_envelope envelope = { .header = lt_bytes("x", 1), .signature = lt_bytes("y", 1) };
	struct lt_link link = { .type = LT_LINK_SUBMIT, .u.submit = { .count = 1, .envelopes = &envelope } };
	simpeer_enter(peer, 0);
	simgate_wait(&site->sessions, 1); /* the engine's thread has written which it is */
	ring_hold(site->ring, site->h01.slot);
	for (unsigned i = 0; i < BROKER_CREDIT_ENVELOPES; i++)
		simpeer_send(peer, &link);
	put_header(&header);
	envelope.header = lt_buf_bytes(&header);
	simpeer_send(peer, &link);
	simpeer_ping(peer);
	simpeer_expect(peer, LT_LINK_PONG);
	assert_int_equal(stats_get(&site->stats, STATS_CREDIT_EXCEEDED), 1);
	ring_let(site->ring, site->h01.slot);
	for (unsigned i = 0; i < BROKER_CREDIT_ENVELOPES; i++) {
		simpeer_expect(peer, LT_LINK_ANSWERS);
		assert_int_equal(peer->link.u.answers.answers[0].reason, LT_HEADER_MALFORMED);
	}
	simpeer_expect(peer, LT_LINK_ANSWERS);
	assert_int_equal(peer->link.u.answers.answers[0].reason, LT_CREDIT_EXCEEDED);
	assert_string_equal(site->dossier, "H01-20261124-0000001");
	ring_hold(site->ring, site->h01.slot);
	struct lt_envelope many[LT_LINK_BATCH_MAX];
	for (size_t i = 0; i < LT_LINK_BATCH_MAX; i++)
		many[i] = envelope;
	link.u.submit = (struct lt_submit){ .count = LT_LINK_BATCH_MAX, .envelopes = many };
	for (unsigned i = 0; i <= 8 * BROKER_CREDIT_ENVELOPES / LT_LINK_BATCH_MAX; i++)
		simpeer_send(peer, &link);
	simpeer_expect_bye(peer, LT_CREDIT_EXCEEDED);
	lt_buf_fini(&header);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

/* Nothing is refused to who sends more than its rate: it is answered later. Others are not. */
static void above_its_rate_an_agency_waits(void **state)
{
	(void)state;
	simgate_rate = 5;
	struct simgate *site = simgate_open(false, false, 0);
	simgate_rate = 0;
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]),
		       *other = simpeer_connect(site, &simgate_book->keys[1]);
	struct lt_envelope envelope = { .header = lt_bytes("x", 1), .signature = lt_bytes("y", 1) };
	struct lt_link link = { .type = LT_LINK_SUBMIT, .u.submit = { .count = 1, .envelopes = &envelope } };
	simpeer_enter(peer, 0);
	simpeer_enter(other, 1);
	const unsigned at_once = 5 * BUDGET_SECONDS;
	for (unsigned i = 0; i < at_once + 10; i++)
		simpeer_send(peer, &link);
	unsigned answers = 0;
	while (simpeer_receive(peer, 200))
		answers++;
	assert_in_range(answers, 0, at_once + 6); /* two seconds too many */
	assert_int_equal(stats_get(&site->stats, STATS_SESSIONS_HELD), 1);
	simpeer_send(other, &link);
	simpeer_expect(other, LT_LINK_ANSWERS);
	simpeer_ping(peer);
	simpeer_expect(peer, LT_LINK_PONG);
	for (; answers < at_once + 10; answers++)
		simpeer_expect(peer, LT_LINK_ANSWERS);
	simpeer_close(peer);
	simpeer_close(other);
	simgate_stop(site);
	simgate_close(site);
}

/* An adapter that lost its connection again and again, each time after HELLO, comes in. */
static void half_open_sessions_make_room(void **state)
{
	(void)state;
	enum { TRIES = 70 };
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peers[TRIES];
	for (size_t i = 0; i < TRIES; i++) {
		peers[i] = simpeer_connect(site, &simgate_book->keys[0]);
		simpeer_hello(peers[i], "H01");
		simpeer_expect(peers[i], LT_LINK_CHALLENGE);
	}
	struct simpeer *right = simpeer_connect(site, &simgate_book->keys[0]);
	simpeer_enter(right, 0);
	simpeer_proof(peers[0], "H01", 0); /* the oldest has gone */
	simpeer_expect_bye(peers[0], LT_SESSION_UNKNOWN);
	for (size_t i = 0; i < TRIES; i++)
		simpeer_close(peers[i]);
	simpeer_close(right);
	simgate_stop(site);
	simgate_close(site);
}

static void silence_ends_a_session(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 100);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	simpeer_enter(peer, 0);
	simpeer_expect_bye(peer, LT_SESSION_UNKNOWN);
	simgate_wait(&site->lost, 1);
	assert_int_equal(stats_get(&site->stats, STATS_SESSIONS_IDLE), 1);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

static void ping_with(struct simpeer *peer, struct lt_adapter_report *report)
{
	struct lt_link link = { .type = LT_LINK_PING, .u.ping = { .token = 5, .report = report } };
	simpeer_send(peer, &link);
	simpeer_expect(peer, LT_LINK_PONG);
}

/* Whatever an adapter says of itself, everybody behind the gate can count with it; and it is not said more often than once a second. */
static void reports_are_bounded(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	struct lt_adapter_report mad = { .clock = INT64_MAX,
					 .disk_free = UINT64_MAX,
					 .disk_size = UINT64_MAX,
					 .disk_reserve = UINT64_MAX,
					 .store_bytes = UINT64_MAX,
					 .unsent = UINT64_MAX,
					 .unsent_since = INT64_MAX,
					 .restored_at = INT64_MAX };
	const struct lt_adapter_report *told = &site->report.u.report.told;
	simpeer_enter(peer, 0);
	simpeer_ping(peer);
	simpeer_expect(peer, LT_LINK_PONG);
	for (int i = 0; i < 100; i++)
		ping_with(peer, &mad);
	simgate_wait(&site->reports, 1);
	assert_true(told->disk_free == INT64_MAX && told->disk_size == INT64_MAX && told->disk_reserve == INT64_MAX);
	assert_true(told->store_bytes == INT64_MAX && told->unsent == INT64_MAX);
	assert_true(told->clock - site->report.u.report.ahead > 0); /* the broker's own time */
	assert_true(told->unsent_since <= told->clock && told->restored_at <= told->clock);
	simgate_ahead += 2000000;
	struct lt_adapter_report before = { .clock = INT64_MIN, .unsent_since = INT64_MIN };
	ping_with(peer, &before);
	simgate_wait(&site->reports, 2);
	assert_true(told->clock == 0 && told->unsent_since == 0 && site->report.u.report.ahead < 0);
	simgate_ahead -= 2000000;
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

static void stop_is_told(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	simpeer_enter(peer, 0);
	simgate_stop(site);
	simpeer_expect_bye(peer, LT_BROKER_STOPPING);
	simpeer_close(peer);
	simgate_close(site);
}

TEST_MAIN_AROUND(simgate_setup, simgate_teardown, cmocka_unit_test(session_opens_and_works),
		 cmocka_unit_test(unknown_key_hears_nothing), cmocka_unit_test(without_handler_nobody_comes_in),
		 cmocka_unit_test(malformed_frames_are_named), cmocka_unit_test(proof_is_demanded),
		 cmocka_unit_test(texts_are_bounded), cmocka_unit_test(newer_session_supersedes),
		 cmocka_unit_test(suspended_hears_one_bye), cmocka_unit_test(submits_are_counted),
		 cmocka_unit_test(a_large_submit_is_answered_whole), cmocka_unit_test(over_the_credit),
		 cmocka_unit_test(above_its_rate_an_agency_waits), cmocka_unit_test(half_open_sessions_make_room),
		 cmocka_unit_test(reports_are_bounded), cmocka_unit_test(silence_ends_a_session),
		 cmocka_unit_test(stop_is_told))
