/* post.h: an envelope that is to be sent, as the agency's system asks for it. HTTP thread, but for what runs as a job. */
#ifndef ADAPTER_POST_POST_H
#define ADAPTER_POST_POST_H

#include "http/api_header.h"
#include "http/exchange.h"
#include "mail/outbox.h"

#define POST_SEVERAL_MAX 64u /* envelopes of one request: as many as one SUBMIT carries */

/* A part whose bytes come along by its name: one of a folder. The text's owner is the caller. */
struct post_file {
	const char *name, *media_type;
	struct lt_bytes data;
	uint8_t sha256[32];
};

/* Texts of the header are views into the reader's root; bytes of the member "body" are views into the exchange's body. */
struct post {
	bool has_body; /* the member "body" is the first part: the bytes that came */
	struct json_reader reader;
	struct api_header draft;
	struct lt_part_info parts[LT_PARTS_MAX];
	struct lt_bytes data[LT_PARTS_MAX]; /* of the body and of files; empty for parts that were put before */
	const struct post_file *files;      /* set before post_read: a part without a digest is the file of its name */
	size_t file_count;
	struct vault *vault;    /* set before post_read: where what is sent again lies; NULL: nothing is */
	struct lt_arena *again; /* what is sent again: owned, for who frees the reader */
	struct outbox_request request;
	struct outbox_receipt receipt;
	struct lt_refusal
		unfilled; /* why recipients of a CONSULT, or an OPEN's version, could not be filled in; reason 0: they were, or need not be */
	char key[OUTBOX_KEY_MAX + 1];
	bool asked; /* the broker, what it has of this dossier */
};
/* Fills a zeroed one, but for its files; complaints are the reader's. Where files come along and the member "parts" is not there, each
 * file is a part, in their order. */
void post_read(struct post *post, struct lt_bytes body);
void post_read_again(struct post *post); /* post_again.c: for post_read */
/* Whether the caller's token lets it send this: else a complaint. A token of one agency names the sender by itself. */
void post_check_token(const struct exchange *exchange, struct post *post);
bool post_set_key(struct post *post, const char *key); /* false: it has not the form */
/* Into the outbox, or as the answer to its item when it is an ACCEPT or REFUSE of one that is here; the receipt says what came of it.
 * token NULL: nobody is asked who he is. */
enum lt_err post_store(const struct speaker *speaker, const struct token *token, struct vault_tx *tx,
		       struct post *post);
/* What is said of it: a receipt, or a problem with its status. */
json_t *post_view(const struct post *post, enum lt_language language, unsigned *status);
/* ---- post_fill.c ---- */
/* On whose behalf the broker is asked about it; NULL: we do not speak for its sender. */
const struct speaker_agency *post_agency(const struct speaker *speaker, const struct post *post);
/* Why it was refused, and the place in the body that the refusal is about. */
const struct lt_refusal *post_refusal(const struct post *post, char pointer[JSON_POINTER_MAX]);
/* The broker has been asked about the dossier (NULL: it has told nothing): envelopes name it as it was opened, whatever the spelling here. */
void post_told(struct post *post, const struct lt_dossier_view *dossier);
/* Whether it is a CONSULT that leaves it to the leg whom it asks; an OPEN that leaves its procedure's version to be filled in. */
bool post_lacks_recipients(const struct post *post);
bool post_lacks_version(const struct post *post);
/* By what the broker has said; what cannot be filled in is told in `unfilled`. */
void post_fill_asked(struct post *post, const struct lt_dossier_view *dossier);
void post_fill_version(struct post *post, const struct lt_bytes *procedures, size_t count);
void post_fill_refused(struct post *post, const struct lt_refusal *why); /* in the broker's own words */

/* post_now.c: an envelope without a connection, whole: what it leaves open is asked for, and after a restore whether the broker has it.
 * Blocks, for ADAPTER_QUERY_US at most and the store's sync: for a thread of its own, never the store's nor the link's. What `and` writes
 * stands in the same transaction; it is called when the envelope is in the outbox, or was before; NULL: nothing more. */
typedef enum lt_err post_and(void *ctx, struct vault_tx *tx, const struct post *post);
enum lt_err post_now(struct adapter *adapter, struct post *post, post_and *and, void *ctx);

void post_several(struct exchange *exchange); /* post_several.c: a request of several */

/* Not so answers to offers: they go on when room is low. */
static inline bool post_is_new_work(const struct post *post)
{
	return post->request.header.kind != LT_KIND_ACCEPT && post->request.header.kind != LT_KIND_REFUSE;
}

/* envelope_told.c: of an envelope that is not here. False: nobody knows of it, and it is not answered. */
bool envelope_told(struct exchange *exchange);

#endif
