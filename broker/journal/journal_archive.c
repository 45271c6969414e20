/* journal_archive.c: which segments are sealed, and that one is in the archive now. The copy itself is made by START, between folders:
 * the journal finds a file by its name, wherever the disk has it (disk_add_archive). */
#include "journal_internal.h"

bool journal_next_sealed(struct journal *journal, uint64_t from, struct journal_sealed *out)
{
	for (size_t i = 0; i + 1 < journal->segment_count; i++) { /* the last one is written */
		const struct segment *segment = &journal->segments[i];
		if (segment->first < from)
			continue;
		*out = (struct journal_sealed){ segment->first, segment->last, segment->changes };
		return true;
	}
	return false;
}

void journal_moved(struct journal *journal, uint64_t first)
{
	struct segment *segment = segment_of(journal, first);
	pthread_mutex_lock(&journal->published);
	journal->moves++;
	pthread_mutex_unlock(&journal->published);
	if (segment && segment->first == first && segment != &journal->segments[journal->segment_count - 1])
		segment_release(journal, segment);
}
