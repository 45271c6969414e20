/* gate_zap.c: the ZAP handler (ZeroMQ RFC 27): which CURVE keys may connect at all. Before the first rulebook: nobody. */
#include "gate_internal.h"
#include "queue/env.h"

#include <string.h>
#include <zmq.h>

enum { ZAP_FRAMES = 7 }; /* version, request id, domain, address, routing id, mechanism, key */
#define ZAP_FRAME_MAX 256

struct zap_request {
	size_t count;
	size_t len[ZAP_FRAMES];
	uint8_t frame[ZAP_FRAMES][ZAP_FRAME_MAX];
};

enum lt_err gate_zap_open(struct gate *gate)
{
	int linger = 0;
	gate->zap = zmq_socket(gate->context, ZMQ_REP);
	if (!gate->zap || zmq_setsockopt(gate->zap, ZMQ_LINGER, &linger, sizeof linger) != 0 ||
	    zmq_bind(gate->zap, "inproc://zeromq.zap.01") != 0)
		return LT_EIO;
	return LT_OK;
}

/* False when there is no whole request. A frame over its limit makes the request one that nobody grants. */
static bool read_request(struct gate *gate, struct zap_request *request)
{
	int more = 1;
	size_t more_size = sizeof more;
	memset(request, 0, sizeof *request);
	while (more) {
		uint8_t rest[ZAP_FRAME_MAX];
		bool fits = request->count < ZAP_FRAMES;
		uint8_t *frame = fits ? request->frame[request->count] : rest;
		int len = zmq_recv(gate->zap, frame, ZAP_FRAME_MAX, ZMQ_DONTWAIT);
		if (len < 0)
			return false;
		if (fits)
			request->len[request->count] = (size_t)len;
		request->count++;
		if (zmq_getsockopt(gate->zap, ZMQ_RCVMORE, &more, &more_size) != 0)
			return false;
	}
	return true;
}

static bool frame_is(const struct zap_request *request, size_t index, const char *text)
{
	return request->len[index] == strlen(text) && memcmp(request->frame[index], text, request->len[index]) == 0;
}

/* Without CURVE there is no key to look up: who speaks is asked for in PROOF alone. The User-Id is that of no key. */
static bool admits_plain(const struct gate *gate, const struct zap_request *request)
{
	return gate->options.plain && request->count == ZAP_FRAMES - 1 && frame_is(request, 0, "1.0") &&
	       frame_is(request, 2, GATE_ZAP_DOMAIN) && frame_is(request, 5, "NULL");
}

static bool admits(const struct gate *gate, const struct zap_request *request)
{
	if (admits_plain(gate, request))
		return true;
	const struct lt_directory *directory = gate->rulebook ? rulebook_directory(gate->rulebook) : NULL;
	return directory && request->count == ZAP_FRAMES && frame_is(request, 0, "1.0") &&
	       frame_is(request, 2, GATE_ZAP_DOMAIN) && frame_is(request, 5, "CURVE") && request->len[6] == 32 &&
	       lt_directory_key_listed(directory, request->frame[6], env_time(gate->options.env));
}

static void answer(struct gate *gate, const struct zap_request *request, bool good)
{
	char user[GATE_USER_TEXT] = "";
	size_t id_len = request->len[1] <= ZAP_FRAME_MAX ? request->len[1] : ZAP_FRAME_MAX;
	if (good)
		lt_hex(lt_bytes(request->frame[6], 32), user);
	zmq_send(gate->zap, "1.0", 3, ZMQ_SNDMORE);
	zmq_send(gate->zap, request->frame[1], id_len, ZMQ_SNDMORE);
	zmq_send(gate->zap, good ? "200" : "400", 3, ZMQ_SNDMORE);
	zmq_send(gate->zap, good ? "OK" : "key not enrolled", good ? 2 : 16, ZMQ_SNDMORE);
	zmq_send(gate->zap, user, strlen(user), ZMQ_SNDMORE);
	zmq_send(gate->zap, "", 0, 0);
}

void gate_zap_serve(struct gate *gate)
{
	struct zap_request request;
	while (read_request(gate, &request)) {
		bool good = admits(gate, &request);
		if (!good) {
			char key[GATE_USER_TEXT] = "";
			if (request.count == ZAP_FRAMES && request.len[6] == 32)
				lt_hex(lt_bytes(request.frame[6], 32), key);
			stats_add(gate->options.stats, STATS_NOT_ENROLLED, 1);
			lt_log_peer(LT_LOG_WARNING, "connection refused", key, "KEY_NOT_ENROLLED", "reason",
				    "KEY_NOT_ENROLLED", "key", key, NULL);
		}
		answer(gate, &request, good);
	}
}
