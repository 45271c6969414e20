/* patience.c: connections that keep the adapter waiting. */
#include "patience.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lienthong/reason.h>

#define LINGER_US (2 * INT64_C(1000000)) /* until the client has seen the answer */
#define LINGERING_MAX 32u                /* connections; more are closed at once */
#define DROP_MAX (8u * 1024u * 1024u)    /* bytes dropped of one in a tick */

struct patience {
	pthread_mutex_t mutex;
	struct patience_body *bodies;
	size_t lingering;
	struct {
		int fd;
		int64_t until;
	} linger[LINGERING_MAX];
};

struct patience *patience_new(void)
{
	struct patience *patience = calloc(1, sizeof(*patience));
	if (patience)
		pthread_mutex_init(&patience->mutex, NULL);
	return patience;
}

void patience_free(struct patience *patience)
{
	if (!patience)
		return;
	for (size_t i = 0; i < patience->lingering; i++)
		close(patience->linger[i].fd);
	pthread_mutex_destroy(&patience->mutex);
	free(patience);
}

static void put_deadline(struct patience_body *body, int64_t now)
{
	int64_t end = body->begun + PATIENCE_BODY_US, next = now + PATIENCE_BYTE_US;
	body->deadline = next < end || body->streams ? next : end;
}

void patience_begin(struct patience *patience, struct patience_body *body, int fd, int64_t now)
{
	pthread_mutex_lock(&patience->mutex);
	*body = (struct patience_body){ .next = patience->bodies, .from = &patience->bodies, .fd = fd, .begun = now };
	put_deadline(body, now);
	if (body->next)
		body->next->from = &body->next;
	patience->bodies = body;
	pthread_mutex_unlock(&patience->mutex);
}

void patience_touch(struct patience *patience, struct patience_body *body, int64_t now)
{
	pthread_mutex_lock(&patience->mutex);
	put_deadline(body, now);
	pthread_mutex_unlock(&patience->mutex);
}

bool patience_end(struct patience *patience, struct patience_body *body)
{
	pthread_mutex_lock(&patience->mutex);
	if (body->from) {
		*body->from = body->next;
		if (body->next)
			body->next->from = body->from;
		body->from = NULL;
	}
	bool given_up = body->given_up;
	pthread_mutex_unlock(&patience->mutex);
	return given_up;
}

/* Between the call for the body's first bytes and that for its end libmicrohttpd takes no answer: this one goes to the socket as it
 * is, and the end of what comes in makes it close the connection. */
static void give_up(struct patience_body *body)
{
	static const char problem[] = "{\"type\":\"urn:lienthong:reason:REQUEST_SLOW\",\"title\":\"%s\",\"status\":408,"
				      "\"code\":\"REQUEST_SLOW\",\"detail\":\"the rest of the body did not come within "
				      "20 s, or all of it within 120 s\","
				      "\"retry\":true}";
	char content[1024], answer[1536];
	int content_len = snprintf(content, sizeof(content), problem, lt_reason_text(LT_REQUEST_SLOW));
	int len = snprintf(
		answer, sizeof(answer),
		"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
		"Content-Language: en\r\nCache-Control: no-store\r\nContent-Length: %d\r\n\r\n%s",
		content_len, content);
	body->given_up = true;
	if (send(body->fd, answer, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		shutdown(body->fd, SHUT_RD);
}

void patience_linger(struct patience *patience, int fd, int64_t now)
{
	pthread_mutex_lock(&patience->mutex);
	if (patience->lingering < LINGERING_MAX) {
		int copy = dup(fd);
		if (copy >= 0) {
			patience->linger[patience->lingering].fd = copy;
			patience->linger[patience->lingering++].until = now + LINGER_US;
		}
	}
	pthread_mutex_unlock(&patience->mutex);
}

static void drop(int fd)
{
	static char bin[65536]; /* the timer's alone, and never read */
	size_t dropped = 0;
	for (ssize_t n; dropped < DROP_MAX && (n = recv(fd, bin, sizeof(bin), MSG_DONTWAIT)) > 0;)
		dropped += (size_t)n;
}

bool patience_tick(struct patience *patience, int64_t now)
{
	pthread_mutex_lock(&patience->mutex);
	for (struct patience_body *body = patience->bodies; body; body = body->next) {
		if (!body->given_up && body->deadline <= now)
			give_up(body);
	}
	for (size_t i = 0; i < patience->lingering;) {
		drop(patience->linger[i].fd);
		if (patience->linger[i].until > now) {
			i++;
			continue;
		}
		close(patience->linger[i].fd);
		patience->linger[i] = patience->linger[--patience->lingering];
	}
	bool waits = patience->bodies || patience->lingering > 0;
	pthread_mutex_unlock(&patience->mutex);
	return waits;
}

bool patience_waits(struct patience *patience)
{
	pthread_mutex_lock(&patience->mutex);
	bool waits = patience->bodies || patience->lingering > 0;
	pthread_mutex_unlock(&patience->mutex);
	return waits;
}
