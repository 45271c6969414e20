#include "test.h"

#include "simgate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "start/env_real.h"

struct simbook *simgate_book;
struct lt_curve_key simgate_key;
uint64_t simgate_rate;
_Atomic int64_t simgate_ahead;

static int64_t now_ahead(void *ctx)
{
	return env_real().now(ctx) + atomic_load(&simgate_ahead);
}

static int64_t boottime_ahead(void *ctx)
{
	int64_t ahead = atomic_load(&simgate_ahead), most = 7200 * INT64_C(1000000);
	return env_real().boottime(ctx) + (ahead < most ? ahead : most);
}

/* ---- a gate with what stands around it ---- */

static void put_link(struct simgate *site, enum output_type type, struct session_ref session,
		     const struct lt_link *link, uint32_t answered, uint32_t bytes)
{
	struct lt_buf text = { 0 }, outs = { 0 };
	assert_int_equal(lt_link_encode(link, &text), LT_OK);
	struct output out = { .type = type,
			      .session = session,
			      .answered = answered,
			      .answered_bytes = bytes,
			      .data = lt_buf_bytes(&text) };
	assert_int_equal(output_encode(&out, &outs), LT_OK);
	gate_outputs_put(&site->outs, &outs);
	lt_buf_fini(&outs);
	lt_buf_fini(&text);
}

static void play_session(struct simgate *site, const struct input *input)
{
	struct lt_command command;
	struct lt_refusal refusal;
	lt_arena_reset(site->arena);
	assert_int_equal(lt_command_decode(input->u.command, site->arena, &command, &refusal), LT_REASON_NONE);
	if (strcmp(command.u.session.agencies[0].agency, "H01") == 0) {
		struct lt_link bye = { .type = LT_LINK_BYE, .u.bye = { .reason = LT_SESSION_SUPERSEDED } };
		if (site->h01.serial)
			put_link(site, OUTPUT_BYE, site->h01, &bye, 0, 0);
		site->h01 = input->session;
	}
	struct lt_link welcome = { .type = LT_LINK_WELCOME, .u.welcome = { .epoch = 7, .max_envelopes = 64 } };
	put_link(site, OUTPUT_WELCOME, input->session, &welcome, 0, 0);
	atomic_fetch_add(&site->sessions, 1);
}

static void play(struct simgate *site, const struct input *input)
{
	struct lt_answer answer = { .reason = LT_OVERLOADED, .detail = "" };
	struct lt_link answers = { .type = LT_LINK_ANSWERS, .u.answers = { .count = 1, .answers = &answer } };
	switch (input->type) {
	case INPUT_SESSION:
		play_session(site, input);
		break;
	case INPUT_SUBMIT:
		if (input->u.submit.refused.reason) {
			answer.reason = input->u.submit.refused.reason;
			strcpy(site->dossier, input->u.submit.dossier);
			atomic_fetch_add(&site->refused, 1);
		}
		atomic_fetch_add(&site->submits, 1);
		put_link(site, OUTPUT_SEND, input->session, &answers, 1, input->u.submit.bytes);
		break;
	case INPUT_ACK:
		assert_string_equal(input->u.ack.agency, "H01");
		atomic_fetch_add(&site->acks, (unsigned)input->u.ack.number);
		break;
	case INPUT_LOST:
		atomic_fetch_add(&site->lost, 1);
		break;
	case INPUT_REPORT:
		site->report = *input;
		atomic_fetch_add(&site->reports, 1);
		break;
	case INPUT_CREDIT:
	case INPUT_QUERY:
	case INPUT_CONTROL:
	case INPUT_COMMAND:
	case INPUT_PART:
	case INPUT_STORED:
	case INPUT_PART_LOST:
		break;
	}
}

static bool engine_ready(void *ctx)
{
	struct simgate *site = ctx;
	return ring_ready(site->ring) || ring_sealed(site->ring);
}

static void *run_engine(void *arg)
{
	struct simgate *site = arg;
	while (!ring_sealed(site->ring) || ring_waiting(site->ring) > 0) {
		struct ring_slot *slot = ring_peek(site->ring);
		if (!slot) {
			wakeup_wait(&site->engine_wakeup, engine_ready, site, 100000);
			continue;
		}
		struct lt_bytes rest = lt_buf_bytes(&slot->jobs);
		struct input input;
		for (size_t used; rest.len > 0 && (used = input_decode(rest, &input)) > 0;) {
			play(site, &input);
			rest = lt_bytes(rest.data + used, rest.len - used);
		}
		gate_outputs_put(&site->outs, &slot->replies);
		ring_release(site->ring);
	}
	uint64_t one = 1;
	atomic_store(&site->engine_done, true);
	assert_int_equal(write(site->event, &one, sizeof one), sizeof one);
	return NULL;
}

