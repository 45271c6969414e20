/* stream.c: server-sent events: that there is something new, and of which sequence. What is new a page asks itself. */
#include "door_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIGN_SECONDS (DOOR_IDLE_SECONDS / 2) /* a sign of life; by it a browser that is gone is found */
#define BLOCK 256u

struct stream {
	struct door *door;
	struct visit *visit;
	uint64_t seen, version;
	bool begun;
};

/* Waits for news or the time of a sign. 1: news; 0: a sign; -1: it ends. */
static int wait_for_news(struct stream *stream, uint64_t *sequence)
{
	struct door *door = stream->door;
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until); /* when to stop waiting: nothing else is told by it */
	until.tv_sec += SIGN_SECONDS;
	int rc = 0;
	pthread_mutex_lock(&door->lock);
	while (!door->stopping && !stream->visit->session->over && stream->seen == door->told && rc == 0)
		rc = pthread_cond_timedwait(&door->news, &door->lock, &until);
	int what = door->stopping ? -1 : stream->seen != door->told;
	stream->seen = door->told;
	*sequence = door->sequence;
	pthread_mutex_unlock(&door->lock);
	return what;
}

/* Of a dossier that is watched, only its own changes are news. */
static bool concerns(struct stream *stream)
{
	const struct door_options *options = &stream->door->options;
	if (!stream->visit->watch[0] || !options->version)
		return true;
	uint64_t version = options->version(options->ctx, stream->visit->watch);
	bool changed = version != stream->version;
	stream->version = version;
	return changed;
}

static ssize_t next(void *ctx, uint64_t position, char *out, size_t max)
{
	struct stream *stream = ctx;
	uint64_t sequence = 0;
	(void)position;
	if (!stream->begun) {
		stream->begun = true;
		concerns(stream);
		return snprintf(out, max, "retry: 3000\n\n");
	}
	int what = wait_for_news(stream, &sequence);
	if (what < 0 || stream->visit->session->over ||
	    stream->visit->session->until <= stream->door->options.env.now())
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (what == 0 || !concerns(stream))
		return snprintf(out, max, ":\n\n");
	return snprintf(out, max, "event: news\ndata: %" PRIu64 "\n\n", sequence);
}

static void end(void *ctx)
{
	struct stream *stream = ctx;
	pthread_mutex_lock(&stream->door->lock);
	stream->door->streams--;
	pthread_mutex_unlock(&stream->door->lock);
	free(stream);
}

struct MHD_Response *stream_new(struct door *door, struct visit *visit)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	stream->door = door;
	stream->visit = visit;
	pthread_mutex_lock(&door->lock);
	bool room = door->streams < DOOR_STREAMS;
	door->streams += room;
	stream->seen = door->told;
	pthread_mutex_unlock(&door->lock);
	if (!room) {
		free(stream);
		return NULL;
	}
	visit->type = "text/event-stream";
	struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, next, stream, end);
	if (!response)
		end(stream);
	return response;
}

void stream_wake(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	pthread_cond_broadcast(&door->news);
	pthread_mutex_unlock(&door->lock);
}

void door_tell(struct door *door, uint64_t sequence)
{
	pthread_mutex_lock(&door->lock);
	door->told++;
	door->sequence = sequence;
	pthread_cond_broadcast(&door->news);
	pthread_mutex_unlock(&door->lock);
}
