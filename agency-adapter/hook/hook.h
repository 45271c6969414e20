/* hook.h: webhooks: the feed, told to the agency's own systems by HTTP, each event until it is taken (docs/webhook.md). CloudEvents 1.0 as
 * JSON, signed as Standard Webhooks has it. One thread of its own, with libcurl; nothing waits for it. */
#ifndef ADAPTER_HOOK_H
#define ADAPTER_HOOK_H

#include "link/adapter.h"

#include "hook_events.h"
#include "hook_secret.h"
#include "hook_target.h"

#define HOOKS_MAX 16u /* systems of one agency, or of a data centre */

struct hook_options {
	char *name; /* [a-z0-9-], up to 32 */
	char *url;
	char *ca;       /* file of the CAs that may vouch for it; NULL: the system's */
	char *events;   /* names of the catalogue and "thing.*", with blanks or commas between; NULL: all */
	char *agencies; /* the same of our agencies; NULL: all */
	struct hook_networks allow;
	struct hook_secrets secrets;
};
struct hooks;
/* Checks what the options say of targets and events; options are copied but for their texts, which must outlive it. LT_EINVAL; error
 * gets one line for a person. */
enum lt_err hook_check(const struct hook_options *hook, char *error, size_t error_size);
/* Starts the thread. The adapter must be started and outlive it. LT_ENOMEM, LT_EIO. */
enum lt_err hooks_new(struct adapter *adapter, const struct hook_options *hooks, size_t count, struct hooks **out);
/* From the next attempt on these secrets sign, of the hooks that have the same name; the rest of the options stays. */
void hooks_set_secrets(struct hooks *hooks, const struct hook_options *options, size_t count);
/* The feed has grown, or something was redelivered. Any thread; takes NULL. */
void hooks_notify(struct hooks *hooks);
/* Rounds of its thread, 0 when there is none: they rise between two calls as long as it lives. For the watchdog. */
uint64_t hooks_rounds(struct hooks *hooks);
/* What is under way is broken off and told again at the next start. Before the adapter is freed. Takes NULL. */
void hooks_stop(struct hooks *hooks);
/* Behind the last hooks_notify. Takes NULL. */
void hooks_free(struct hooks *hooks);

#endif
