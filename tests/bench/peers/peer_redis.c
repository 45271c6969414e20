/* Redis Streams with appendfsync always: an entry is answered after the sync, and so is its acknowledgement. */
#include "peer.h"

#include <hiredis/hiredis.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static redisContext *dial(const char *address)
{
	redisContext *c = redisConnectUnix(address);
	if (!c || c->err)
		peer_die("redis: %s", c ? c->errstr : "out of memory");
	return c;
}

static redisReply *answer(redisContext *c)
{
	void *reply = NULL;
	if (redisGetReply(c, &reply) != REDIS_OK)
		peer_die("redis: %s", c->errstr);
	if (((redisReply *)reply)->type == REDIS_REPLY_ERROR)
		peer_die("redis: %s", ((redisReply *)reply)->str);
	return reply;
}

static void prepare(const char *address)
{
	redisContext *c = dial(address);
	for (int q = 0; q < PEER_QUEUES; q++) {
		redisAppendCommand(c, "DEL q%d", q);
		freeReplyObject(answer(c));
		redisAppendCommand(c, "XGROUP CREATE q%d office $ MKSTREAM", q);
		freeReplyObject(answer(c));
	}
	redisFree(c);
}

static void produce(struct peer_run *run, const char *address, int index)
{
	redisContext *c = dial(address);
	uint8_t message[PEER_MESSAGE];
	while (!peer_stopped(run)) {
		size_t count = peer_claim(run);
		for (size_t i = 0; i < count; i++) {
			size_t len = peer_make(run, message);
			/* Old entries go, as taken ones do elsewhere; none that is still under way. */
			redisAppendCommand(c, "XADD q%d MAXLEN ~ 10000 * m %b", index % PEER_QUEUES, message, len);
		}
		for (size_t i = 0; i < count; i++)
			freeReplyObject(answer(c));
	}
	redisFree(c);
}

/* Stream -> entries -> [id, [field, value]]; acknowledges all with one command. */
static void take_all(struct peer_run *run, redisContext *c, int queue, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY)
		return;
	const redisReply *entries = reply->element[0]->element[1];
	const char *args[3 + PEER_BATCH];
	char name[8];
	int count = 0;
	snprintf(name, sizeof name, "q%d", queue);
	args[count++] = "XACK";
	args[count++] = name;
	args[count++] = "office";
	for (size_t i = 0; i < entries->elements; i++) {
		const redisReply *entry = entries->element[i], *value = entry->element[1]->element[1];
		peer_take(run, value->str, value->len);
		args[count++] = entry->element[0]->str;
	}
	if (redisAppendCommandArgv(c, count, args, NULL) != REDIS_OK)
		peer_die("redis: out of memory");
	freeReplyObject(answer(c));
}

static void consume(struct peer_run *run, const char *address, int index)
{
	redisContext *c = dial(address);
	while (!peer_stopped(run)) {
		redisAppendCommand(c, "XREADGROUP GROUP office me COUNT %d BLOCK 100 STREAMS q%d >", (int)PEER_BATCH,
				   index);
		redisReply *reply = answer(c);
		take_all(run, c, index, reply);
		freeReplyObject(reply);
	}
	redisFree(c);
}

const struct peer peer_redis = { "redis", 8, PEER_QUEUES, prepare, produce, consume };
