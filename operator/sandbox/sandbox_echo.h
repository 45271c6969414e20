/* sandbox_echo.h: an agency without software: what arrives is answered by rules in a file. Schema: conf/schema/echo.schema.json;
 * sample: conf/samples/echo.json. */
#ifndef CLI_SANDBOX_ECHO_H
#define CLI_SANDBOX_ECHO_H

#include <lienthong/base.h>
#include <jansson.h>

#define ECHO_RULES_MAX 256u /* a file that a person writes */
#define ECHO_DO_MAX 16u     /* envelopes that one rule sends; the adapter takes 64 in one request */

struct echo_rules;
/* Reads and checks a file of rules; says what is wrong with it, with its place, and returns an exit code. */
int echo_open(const char *path, struct echo_rules **out);
void echo_free(struct echo_rules *echo);
const char *echo_agency(const struct echo_rules *echo);
/* What the rules send about an item of the inbox (as GET /v1/inbox shows it): a new body for POST /v1/envelopes, or NULL: no rule is
 * about it, or it is answered already. The same item gives the same body with the same keys, so that sending it twice does nothing. */
json_t *echo_answer(const struct echo_rules *echo, const json_t *item);
/* Follows the inbox of the adapter at `api` and answers, for good. What an adapter refuses is told in one line on standard error. */
_Noreturn void echo_run(const struct echo_rules *echo, const char *api, const char *token);

#endif
