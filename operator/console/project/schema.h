/* schema.h: the tables of the projection's file, for who counts in SQL (reports). Of another layout than SCHEMA_LAYOUT is made anew, so
 * nothing is ever migrated. Columns are named as the records of lienthong/dossier.h, from which they are copied.
 *
 *   dossier    number, code, procedure, version, procedure_name, sector, status, outcome, origin, lead, channel, place, opened, received,
 *              carried, finished, due_first, due_lawful, appointment, verdict, holder, leg, leg_name, branches, due, silent, frozen,
 *              replaces, text, allotted, used, said, since
 *              finished: when its legal time ended; 0: it has not. due: what is due first, of acts and of itself; NULL: it is closed, or
 *              nothing is. silent: since when, of its branches the first; 0: none is. holder, leg: of the first open branch. text: folded, as the index has it.
 *              allotted, used: working minutes of its legal time. said: a checksum of
 *              what text was folded from. since: legal time at which status, finished, due_lawful and verdict were copied first as they are.
 *   earlier    dossier, until, status, finished, due_lawful, verdict: what these four were before, of a row that the end of a day has seen. until:
 *              legal time at which the copy was still true with them
 *   gap        begun, ended: legal times between which the copy was at no record, over the end of a day; begun 0: it did not exist
 *   stay       dossier, number, branch, leg, holder, receiver, begun, ended, arrived, limit_unit, limit_quarters, allotted, used, carried,
 *              stood, given, due_first, due_lawful, verdict, how, late, corrects, unit, begun_by, ended_by, counted_from, set_back
 *              number > 0: it has ended, and the row never changes. number < 0: it is open, as of the copy. receiver <> '': a wait, charged
 *              to the receiver. used - carried is its own.
 *   part       dossier, stay, at, agency, begun, ended, used: who held a stay that a reorganisation has cut
 *   owed       dossier, at, what, who, acting, branch, consult, since, until (NULL: no time is set), leg, leg_name
 *   branch     dossier, branch, custody, holder, offered, leg, since, silent (0: it is not): the open ones
 *   agency     code, name, name_en, parent, level, handled_by, suspended, online, certificates, valid_from, valid_to, waiting, oldest,
 *              unanswered, unreadable, text, ends, refused, disk, disk_free, disk_size, clock, ahead
 *              ends: of the certificate that ends last; 0: there is none. disk, clock: enum project_level
 *   stuck      agency, number, dossier (0: of none), sequence, reason, since, redelivered
 *   meta       name, value: project_state; fresh: legal time up to which what is open and over its time is counted (freshen.c); 0: not yet
 *   search     FTS5 over dossier.text, without a copy of it; rowid is the number
 */
#ifndef PROJECT_SCHEMA_H
#define PROJECT_SCHEMA_H

#define SCHEMA_LAYOUT 8

/* Dossiers that can be late while nothing of them stands among what is due: an apology has moved the appointment; or the result lies where it
 * was made or is handed out, for which no time is owed, though the leg has one. */
#define SCHEMA_UNNOTICED \
	"((finished = 0 AND appointment > due_lawful) OR (finished <> 0 AND due IS NULL AND branches > 0))"

/* SQL statements that make an empty file's tables, and that remove them, but for what the ends of days have seen (days.c). */
extern const char schema_make[], schema_drop[];

#endif
