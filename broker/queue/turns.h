/* turns.h: whose turn it is. Each session queues for itself; a turn is so much work, not so many messages, and who has been quiet
 * comes before those that always have something. No thread and no clock: the ring holds its lock around each call. */
#ifndef QUEUE_TURNS_H
#define QUEUE_TURNS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TURNS_SIGNATURE = 8, /* units of work of one signature; the unit is some 12 us, an envelope of a batch */
	TURNS_UNIT_BYTES = 16 << 10, /* bytes that are hashed in one unit */
	TURNS_TURN = 64,             /* units of one turn: 8 single signatures, under a millisecond */
};

struct turns_item {
	struct turns_item *next;
	uint32_t units; /* of work; 0 for what is only passed on */
};
struct turns_queue {
	struct turns_item *first, *last;
	struct turns_queue *next; /* of those that stand in line */
	int32_t left;             /* units of its turn; below 0: more than its turn was used */
	bool in_line, held;
};
struct turns_line {
	struct turns_queue *first, *last;
};
struct turns {
	struct turns_queue *queues;
	uint32_t count;
	struct turns_line fresh; /* had nothing, and has used no whole turn since: before the others */
	struct turns_line round;
};
/* Queues 0..count-1; ends the process when there is no memory. Items are the caller's: those that wait at the end are lost to it. */
void turns_init(struct turns *turns, uint32_t count);
void turns_fini(struct turns *turns);
void turns_put(struct turns *turns, uint32_t queue, struct turns_item *item);
bool turns_waits(const struct turns *turns, uint32_t queue); /* something, held or not */
/* The item whose turn it is, and its queue; NULL when there is none that is not held. turns_take takes it out. */
struct turns_item *turns_next(struct turns *turns, uint32_t *queue);
void turns_take(struct turns *turns, uint32_t queue);
/* A queue that is held has no turns, whatever waits in it. */
void turns_hold(struct turns *turns, uint32_t queue);
void turns_let(struct turns *turns, uint32_t queue);

#endif
