/* uploads.h: uploads of large bodies by the tus protocol 1.0 (https://tus.io/protocols/resumable-upload): creation, checksum (SHA-1, SHA-256),
 * termination. What has come is a file (store/part_files.h) and a row of VAULT_UPLOAD, which is written behind the file's sync and alone
 * says how far it is. A finished upload is a part like any other. Between the files of upload/ and api.c.
 *
 * A thread of its own writes and hashes; the HTTP thread hands it UPLOAD_BUFFER bytes at a time and lets the connection rest meanwhile. */
#ifndef ADAPTER_UPLOAD_UPLOADS_H
#define ADAPTER_UPLOAD_UPLOADS_H

#include "base/digest.h"
#include "http/exchange.h"
#include "store/part_files.h"

#include <lienthong/envelope.h>

#define UPLOAD_BUFFER (1u << 20) /* bytes of one PATCH in memory */
#define UPLOAD_SYNC (64u << 20)  /* bytes between two notes of how far a PATCH is: what a crash costs at most */
#define UPLOADS_MAX 256u         /* rows: who begins more and finishes none fills the disk */
#define UPLOADS_OPEN 16u         /* with a PATCH under way, or just behind one */
#define UPLOAD_KEEP_US (24LL * 3600 * 1000000) /* without a PATCH; a finished one is still told so long */
#define UPLOAD_ID 16u
#define UPLOAD_METADATA_MAX 1024u /* bytes of Upload-Metadata, which is given back and means nothing here */

struct upload_row {
	uint64_t length, offset;
	int64_t touched;
	uint8_t sha256[32]; /* when offset == length */
	bool done;          /* it is a part */
	char metadata[UPLOAD_METADATA_MAX + 1];
};
enum lt_err upload_get(struct vault_tx *tx, const uint8_t id[UPLOAD_ID], struct upload_row *out); /* LT_ENOENT */
enum lt_err upload_put(struct vault_tx *tx, const uint8_t id[UPLOAD_ID], const struct upload_row *row);
/* The row at or behind an id; LT_ENOENT at the end. */
enum lt_err upload_next(struct vault_tx *tx, uint8_t id[UPLOAD_ID], struct upload_row *out);
void upload_file_name(const uint8_t id[UPLOAD_ID], char out[3 + 2 * UPLOAD_ID + 1]);

/* One PATCH. */
enum upload_step { UPLOAD_WRITE = 1, UPLOAD_END, UPLOAD_DROP };
struct upload_patch {
	struct upload_patch *next;
	struct uploads *uploads;
	struct exchange *exchange; /* not with UPLOAD_DROP */
	enum upload_step step;
	uint8_t id[UPLOAD_ID];
	struct upload_row row;
	uint64_t start, taken; /* where it began; bytes of the body so far */
	size_t checksum_len;   /* 0: none was promised */
	uint8_t checksum[32];
	struct digest sum, before; /* of the body; of the file at the beginning */
	bool begun, ended;
	bool alone; /* no row: it begins and ends with its connection, which rests until UPLOAD_END is done */
	struct lt_refusal refusal;
	size_t len;
	uint8_t data[UPLOAD_BUFFER];
};
struct uploads;
enum lt_err uploads_new(struct adapter *adapter, struct uploads **out);
void uploads_free(struct uploads *uploads); /* after the daemon; takes NULL */
/* The upload is this PATCH's alone. False: another one is under way, or UPLOADS_OPEN are. */
bool uploads_claim(struct uploads *uploads, const uint8_t id[UPLOAD_ID], bool *full);
/* The step is done by the thread: WRITE and END resume the exchange, DROP frees the patch. */
void uploads_post(struct uploads *uploads, struct upload_patch *patch);
/* Whether nobody is at it; its row and file are then the caller's to remove. */
bool uploads_forget(struct uploads *uploads, const uint8_t id[UPLOAD_ID]);

/* api_uploads.c, upload_patch.c */
/* Before the body: headers, row and offset; exchange->refusal says what is wrong. */
void upload_begin(struct exchange *exchange);
/* Takes of the body what there is room for; the connection rests when there is no more. *size: what is left. */
void upload_take(struct exchange *exchange, struct upload_patch *patch, const char *data, size_t *size);
/* upload_alone.c: a part whose size nobody knows before its end, as a form of a browser sends it. NULL: refused. */
struct upload_patch *upload_alone_begin(struct exchange *exchange, struct lt_refusal *refusal);
/* It is all there; the connection rests until patch->row.sha256, or patch->refusal, says what it is. */
void upload_alone_end(struct exchange *exchange, struct upload_patch *patch);
void upload_alone_free(struct upload_patch *patch); /* what has not ended is gone; takes NULL */
/* The PATCH's answer, by its refusal and its row; the thread's. */
void upload_answer(struct upload_patch *patch);
/* api.c: the connection rests, and is woken by the thread. */
bool upload_rest(struct exchange *exchange); /* false: the adapter stops */
void upload_go_on(struct exchange *exchange);
struct uploads *api_uploads(struct api *api);
/* Of every answer of this resource. */
void upload_headers(struct exchange *exchange);

#endif
