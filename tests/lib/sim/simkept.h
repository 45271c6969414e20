/* simkept.h: kept journals: records of a simulator's broker in a file, to be replayed by every later version of the program.
 *
 * A file is "LTKEPT1\n", then journals one behind the other: count of records (4), state hash behind the last (32), and each record
 * with its length (4) in front, or, with the highest bit set, the number in the file of one that stands there already. Numbers are little-endian. Records alone are kept: how batches are framed on disk is no matter of the
 * rules. tests/kept/README.md. */
#ifndef TESTS_SIMKEPT_H
#define TESTS_SIMKEPT_H

#include "rules/rules.h"
#include "journal/journal.h"

/* When the environment has LT_KEEP: appends a journal, which was made by these rules (NULL: rules_of), to the file of that name, which is
 * made when it is not there. Ends the test on failure. */
void simkept_keep(struct journal *journal, const struct rules *(*rules)(uint32_t version));
/* lt_record_erase, and when journals are kept, it remembers what was there. */
enum lt_err simkept_erase(struct lt_bytes record, uint64_t act, size_t shorter, struct lt_buf *out);

struct simkept {
	size_t journals, records; /* that were replayed */
	char error[400];          /* "" or what is otherwise than it was kept, with the record's sequence */
};
/* Replays every journal by these rules (NULL: rules_of), each to its end or the first difference. False: error says which. */
bool simkept_replay(const char *path, const struct rules *(*rules)(uint32_t version), struct simkept *out);

#endif
