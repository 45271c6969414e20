/* directory_next.h: what the next version of a directory may change. Whether a directory holds by itself is the directory's own
 * check; here stands what dossiers, mail and routes in force need of the version that follows. Pure. Source:
 * docs/reorganisation.md. */
#ifndef LAW_DIRECTORY_NEXT_H
#define LAW_DIRECTORY_NEXT_H

#include <lienthong/directory.h>
#include <lienthong/reason.h>

/* DIRECTORY_INVALID with agency and remedy:
 * - an agency that was listed stays listed, or becomes an alias: dossiers and routes name it; it ends by valid_to;
 * - who follows an agency is in force when that one ends;
 * - an agency that has ended at `now` keeps its end and its successors, or is opened again: its dossiers and mail have gone over.
 * `current` NULL: there is none yet. */
enum lt_reason directory_check_next(const struct lt_directory *current, const struct lt_directory *next, int64_t now,
				    struct lt_refusal *refusal);

#endif
