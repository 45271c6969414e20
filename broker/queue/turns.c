/* turns.c: deficit round robin with a line of its own for newcomers.
 *
 * A queue that has something stands in one of two lines. It begins in `fresh`, which is served first; when its turn is used up,
 * it goes behind the others of `round`. A fresh queue that runs empty goes there too and stands there with nothing until its turn
 * passes: otherwise a trickle of small messages would be fresh each time and keep the round waiting for good. Work beyond a
 * turn is a debt that later turns pay. So a session with one envelope in flight waits for the work in hand, not for what others
 * have queued, and of those that flood each has the same share, however large its messages are. */
#include "turns.h"

#include <stdlib.h>

#include "program/log.h"

void turns_init(struct turns *turns, uint32_t count)
{
	*turns = (struct turns){ .queues = calloc(count, sizeof *turns->queues), .count = count };
	if (!turns->queues)
		lt_fatal("out of memory: queues of sessions");
}

void turns_fini(struct turns *turns)
{
	free(turns->queues);
	*turns = (struct turns){ 0 };
}

static void stand_in(struct turns_line *line, struct turns_queue *queue)
{
	queue->in_line = true;
	queue->next = NULL;
	if (line->first)
		line->last->next = queue;
	else
		line->first = queue;
	line->last = queue;
}

static void leave(struct turns_line *line)
{
	struct turns_queue *queue = line->first;
	line->first = queue->next;
	queue->in_line = false;
}

/* A debt stays, what was left of an old turn does not. */
static void begin_turn(struct turns_queue *queue)
{
	queue->left = queue->left < 0 ? queue->left + TURNS_TURN : TURNS_TURN;
}

static void come_in(struct turns *turns, struct turns_queue *queue)
{
	if (queue->in_line || queue->held || !queue->first)
		return;
	begin_turn(queue);
	stand_in(queue->left > 0 ? &turns->fresh : &turns->round, queue);
}

void turns_put(struct turns *turns, uint32_t index, struct turns_item *item)
{
	struct turns_queue *queue = &turns->queues[index];
	item->next = NULL;
	if (queue->first)
		queue->last->next = item;
	else
		queue->first = item;
	queue->last = item;
	come_in(turns, queue);
}

bool turns_waits(const struct turns *turns, uint32_t index)
{
	return turns->queues[index].first != NULL;
}

struct turns_item *turns_next(struct turns *turns, uint32_t *index)
{
	for (;;) {
		struct turns_line *line = turns->fresh.first ? &turns->fresh : &turns->round;
		struct turns_queue *queue = line->first;
		if (!queue)
			return NULL;
		if (!queue->held && queue->first && queue->left > 0) {
			*index = (uint32_t)(queue - turns->queues);
			return queue->first;
		}
		leave(line);
		if (queue->held || (!queue->first && line == &turns->round))
			continue;
		if (queue->left <= 0)
			begin_turn(queue);
		stand_in(&turns->round, queue);
	}
}

void turns_take(struct turns *turns, uint32_t index)
{
	struct turns_queue *queue = &turns->queues[index];
	queue->left -= (int32_t)queue->first->units;
	queue->first = queue->first->next;
}

void turns_hold(struct turns *turns, uint32_t index)
{
	turns->queues[index].held = true;
}

void turns_let(struct turns *turns, uint32_t index)
{
	turns->queues[index].held = false;
	come_in(turns, &turns->queues[index]);
}
