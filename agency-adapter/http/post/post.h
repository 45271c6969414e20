/* post.h: an envelope that is to be sent, as the agency's system asks for it. HTTP thread, but for what runs as a job. */
#ifndef ADAPTER_POST_POST_H
#define ADAPTER_POST_POST_H

#include "http/api_header.h"
#include "http/exchange.h"
#include "mail/outbox.h"

#define POST_SEVERAL_MAX 64u /* envelopes of one request: as many as one SUBMIT carries */

/* Texts of the header are views into the reader's root; bytes of the member "body" are views into the exchange's body. */
struct post {
	bool has_body; /* the member "body" is the first part: the bytes that came */
	struct json_reader reader;
	struct api_header draft;
	struct lt_part_info parts[LT_PARTS_MAX];
	struct lt_bytes data[LT_PARTS_MAX]; /* of the body; empty for parts that were put before */
	struct outbox_request request;
	struct outbox_receipt receipt;
	struct lt_refusal
		unfilled; /* why recipients of a CONSULT, or an OPEN's version, could not be filled in; reason 0: they were, or need not be */
	char key[OUTBOX_KEY_MAX + 1];
	bool asked; /* the broker, what it has of this dossier */
};
/* Fills a zeroed one; complaints are the reader's. */
void post_read(struct post *post, struct lt_bytes body);
/* Whether the caller's token lets it send this: else a complaint. A token of one agency names the sender by itself. */
void post_check_token(const struct exchange *exchange, struct post *post);
bool post_set_key(struct post *post, const char *key); /* false: it has not the form */
/* Into the outbox, or as the answer to its item when it is an ACCEPT or REFUSE of one that is here; the receipt says what came of it. */
enum lt_err post_store(const struct exchange *exchange, struct vault_tx *tx, struct post *post);
/* What is said of it: a receipt, or a problem with its status. */
json_t *post_view(const struct post *post, enum lt_language language, unsigned *status);
/* Whether it names a procedure and leaves the version to be filled in. */
bool post_lacks_version(const struct post *post);
void post_several(struct exchange *exchange); /* post_several.c: a request of several */

/* Not so answers to offers: they go on when room is low. */
static inline bool post_is_new_work(const struct post *post)
{
	return post->request.header.kind != LT_KIND_ACCEPT && post->request.header.kind != LT_KIND_REFUSE;
}

#endif
