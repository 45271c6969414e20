/* directory_lint.h: what a new version of the directory brings: certificates and CAs that were not in the one before could do their
 * work, each by the rule that will use it (identity/lint.h), and each certificate leads to a CA of this directory. What stood there
 * before is not asked again: a certificate that has ended since must not keep the next version from being made. The operator's tool
 * asks it before it sends, the broker before it journals. */
#ifndef DIRECTORY_DIRECTORY_LINT_H
#define DIRECTORY_DIRECTORY_LINT_H

#include <lienthong/directory.h>

/* DIRECTORY_INVALID with the agency, the fault by its name, and the remedy. before: NULL for the first. */
enum lt_reason directory_lint(const struct lt_directory *before, const struct lt_directory *next, int64_t now,
			      struct lt_refusal *refusal);

#endif
