/* hook_send.c: a POST that trusts neither the name that is resolved nor the answer that comes. */
#include "hook_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 10000L
#define ANSWER_MAX 65536u /* bytes of an answer's body that are taken, to be thrown away */

struct hook_send {
	const struct hook_options *options;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	struct lt_buf body;
	uint64_t number;
	size_t taken;
	bool busy, denied;
	char error[CURL_ERROR_SIZE];
};

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct hook_send *send = ctx;
	(void)data;
	send->taken += size * count;
	return send->taken <= ANSWER_MAX ? size * count : 0;
}

/* Here and nowhere else is known which address it really is: a name may resolve to another one each time. */
static curl_socket_t on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct hook_send *send = ctx;
	bool plain = strncmp(send->options->url, "https:", 6) != 0;
	(void)purpose;
	if (!hook_networks_hold(&send->options->allow, &to->addr, to->addrlen) ||
	    (plain && !hook_is_loopback(&to->addr, to->addrlen))) {
		send->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static CURLcode set_up(struct hook_send *send)
{
	CURL *easy = send->easy;
	const struct hook_options *options = send->options;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, options->url);
	/* Nothing of the environment leads elsewhere: no proxy, no .netrc, no redirect. */
	code = code ? code : curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	code = code ? code : curl_easy_setopt(easy, CURLOPT_PROXY, "");
	code = code ? code : curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, send);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, send);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, send->error);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_PRIVATE, send);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, HOOK_ANSWER_MS);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_USERAGENT, "lienthong-adapter/" LT_VERSION);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_POST, 1L);
	if (!code && options->ca)
		code = curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca);
	return code;
}

enum lt_err hook_send_new(const struct hook_options *options, CURLM *multi, struct hook_send **out)
{
	struct hook_send *send = calloc(1, sizeof(*send));
	if (!send)
		return LT_ENOMEM;
	send->options = options;
	send->multi = multi;
	send->easy = curl_easy_init();
	if (!send->easy || set_up(send) != CURLE_OK) {
		hook_send_free(send);
		return LT_ENOMEM;
	}
	*out = send;
	return LT_OK;
}

static void clear(struct hook_send *send)
{
	curl_slist_free_all(send->headers);
	send->headers = NULL;
	lt_buf_clear(&send->body);
	send->busy = false;
}

static enum lt_err add_header(struct hook_send *send, const char *name, const char *value)
{
	char *line = NULL;
	struct curl_slist *grown = NULL;
	if (asprintf(&line, "%s: %s", name, value) >= 0)
		grown = curl_slist_append(send->headers, line);
	free(line);
	if (!grown)
		return LT_ENOMEM;
	send->headers = grown;
	return LT_OK;
}

static enum lt_err add_headers(struct hook_send *send, const struct delivery *delivery,
			       const struct hook_secrets *secrets, int64_t now)
{
	char id[HOOK_ID_TEXT], at[24];
	struct lt_buf signature = { 0 };
	hook_event_id(&delivery->place, id);
	snprintf(at, sizeof(at), "%lld", (long long)(now / 1000000));
	enum lt_err err = hook_sign(secrets, id, now / 1000000, delivery->body, &signature);
	if (!err)
		err = lt_buf_append(&signature, "", 1);
	if (!err)
		err = add_header(send, "Content-Type", "application/cloudevents+json; charset=utf-8");
	if (!err)
		err = add_header(send, "webhook-id", id);
	if (!err)
		err = add_header(send, "webhook-timestamp", at);
	if (!err)
		err = add_header(send, "webhook-signature", (const char *)signature.data);
	if (!err)
		err = add_header(send, "Expect", ""); /* no question before the body */
	lt_buf_fini(&signature);
	return err;
}

enum lt_err hook_send_start(struct hook_send *send, const struct delivery *delivery, const struct hook_secrets *secrets,
			    int64_t now)
{
	clear(send);
	send->number = delivery->place.number;
	send->denied = false;
	send->taken = 0;
	send->error[0] = '\0';
	enum lt_err err = lt_buf_append(&send->body, delivery->body.data, delivery->body.len);
	if (!err)
		err = add_headers(send, delivery, secrets, now);
	if (!err && (curl_easy_setopt(send->easy, CURLOPT_HTTPHEADER, send->headers) ||
		     curl_easy_setopt(send->easy, CURLOPT_POSTFIELDSIZE, (long)send->body.len) ||
		     curl_easy_setopt(send->easy, CURLOPT_POSTFIELDS, send->body.data) ||
		     curl_multi_add_handle(send->multi, send->easy) != CURLM_OK))
		err = LT_ENOMEM;
	send->busy = !err;
	return err;
}

bool hook_send_busy(const struct hook_send *send)
{
	return send->busy;
}

/* What libcurl says is for who knows libcurl; it is kept behind what we know better. */
static void explain(struct hook_send *send, CURLcode code, long status)
{
	char said[CURL_ERROR_SIZE];
	if (send->denied)
		snprintf(send->error, sizeof(send->error), "its address is not in allow%s",
			 strncmp(send->options->url, "https:", 6) == 0 ? "" : ", or http is not to this machine");
	else if (code == CURLE_OK && status >= 300 && status < 400)
		snprintf(send->error, sizeof(send->error), "it leads elsewhere, which is not followed");
	else if (code == CURLE_OK && (status < 200 || status >= 300))
		snprintf(send->error, sizeof(send->error), "it answered %ld", status);
	else if (code != CURLE_OK && !send->error[0])
		snprintf(send->error, sizeof(send->error), "%s", curl_easy_strerror(code));
	lt_text_clean(send->error, said, sizeof(said));
	memcpy(send->error, said, sizeof(said));
}

struct hook_send *hook_send_ended(CURLM *multi, int64_t now, struct delivery_result *out)
{
	int left;
	CURLMsg *message;
	do {
		message = curl_multi_info_read(multi, &left);
		if (!message)
			return NULL;
	} while (message->msg != CURLMSG_DONE);
	struct hook_send *send = NULL;
	CURLcode code = message->data.result;
	long status = 0;
	curl_off_t wait = 0;
	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&send);
	curl_easy_getinfo(send->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(send->easy, CURLINFO_RETRY_AFTER, &wait);
	curl_multi_remove_handle(multi, send->easy);
	/* Who has answered 2xx and then talks on, or stops in the middle, has taken it. */
	bool answered = status >= 200 && status < 300 && !send->denied &&
			(code == CURLE_OK || code == CURLE_WRITE_ERROR || code == CURLE_PARTIAL_FILE);
	if (!answered)
		explain(send, code, status);
	else
		send->error[0] = '\0';
	*out = (struct delivery_result){ .number = send->number,
					 .delivered = answered,
					 .gone = code == CURLE_OK && status == 410,
					 .status = (uint32_t)status,
					 .at = now,
					 .wait = wait > 0 && wait < INT32_MAX ? (int64_t)wait * 1000000 : 0,
					 .error = send->error };
	clear(send);
	return send;
}

void hook_send_free(struct hook_send *send)
{
	if (!send)
		return;
	if (send->busy)
		curl_multi_remove_handle(send->multi, send->easy);
	curl_easy_cleanup(send->easy);
	clear(send);
	lt_buf_fini(&send->body);
	free(send);
}
