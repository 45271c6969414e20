/* lists.h: the revocation lists that this adapter goes by: those of its own file, to begin with, and those that came over the link,
 * kept on disk. One of each CA: the newer one. Who signed a list is asked elsewhere (lt_trust_add_crl). One thread. */
#ifndef MAIL_LISTS_H
#define MAIL_LISTS_H

#include <lienthong/base.h>

#define LISTS_MAX 64u /* one of each CA; a nation has a handful */

struct lists;
enum lt_err lists_new(const char *folder,
		      struct lists **out); /* folder: made when it is missing; NULL: nothing is kept */
void lists_free(struct lists *lists);
void lists_clear(struct lists *lists); /* what is in memory */
/* 0: it may be taken. LT_EPARSE; LT_EEXIST: this one, or one of its CA that is newer or of a higher number, is here; LT_EFULL. */
enum lt_err lists_check(const struct lists *lists, struct lt_bytes der);
/* Takes a list that lists_check allows, in the place of the one before. */
void lists_take(struct lists *lists, struct lt_bytes der);
/* Each list that is kept on disk. What cannot be read is passed over. */
void lists_read_kept(struct lists *lists, void (*each)(void *ctx, struct lt_bytes der), void *ctx);
/* Keeps it on disk, under its CA's name. LT_EIO. */
enum lt_err lists_keep(const struct lists *lists, struct lt_bytes der);
/* The earliest nextUpdate, 0: there is none; and how long before it the next list is late: 7 days, or a quarter of a shorter one. */
int64_t lists_first_end(const struct lists *lists, int64_t *margin);
size_t lists_count(const struct lists *lists);
struct lt_bytes lists_at(const struct lists *lists, size_t index); /* DER, lives until the next change */
/* NULL when it is not here. */
const struct lt_buf *lists_find(const struct lists *lists, const uint8_t sha256[32]);

#endif
