/* dedup.h: the first answer to each id of a sender.
 *   STORE_DEDUP   id || sender -> sequence of the record that has the answer; ids rise with time
 *   STORE_ANSWER  sequence     -> the whole answer
 * Both are shortened from their beginning: ids at the horizon, whole answers after ANSWER_DAYS. Between the two the record itself
 * has the answer. docs/decisions/0026. */
#ifndef BROKER_DEDUP_H
#define BROKER_DEDUP_H

#include "store/store.h"

#include <lienthong/code.h>
#include <lienthong/reason.h>
#include <lienthong/receipt.h>

/* Adapters keep what they sent for so long and may offer it again: until then a repeated envelope is answered without a look into
 * the journal, which may be rotten there. */
#define ANSWER_DAYS 30

struct dedup_entry {
	uint64_t sequence; /* of the record that has the answer */
	bool whole;        /* false: the rest is forgotten, the record tells it */
	uint8_t header_sha256[32];
	int64_t time;
	enum lt_reason reason;
	uint32_t branch;
	uint64_t branch_version;
	struct lt_receipt receipt; /* of an admission */
	uint16_t sentence_len;     /* of a refusal; as the record has it */
	uint8_t sentence[LT_SENTENCE_MAX];
};
/* LT_ENOENT. */
enum lt_err dedup_find(struct store *store, const uint8_t id[16], const char *sender, struct dedup_entry *out);
/* A whole entry; its sequence is above all before. */
void dedup_put(struct store *store, const uint8_t id[16], const char *sender, const struct dedup_entry *entry);

/* LT_ECORRUPT: the answer of this record cannot be read. */
enum lt_err dedup_check_answer(struct store *store, uint64_t sequence);
/* The sentence of its refusal goes; the reason stays. */
void dedup_blank_answer(struct store *store, uint64_t sequence);
/* Up to where ids may be forgotten: just above the newest that was made before a time and can be read (milliseconds since the epoch); 0:
 * there is none. Not up to that time itself: an id that comes later and was made behind the newest that went is new. */
int64_t dedup_ids_from(struct store *store, int64_t time_ms);
/* Forgets all ids that were made before a time. Costs the same whatever their number, and reads none. */
void dedup_forget_ids(struct store *store, int64_t before_ms);
/* Forgets the whole answers of all records below a sequence. */
void dedup_forget_answers(struct store *store, uint64_t below);
/* The first sequence whose answer is not older than a time, and still whole; `head` + 1 when there is none up to `head`. */
uint64_t dedup_answers_from(struct store *store, int64_t time, uint64_t head);
/* The first sequence whose answer is whole, or may be. */
uint64_t dedup_answers_floor(const struct store *store);

#endif
