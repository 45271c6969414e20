/* access.h: authorisation above identity, in one table: who may use a dossier code as its own, who may open a procedure, whom an
 * opened dossier may be offered to, and who may ask or act at all. Asked before any rule of the dossier. Pure: the directory, the
 * procedure, the header and the record's time say it. docs/dossier.md, "Who may".
 *
 * | what              | who                                                                                                   |
 * | use a code        | the agency that the code begins with, a unit under it in the directory, who follows it when it has ended, or |
 * |                   | whom the directory lets receive for it (receives_for); its day 30 days back to one ahead, at +07:00  |
 * | use it once       | no other spelling of it is a dossier: access_spellings                                                |
 * | bring a code      | one that begins with no listed agency: whom the directory lets bring it (brings)                      |
 * | open a procedure  | who its first leg admits, or `open_by` when it is given; who receives for one of these               |
 * | offer by OPEN     | itself, or who does the leg that is named: the first or one that follows it; no leg named: one of these |
 * | register by OPEN  | everybody with a code of its own, for a one-stop that may open the procedure                            |
 * | ask for the answer to the applicant | the origin, and whom the directory lets answer for it (answers_for), as a portal           |
 * | ask, act          | a party of the dossier; everybody else is told what is told of a dossier that does not exist         |
 * Of a dossier of before (`carried`) the offer may be of any leg: of the one where it stands; docs/decisions/0068.
 */
#ifndef LAW_ACCESS_H
#define LAW_ACCESS_H

#include <lienthong/directory.h>
#include <lienthong/envelope.h>

#include "record/definitions.h"

#define ACCESS_CODE_DAYS_BACK 30 /* papers that wait for their entry, and dossiers that another system opened */
#define ACCESS_CODE_DAYS_AHEAD 1 /* a clock that is fast around midnight */

/* CODE_DATE_WRONG, CODE_NOT_OWNED. `code` has its form. received: by which its day is judged: the legal time of the record, but of a dossier
 * that is carried over. The directory is asked as of `time`. */
enum lt_reason access_code(const struct lt_directory *directory, const char *sender, const char *code, int64_t received,
			   int64_t time, struct lt_refusal *refusal);
/* In how many ways a dossier code is looked for: as it is written, with the day in 8 digits and the number in 7, and with the agency by
 * its code in the directory as well. */
#define ACCESS_SPELLINGS_MAX 3u
/* Those that differ, in this order; returns how many. Every spelling of one code has the last in common, as long as the agency's aliases
 * are the same: two dossiers with the same last are one. `code` has its form; no directory: the agency as it is written. */
size_t access_spellings(const struct lt_directory *directory, const char *code,
			char out[ACCESS_SPELLINGS_MAX][LT_DOSSIER_MAX]);
/* Whether an OPEN registers a dossier with its recipient, the receiving one-stop, which has to answer (RECEIVE, REJECT): it does not say
 * `received`, and neither names a leg behind the first nor, naming none, is sent to another that does one. Who hands on has received. */
bool access_registers(const struct lt_directory *directory, const struct lt_procedure *procedure,
		      const struct lt_header *header, int64_t time);
/* OPENER_NOT_ADMITTED: of the one-stop that receives, which may be another than the sender. */
enum lt_reason access_open(const struct lt_directory *directory, const struct lt_procedure *procedure,
			   const struct lt_header *header, int64_t time, struct lt_refusal *refusal);
/* OFFER_NOT_ADMITTED. For OPEN alone; where a branch goes later the route says (broker/rules/route_at.h). */
enum lt_reason access_offer(const struct lt_directory *directory, const struct lt_procedure *procedure,
			    const struct lt_header *header, int64_t time, struct lt_refusal *refusal);
/* Whether the directory lets this agency ask for the signed answer to the applicant, of a dossier that `origin` has received (answers_for): a
 * portal. The origin itself always may; that is not asked here. */
bool access_answers(const struct lt_directory *directory, const char *agency, const char *origin);
/* The one answer for who is no party and for what does not exist: always DOSSIER_UNKNOWN, with the code alone. */
enum lt_reason access_unknown(const char *code, struct lt_refusal *refusal);

#endif
