/* succession.h: who acts for an agency after a reorganisation. Pure: the directory in force and a record's time say it.
 *
 * Dossiers are never rewritten at the cut (lazy succession): wherever a rule compares an agency that stands in a dossier (holder,
 * offered_to, came_from, origin, lead, consulted) with a sender or a recipient, it asks here. From valid_to on, the successor
 * acts; a split goes by the dossier's field, else by the rule with value "". Codes, clocks and signatures stay as they were.
 * docs/reorganisation.md. Any thread; views point into the rulebook. */
#ifndef BROKER_SUCCESSION_H
#define BROKER_SUCCESSION_H

#include "dossier.h"
#include "rulebook.h"

#define SUCCESSION_STEPS LT_SUCCESSIONS_MAX /* that are followed; the directory's check refuses longer ways */

/* valid_to has come. False for what is not listed. */
bool succession_closed(const struct rulebook *rulebook, const char *agency, int64_t time);
/* Listed, valid_from has come and valid_to has not. */
bool succession_in_force(const struct rulebook *rulebook, const char *agency, int64_t time);
/* The code of who acts for `agency`: itself while it is in force, or when it has no successor, or is not listed. dossier: for
 * splits; NULL: the default rule. */
const char *succession_of(const struct rulebook *rulebook, const char *agency, const struct dossier *dossier,
			  int64_t time);
/* One step of that way. */
const char *succession_next(const struct rulebook *rulebook, const char *agency, const struct dossier *dossier,
			    int64_t time);
/* Is `sender` who acts for `agency` (perhaps itself)? False for "". A closed agency acts for nobody once it has a successor. */
bool succession_acts_for(const struct rulebook *rulebook, const char *sender, const char *agency,
			 const struct dossier *dossier, int64_t time);
/* A party of the dossier, or who acts for one. */
bool succession_is_party(const struct rulebook *rulebook, const char *sender, const struct dossier *dossier,
			 int64_t time);

#endif