static void *run_admit(void *arg)
{
	struct simgate *site = arg;
	for (struct ring_slot *slot; (slot = ring_claim(site->ring)) != NULL;) {
		admit_work(site->admit, slot);
		ring_finish(site->ring, slot);
	}
	return NULL;
}

static void *run_gate(void *arg)
{
	struct simgate *site = arg;
	gate_run(site->gate);
	return NULL;
}

void simgate_put_rulebook(struct simgate *site, const char *const *suspended, uint64_t version)
{
	struct rulebook *rulebook = simbook_rulebook(simgate_book, suspended, NULL, version);
	rulebook_current_put(&site->current, rulebook);
	rulebook_unref(rulebook);
	uint64_t one = 1;
	assert_int_equal(write(site->event, &one, sizeof one), sizeof one);
}

struct simgate *simgate_open(bool without_zap, bool without_rulebook, uint32_t ping_ms)
{
	struct simgate *site = calloc(1, sizeof *site);
	char error[200];
	assert_non_null(site);
	site->env = env_real();
	site->env.now = now_ahead;
	site->env.boottime = boottime_ahead;
	site->event = eventfd(0, EFD_NONBLOCK);
	rulebook_current_init(&site->current);
	if (!without_rulebook)
		simgate_put_rulebook(site, NULL, 1);
	site->ring = malloc(sizeof *site->ring);
	assert_non_null(site->ring);
	wakeup_init(&site->engine_wakeup);
	ring_init(site->ring, &site->engine_wakeup);
	gate_outputs_init(&site->outs, site->event);
	assert_int_equal(lt_arena_new(1 << 20, &site->arena), LT_OK);
	struct admit_options admit = { .env = &site->env, .current = &site->current, .stats = &site->stats };
	memcpy(admit.broker_key, simgate_key.public_key, 32);
	assert_int_equal(admit_new(&admit, &site->admit), LT_OK);
	struct gate_options options = { .env = &site->env,
					.domain = SIMBOOK_DOMAIN,
					.endpoint = "tcp://127.0.0.1:*",
					.key = simgate_key,
					.ring = site->ring,
					.current = &site->current,
					.stats = &site->stats,
					.outs = &site->outs,
					.event = site->event,
					.engine_done = &site->engine_done,
					.ping_ms = ping_ms,
					.agency_envelopes = simgate_rate,
					.without_zap = without_zap };
	assert_int_equal(gate_open(&options, &site->gate, error, sizeof error), LT_OK);
	pthread_create(&site->gate_thread, NULL, run_gate, site);
	pthread_create(&site->admit_thread, NULL, run_admit, site);
	pthread_create(&site->engine_thread, NULL, run_engine, site);
	site->context = zmq_ctx_new();
	return site;
}

void simgate_stop(struct simgate *site)
{
	gate_stop(site->gate);
	pthread_join(site->gate_thread, NULL);
	pthread_join(site->engine_thread, NULL);
	ring_close(site->ring);
	pthread_join(site->admit_thread, NULL);
}

void simgate_close(struct simgate *site)
{
	zmq_ctx_term(site->context);
	gate_close(site->gate);
	admit_free(site->admit);
	ring_fini(site->ring);
	free(site->ring);
	gate_outputs_fini(&site->outs);
	rulebook_current_fini(&site->current);
	wakeup_fini(&site->engine_wakeup);
	lt_arena_free(site->arena);
	close(site->event);
	free(site);
}

/* ---- an adapter's socket ---- */

struct simpeer *simpeer_connect(struct simgate *site, const struct lt_curve_key *key)
{
	struct simpeer *peer = calloc(1, sizeof *peer);
	int zero = 0;
	assert_non_null(peer);
	peer->key = key;
	peer->nonce[0] = 9;
	assert_int_equal(lt_arena_new(1 << 20, &peer->arena), LT_OK);
	peer->socket = zmq_socket(site->context, ZMQ_DEALER);
	zmq_setsockopt(peer->socket, ZMQ_LINGER, &zero, sizeof zero);
	zmq_setsockopt(peer->socket, ZMQ_CURVE_SERVERKEY, simgate_key.public_key, 32);
	zmq_setsockopt(peer->socket, ZMQ_CURVE_PUBLICKEY, key->public_key, 32);
	zmq_setsockopt(peer->socket, ZMQ_CURVE_SECRETKEY, key->secret_key, 32);
	assert_int_equal(zmq_connect(peer->socket, gate_endpoint(site->gate)), 0);
	return peer;
}

