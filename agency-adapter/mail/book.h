/* book.h: the directory in force and whether to trust it. A page is one immutable version, counted; the link thread
 * takes new ones in, every thread may read. A directory that the pinned registrar has not signed for our domain never
 * becomes the page; the one before stays. */
#ifndef ADAPTER_BOOK_H
#define ADAPTER_BOOK_H

#include <lienthong/directory.h>

struct book;
struct book_page;
/* registrar: DER of the pinned certificate; trust is used during calls on the caller's thread only. LT_EPARSE. */
enum lt_err book_new(struct lt_bytes registrar, const char *domain, struct book **out);
void book_free(struct book *book);
/* Checks and takes a SignedDirectory. DIRECTORY_UNTRUSTED. Not newer than the page: nothing changes, 0. */
enum lt_reason book_take(struct book *book, struct lt_bytes signed_directory, struct lt_trust *trust, int64_t now,
			 struct lt_refusal *refusal);
/* The page in force; NULL before the first. */
struct book_page *book_ref(struct book *book);
void book_unref(struct book_page *page);
const struct lt_directory *book_directory(const struct book_page *page); /* NULL for NULL */
uint64_t book_version(struct book *book);                                /* 0 before the first */

#endif
