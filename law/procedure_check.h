/* procedure_check.h: whether a route makes sense: pure functions over a procedure that was read, and the agencies that there
 * are. The form of the file was checked before (file_procedure.h). Source: DESIGN section 6, docs/procedures.md. */
#ifndef CLI_PROCEDURE_CHECK_H
#define CLI_PROCEDURE_CHECK_H

#include <lienthong/directory.h>

#include "record/definitions.h"

#define PROCEDURE_FAULTS_MAX 64u

struct procedure_fault {
	char pointer[80]; /* JSON Pointer into the procedure's file */
	char text[320];   /* what is wrong and how to mend it */
};
struct procedure_faults {
	size_t count; /* more than PROCEDURE_FAULTS_MAX are not kept */
	struct procedure_fault items[PROCEDURE_FAULTS_MAX];
};
/* The agencies that there are, one after the other; NULL at the end. */
struct procedure_agencies {
	const struct lt_agency *(*at)(const void *ctx, size_t index);
	const void *ctx;
};
/* The longest way from leg 1 to the end by results, in working minutes: a working day is 480, 7 calendar days are 5 working
 * days, kind pay does not count (the applicant's time), a join with "any" waits for the first. */
struct procedure_path {
	uint32_t minutes;
	size_t count;
	uint32_t legs[64]; /* numbers, in order */
};

/* Adds what is wrong with one procedure. agencies NULL: codes and roles are not looked up. */
void procedure_check(const struct lt_procedure *procedure, const struct procedure_agencies *agencies,
		     struct procedure_faults *faults);
/* Adds a fault when both are versions of one procedure and in force on one day, or the same version; pointer and words are for
 * `procedure`, whose order in time does not matter. `where` names the other. */
void procedure_check_versions(const struct lt_procedure *procedure, const struct lt_procedure *other, const char *where,
			      struct procedure_faults *faults);
/* An empty path when the route runs in a circle. */
void procedure_critical_path(const struct lt_procedure *procedure, struct procedure_path *out);
/* A limit in working minutes, as the path counts it. */
uint32_t procedure_limit_minutes(const struct lt_limit *limit);

#endif
