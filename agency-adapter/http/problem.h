/* problem.h: RFC 9457 problem documents. `code` is the name of the reason, `title` its sentence. */
#ifndef ADAPTER_PROBLEM_H
#define ADAPTER_PROBLEM_H

#include <lienthong/reason.h>

#include <jansson.h>

unsigned problem_status(enum lt_reason reason); /* HTTP status */
/* pointer: JSON Pointer into the request's body, or NULL. The caller owns the result; NULL when out of memory. */
json_t *problem_new(const struct lt_refusal *refusal, const char *pointer);

#endif