void simpeer_close(struct simpeer *peer)
{
	zmq_close(peer->socket);
	lt_arena_free(peer->arena);
	free(peer);
}

void simpeer_send(struct simpeer *peer, const struct lt_link *link)
{
	struct lt_buf text = { 0 };
	assert_int_equal(lt_link_encode(link, &text), LT_OK);
	assert_true(zmq_send(peer->socket, text.data, text.len, 0) >= 0);
	lt_buf_fini(&text);
}

bool simpeer_receive(struct simpeer *peer, int wait_ms)
{
	zmq_pollitem_t item = { .socket = peer->socket, .events = ZMQ_POLLIN };
	struct lt_refusal refusal;
	if (zmq_poll(&item, 1, wait_ms) <= 0)
		return false;
	int len = zmq_recv(peer->socket, peer->received, sizeof peer->received, 0);
	assert_true(len > 0 && (size_t)len < sizeof peer->received);
	lt_arena_reset(peer->arena);
	assert_int_equal(lt_link_decode(lt_bytes(peer->received, (size_t)len), peer->arena, &peer->link, &refusal),
			 LT_REASON_NONE);
	return true;
}

void simpeer_expect(struct simpeer *peer, enum lt_link_type type)
{
	assert_true(simpeer_receive(peer, SIMGATE_WAIT_MS));
	if (peer->link.type == LT_LINK_BYE && type != LT_LINK_BYE)
		print_message("BYE %s %s\n", lt_reason_name(peer->link.u.bye.reason), peer->link.u.bye.said.detail);
	assert_int_equal(peer->link.type, type);
}

void simpeer_expect_bye(struct simpeer *peer, enum lt_reason reason)
{
	simpeer_expect(peer, LT_LINK_BYE);
	assert_string_equal(lt_reason_name(peer->link.u.bye.reason), lt_reason_name(reason));
}

void simpeer_hello(struct simpeer *peer, const char *agency)
{
	const char *agencies[] = { agency };
	struct lt_link link = { .type = LT_LINK_HELLO,
				.u.hello = { .version_min = 1,
					     .version_max = 1,
					     .nonce = lt_bytes(peer->nonce, 32),
					     .agency_count = 1,
					     .agencies = agencies,
					     .directory_version = peer->claims,
					     .software = "test/1" } };
	simpeer_send(peer, &link);
}

void simpeer_proof(struct simpeer *peer, const char *agency, size_t signer)
{
	struct lt_buf text = { 0 }, cms = { 0 };
	assert_int_equal(lt_proof_text(SIMBOOK_DOMAIN, agency, peer->link.u.challenge.nonce, lt_bytes(peer->nonce, 32),
				       lt_bytes(simgate_key.public_key, 32), lt_bytes(peer->key->public_key, 32), 0,
				       &text),
			 LT_OK);
	assert_int_equal(lt_signer_cms(simgate_book->signers[signer], lt_buf_bytes(&text), &cms), LT_OK);
	struct lt_agency_proof proof = { .agency = agency, .cms = lt_buf_bytes(&cms) };
	struct lt_link link = { .type = LT_LINK_PROOF, .u.proof = { .count = 1, .agencies = &proof } };
	simpeer_send(peer, &link);
	lt_buf_fini(&text);
	lt_buf_fini(&cms);
}

void simpeer_enter(struct simpeer *peer, size_t agency)
{
	simpeer_hello(peer, simbook_codes[agency]);
	simpeer_expect(peer, LT_LINK_CHALLENGE);
	assert_string_equal(peer->link.u.challenge.domain, SIMBOOK_DOMAIN);
	simpeer_proof(peer, simbook_codes[agency], agency);
	simpeer_expect(peer, LT_LINK_WELCOME);
}

void simpeer_received(struct simpeer *peer, const char *agency, uint64_t number)
{
	struct lt_link link = { .type = LT_LINK_RECEIVED, .u.received = { .agency = agency, .number = number } };
	simpeer_send(peer, &link);
}

void simpeer_ping(struct simpeer *peer)
{
	struct lt_link link = { .type = LT_LINK_PING, .u.ping = { .token = 5 } };
	simpeer_send(peer, &link);
}

void simgate_wait(_Atomic unsigned *counter, unsigned value)
{
	for (unsigned i = 0; i < 300 && atomic_load(counter) != value; i++)
		usleep(10000);
	assert_int_equal(atomic_load(counter), value);
}

int simgate_setup(void **state)
{
	(void)state;
	simgate_book = simbook_new();
	return lt_curve_new(&simgate_key) ? -1 : 0;
}

int simgate_teardown(void **state)
{
	(void)state;
	simbook_free(simgate_book);
	return 0;
}
