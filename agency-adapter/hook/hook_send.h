/* hook_send.h: one attempt at a time to tell one hook one event, with libcurl. The hooks' thread only. */
#ifndef ADAPTER_HOOK_SEND_H
#define ADAPTER_HOOK_SEND_H

#include "hook.h"

#include "mail/history/deliveries.h"

#include <curl/curl.h>

#define HOOK_ANSWER_MS \
	15000L /* for a whole attempt: the specification's time; who needs longer answers first and works then */

struct hook_send;
/* options must outlive it. LT_ENOMEM. */
enum lt_err hook_send_new(const struct hook_options *options, CURLM *multi, struct hook_send **out);
/* Begins; body and id are copied. now: microseconds, as the signature's time. LT_ENOMEM. */
enum lt_err hook_send_start(struct hook_send *send, const struct delivery *delivery, const struct hook_secrets *secrets,
			    int64_t now);
bool hook_send_busy(const struct hook_send *send);
/* Whose attempt has ended; NULL: none has. out->error lives until its next start. */
struct hook_send *hook_send_ended(CURLM *multi, int64_t now, struct delivery_result *out);
void hook_send_free(struct hook_send *send); /* breaks off; takes NULL */

#endif
