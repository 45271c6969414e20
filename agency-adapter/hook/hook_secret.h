/* hook_secret.h: what a webhook is signed with: Standard Webhooks, HMAC-SHA256 (RFC 2104). Pure. */
#ifndef ADAPTER_HOOK_SECRET_H
#define ADAPTER_HOOK_SECRET_H

#include <lienthong/base.h>

#define HOOK_SECRETS_MAX 4u /* the one in force, and those that are on their way out */
#define HOOK_SECRET_MIN 24u /* bytes: the specification's bounds */
#define HOOK_SECRET_MAX 64u

struct hook_secrets {
	size_t count; /* the newest first; each signs */
	struct {
		size_t len;
		uint8_t bytes[HOOK_SECRET_MAX];
	} list[HOOK_SECRETS_MAX];
};
/* Lines "whsec_" and base64; what begins with # counts nothing. LT_EINVAL: error gets what is wrong, without the secret. */
enum lt_err hook_secrets_read(const char *text, struct hook_secrets *out, char *error, size_t error_size);
void hook_hmac(struct lt_bytes key, struct lt_bytes data, uint8_t out[32]);
/* Appends the value of webhook-signature: "v1,BASE64" for each secret, a blank between. LT_ENOMEM. */
enum lt_err hook_sign(const struct hook_secrets *secrets, const char *id, int64_t seconds, struct lt_bytes body,
		      struct lt_buf *out);

#endif
