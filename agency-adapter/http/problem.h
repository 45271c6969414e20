/* problem.h: RFC 9457 problem documents. `code` is the name of the reason, `title` its sentence and
 * `detail` what exactly, in the language that was asked for. */
#ifndef ADAPTER_PROBLEM_H
#define ADAPTER_PROBLEM_H

#include <lienthong/reason.h>

#include <jansson.h>

unsigned problem_status(enum lt_reason reason); /* HTTP status */
/* Seconds after which the same call may succeed; 0: nobody can say, or it never does. */
unsigned problem_retry_after(enum lt_reason reason);
/* pointer: JSON Pointer into the request's body, or NULL. The caller owns the result; NULL when out of memory. */
json_t *problem_new(const struct lt_refusal *refusal, const char *pointer, enum lt_language language);
/* One fault more of the same body: an entry of `errors`, in which the problem's own stands first. */
void problem_add_error(json_t *problem, const struct lt_refusal *refusal, const char *pointer,
		       enum lt_language language);
/* Of the value of Accept-Language (RFC 9110, 12.5.4), or NULL: Vietnamese when it is wanted more than English, which is the default. */
enum lt_language problem_language(const char *accept);
/* Adds detail_en and detail_vi, what exactly in both languages. */
void problem_add_both(json_t *json, const struct lt_refusal *refusal);

#endif
