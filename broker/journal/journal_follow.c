/* journal_follow.c: a second journal over the same files, for a thread that only reads.
 *
 * It has descriptors and indexes of its own, so a read from a slow disk holds nobody up. What it cannot find out by itself is what is
 * published, and where in the segment that is being written: that it copies from its leader, under a lock that is held for some
 * memory and never for a disk. A segment that has ended in between has its index in a file beside it, and is read from there. */
#include "journal_internal.h"

#include "program/log.h"

#include <stdlib.h>
#include <string.h>

enum lt_err journal_open_follower(struct journal *journal, const struct disk *disk, struct journal **out)
{
	struct journal *follower = calloc(1, sizeof *follower);
	if (!follower)
		return LT_ENOMEM;
	follower->disk = disk;
	follower->options = journal->options;
	follower->options.read_only = true;
	follower->secret = journal->secret;
	follower->leader = journal;
	follower->scratch.leaf = journal->options.leaf;
	follower->writer.file = -1;
	pthread_mutex_init(&follower->published, NULL);
	journal_follow(follower);
	*out = follower;
	return LT_OK;
}

static void copy_index(struct segment *to, const struct segment *from)
{
	for (size_t i = to->index.count; i < from->index.count; i++) {
		if (index_push(&to->index, from->index.entries[i].offset, from->index.entries[i].leaf))
			lt_fatal("out of memory for the journal's index");
	}
	to->indexed = true;
}

static void copy_segments(struct journal *journal, const struct journal *leader)
{
	/* The last one that is known may have grown; those before it do not change, and none ever goes. */
	size_t at = journal->segment_count > 0 ? journal->segment_count - 1 : 0;
	journal->chain = leader->chain;
	for (; at < leader->segment_count; at++) {
		const struct segment *from = &leader->segments[at];
		bool last = at + 1 == leader->segment_count;
		if (at == journal->segment_count && journal_add_segment(journal, from->first))
			lt_fatal("out of memory for a segment");
		struct segment *to = &journal->segments[at];
		bool grown = to->last != from->last;
		to->last = from->last;
		to->bytes = from->bytes;
		if (last)
			copy_index(to, from);
		else if (grown)
			segment_release(journal, to); /* the whole index lies beside it */
	}
}

/* What has gone to the archive is changed there: an open file would show what it was. */
static void let_moved_go(struct journal *journal, size_t moves)
{
	for (size_t i = 0; i + 1 < journal->segment_count && journal->moves_seen != moves; i++)
		segment_release(journal, &journal->segments[i]);
	journal->moves_seen = moves;
}

void journal_follow(struct journal *journal)
{
	struct journal *leader = journal->leader;
	if (!leader)
		return;
	pthread_mutex_lock(&leader->published);
	let_moved_go(journal, leader->moves);
	if (leader->head > journal->head)
		copy_segments(journal, leader);
	journal->head = leader->head;
	pthread_mutex_unlock(&leader->published);
}
