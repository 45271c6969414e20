/* reader.h: answers questions. It has a journal and a store to read from: followers, when it works in a thread of its own, so that the
 * engine waits for none of it; the engine's own ones, when that thread asks (tools and tests). One thread. */
#ifndef QUERY_READER_H
#define QUERY_READER_H

#include "inquiry.h"

/* Appends a CMS over the text. The reader's thread. */
typedef enum lt_err reader_sign(void *ctx, struct lt_bytes text, struct lt_buf *out);
struct reader_options {
	struct journal *journal;
	struct store *store;
	reader_sign *sign; /* answers to applicants; NULL: none are given */
	void *sign_ctx;
	struct lt_bytes certificate; /* that it is signed with */
};
struct reader;
enum lt_err reader_new(const struct reader_options *options, struct reader **out); /* LT_ENOMEM */
void reader_free(struct reader *reader);
/* Appends the answer as an output. The store holds question->flushed, when it is a follower. */
void reader_answer(struct reader *reader, const struct inquiry *question, struct lt_buf *outputs);
/* The same, without a look at anything. */
void reader_refuse(struct reader *reader, const struct inquiry *question, enum lt_reason reason,
		   struct lt_buf *outputs);

#endif
