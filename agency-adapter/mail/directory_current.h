/* directory_current.h: the directory in force and whether to trust it. A page is one immutable version, counted; the link thread
 * takes new ones in, every thread may read. A directory that the pinned registrar has not signed for our domain never
 * becomes the page; the one before stays. */
#ifndef MAIL_DIRECTORY_CURRENT_H
#define MAIL_DIRECTORY_CURRENT_H

#include <lienthong/directory.h>

struct directory_current;
struct directory_page;
/* registrar: DER of the pinned certificate; trust is used during calls on the caller's thread only. LT_EPARSE. */
enum lt_err directory_current_new(struct lt_bytes registrar, const char *domain, struct directory_current **out);
void directory_current_free(struct directory_current *book);
/* Checks and takes a SignedDirectory. DIRECTORY_UNTRUSTED. Not newer than the page: nothing changes, 0. */
enum lt_reason directory_current_take(struct directory_current *book, struct lt_bytes signed_directory,
				      struct lt_trust *trust, int64_t now, struct lt_refusal *refusal);
/* The page in force; NULL before the first. */
struct directory_page *directory_current_ref(struct directory_current *book);
void directory_current_unref(struct directory_page *page);
const struct lt_directory *directory_current_directory(const struct directory_page *page); /* NULL for NULL */
uint64_t directory_current_version(struct directory_current *book);                        /* 0 before the first */
struct lt_bytes directory_current_signed(const struct directory_page *page); /* as it came; empty for NULL */

/* The agency itself, or who acts for it at this time since a reorganisation, as the registrar has signed. */
bool directory_current_acts_for(struct directory_current *book, const char *who, const char *agency, int64_t now);
/* Whether two dossier codes are spellings of one, by the directory in force; false, too, for what is no code. */
bool directory_current_same_dossier(struct directory_current *book, const char *a, const char *b);

#endif
