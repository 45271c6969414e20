/* probe_adapter.c: one agency's side: its adapter's own word (GET /healthz), and what stands in its files held against the broker's
 * directory. */
#include "probe.h"

#include "sandbox/sandbox_http.h"

#include <lienthong/time.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLOCK_OFF_MS 60000 /* over so much an adapter makes no envelopes: docs/time.md */
#define CONF_MAX (64u << 10)

/* ---- the configuration ---- */

/* "name=value" within "[section]"; "" when it is not there. The adapter itself is strict about the file; here one value is looked up. */
static void find_value(const char *text, const char *section, const char *name, char *out, size_t size)
{
	char head[128];
	size_t len = strlen(name), gap;
	bool within = false;
	snprintf(head, sizeof(head), "[%s]", section);
	out[0] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		size_t end = strcspn(line, "\r\n");
		if (line[0] == '[')
			within = strlen(head) == end && strncmp(line, head, end) == 0;
		else if (within && strncmp(line, name, len) == 0 &&
			 line[gap = len + strspn(line + len, " \t")] == '=') {
			gap += 1 + strspn(line + gap + 1, " \t");
			while (end > gap && (line[end - 1] == ' ' || line[end - 1] == '\t'))
				end--;
			snprintf(out, size, "%.*s", gap < end ? (int)(end - gap) : 0, line + gap);
		}
	}
}

static void find_path(const struct probe_conf *conf, const char *text, const char *section, const char *name,
		      char out[CLI_PATH_MAX])
{
	char value[1024], folder[CLI_PATH_MAX];
	find_value(text, section, name, value, sizeof(value));
	snprintf(folder, sizeof(folder), "%s", conf->path);
	char *slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	if (value[0] == '\0' || value[0] == '/' || !slash)
		snprintf(out, CLI_PATH_MAX, "%s", value);
	else
		cli_path(out, folder, value);
}

int probe_read_conf(struct probe *probe, struct probe_side *side)
{
	struct probe_conf *conf = &side->conf;
	char name[128], section[96], pss[16];
	struct lt_buf text = { 0 };
	snprintf(name, sizeof(name), "%.64s/adapter.conf", side->code);
	cli_path(conf->path, probe->adapters, name);
	side->elsewhere = access(conf->path, F_OK) != 0 && errno == ENOENT;
	if (side->elsewhere)
		return EX_OK;
	enum lt_err err = lt_file_read(conf->path, CONF_MAX, &text);
	if (err == LT_OK)
		err = lt_buf_append(&text, "", 1);
	if (err != LT_OK) {
		lt_buf_fini(&text);
		return say_fail_err(err, "read the adapter's configuration %s", conf->path);
	}
	const char *t = (const char *)text.data;
	snprintf(section, sizeof(section), "agency %.64s", side->code);
	find_value(t, "adapter", "listen", conf->listen, sizeof(conf->listen));
	find_value(t, "broker", "endpoint", conf->endpoint, sizeof(conf->endpoint));
	find_value(t, section, "pss", pss, sizeof(pss));
	conf->pss = strcmp(pss, "yes") == 0 || strcmp(pss, "true") == 0;
	find_path(conf, t, "adapter", "curve_key", conf->curve_key);
	find_path(conf, t, "trust", "ca", conf->ca);
	find_path(conf, t, "trust", "crl", conf->crl);
	find_path(conf, t, section, "key", conf->key);
	find_path(conf, t, section, "cert", conf->cert);
	lt_buf_fini(&text);
	return EX_OK;
}

/* ---- the steps ---- */

static const char *word(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* "CODE: detail; what to do", as the adapter names its own trouble. */
static void say_trouble(struct probe *probe, const char *who, const char *step, const char *name, const char *detail)
{
	enum lt_reason reason;
	const char *remedy = lt_reason_find(name, &reason) == LT_OK ? lt_reason_text(reason) : "";
	probe_bad(probe, who, step, "%s%s%.120s: %s", name, detail[0] ? ", " : "", detail, remedy);
}

static bool link_is(const struct probe_side *side, const char *reason)
{
	return side->health && strcmp(word(side->health, "link_reason"), reason) == 0;
}

static bool try_address(struct probe *probe, struct probe_side *side)
{
	char api[sizeof(side->conf.listen) + 8];
	int status = 0;
	const struct sandbox_call call = { .api = api, .method = "GET", .path = "/healthz", .timeout_seconds = 5 };
	snprintf(api, sizeof(api), "%s%s", strncmp(side->conf.listen, "unix:", 5) == 0 ? "" : "http://",
		 side->conf.listen);
	if (sandbox_call(&call, &status, &side->health) != LT_OK || !side->health) {
		probe_bad(probe, side->code, "address", "no adapter answers at %s: start it, and look into its log",
			  api);
		return false;
	}
	if (link_is(side, "BROKER_NOT_REACHED")) {
		say_trouble(probe, side->code, "address", "BROKER_NOT_REACHED", side->conf.endpoint);
		return false;
	}
	probe_good(probe, side->code, "address", "its adapter answers at %s, the broker's is %s", api,
		   side->conf.endpoint);
	return true;
}

static bool try_key(struct probe *probe, struct probe_side *side)
{
	struct lt_curve_key key;
	enum lt_err err = lt_curve_load(side->conf.curve_key, &key);
	bool known = err == LT_OK && lt_agency_has_key(side->agency, key.public_key, probe->now);
	explicit_bzero(&key, sizeof(key));
	if (err != LT_OK)
		probe_bad(probe, side->code, "key", "the CURVE key %s cannot be read: %s", side->conf.curve_key,
			  lt_err_text(err));
	else if (!known)
		say_trouble(probe, side->code, "key", "KEY_NOT_ENROLLED",
			    "its CURVE key does not stand in the directory");
	else if (link_is(side, "BROKER_KEY_WRONG") || link_is(side, "KEY_NOT_ENROLLED"))
		say_trouble(probe, side->code, "key", word(side->health, "link_reason"),
			    word(side->health, "link_detail"));
	else
		probe_good(probe, side->code, "key", "its CURVE key stands in directory version %llu",
			   (unsigned long long)lt_directory_version(probe->directory));
	return known && !link_is(side, "BROKER_KEY_WRONG") && !link_is(side, "KEY_NOT_ENROLLED");
}

static bool try_handshake(struct probe *probe, struct probe_side *side)
{
	size_t i;
	const json_t *one;
	bool own = false;
	json_array_foreach(json_object_get(side->health, "away"), i, one)
	{
		if (strcmp(word(one, "agency"), side->code) != 0)
			continue;
		say_trouble(probe, side->code, "handshake", word(one, "code"), word(one, "detail"));
		return false;
	}
	json_array_foreach(json_object_get(side->health, "agencies"), i, one) own =
		own || strcmp(json_string_value(one), side->code) == 0;
	if (strcmp(word(side->health, "link"), "connected") != 0) {
		bool ended = strcmp(word(side->health, "link"), "ended") == 0;
		say_trouble(probe, side->code, "handshake", word(side->health, ended ? "reason" : "link_reason"),
			    word(side->health, "link_detail"));
		return false;
	}
	if (own)
		probe_good(probe, side->code, "handshake", "its session stands since %s",
			   word(side->health, "link_since"));
	else
		probe_bad(probe, side->code, "handshake", "the adapter at %s does not speak for %s", side->conf.listen,
			  side->code);
	return own;
}

static bool try_clock(struct probe *probe, struct probe_side *side)
{
	json_int_t ahead = json_integer_value(json_object_get(side->health, "clock_ahead_ms"));
	bool good = ahead <= CLOCK_OFF_MS && ahead >= -CLOCK_OFF_MS;
	if (good)
		probe_good(probe, side->code, "clock", "%lld ms ahead of the broker's", (long long)ahead);
	else
		say_trouble(probe, side->code, "clock", "CLOCK_WRONG", "over 60 seconds off the broker's");
	return good;
}

static enum lt_err add_ca(void *ctx, struct lt_bytes der)
{
	return lt_trust_add_ca(ctx, der);
}

static enum lt_err add_crl(void *ctx, struct lt_bytes der)
{
	return lt_trust_add_crl(ctx, der);
}

/* Whether the directory lists these bytes as one that may sign. */
static bool listed(const struct lt_agency *agency, const struct lt_cert *cert)
{
	for (size_t i = 0; i < agency->cert_count; i++)
		if (memcmp(lt_cert_sha256(agency->certs[i]), lt_cert_sha256(cert), 32) == 0)
			return true;
	return false;
}

/* Its certificate as the other side's adapter will look at it: listed, its chain, its time, not revoked. */
static bool check_certificate(struct probe *probe, struct probe_side *side, struct lt_trust *trust)
{
	struct lt_cert *cert = NULL;
	struct lt_refusal refusal = { 0 };
	char until[LT_TIME_TEXT];
	int64_t from, to;
	enum lt_err err = lt_cert_read(side->conf.cert, &cert);
	if (err == LT_OK)
		err = lt_certs_read(side->conf.ca, add_ca, trust);
	bool list = side->conf.crl[0] != '\0'; /* else its adapter has the broker's, and names what is revoked itself */
	if (err == LT_OK && list)
		err = lt_crls_read(side->conf.crl, add_crl, trust);
	enum lt_reason reason = LT_REASON_NONE;
	if (err == LT_OK && !listed(side->agency, cert))
		reason = lt_refuse(&refusal, LT_CERTIFICATE_NOT_ENROLLED, "%.100s", side->code);
	else if (err == LT_OK)
		reason = lt_trust_check(trust, cert, probe->now, list, &refusal);
	if (err == LT_OK && !reason) {
		lt_cert_valid(cert, &from, &to);
		lt_time_format(to, until);
		probe_good(probe, side->code, "certificate", "listed, not revoked, good until %.10s", until);
	} else if (err != LT_OK) {
		probe_bad(probe, side->code, "certificate", "%s, %s or %s cannot be read: %s", side->conf.cert,
			  side->conf.ca, side->conf.crl, lt_err_text(err));
	} else {
		say_trouble(probe, side->code, "certificate", lt_reason_name(reason), refusal.detail);
	}
	lt_cert_free(cert);
	return err == LT_OK && !reason;
}

static void try_certificate(struct probe *probe, struct probe_side *side)
{
	const json_t *cause = json_array_get(json_object_get(side->health, "causes"), 0);
	struct lt_trust *trust = NULL;
	if (lt_trust_new(&trust) != LT_OK)
		say_fail_err(LT_ENOMEM, "check the certificate");
	else if (cause)
		say_trouble(probe, side->code, "certificate", word(cause, "code"), word(cause, "detail"));
	else if (check_certificate(probe, side, trust)) {
		enum lt_err err = lt_signer_open(side->conf.key, side->conf.cert, side->conf.pss, &side->signer);
		if (err != LT_OK)
			probe_bad(probe, side->code, "certificate", "the key %s cannot sign: %s", side->conf.key,
				  lt_err_text(err));
	}
	lt_trust_free(trust);
}

void probe_adapter(struct probe *probe, struct probe_side *side)
{
	static bool (*const tries[])(struct probe * probe, struct probe_side * side) = { try_address, try_key,
											 try_handshake, try_clock };
	static const char *const names[] = { "address", "key", "handshake", "clock" };
	bool good = true;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if (good)
			good = tries[i](probe, side);
		else
			probe_untried(probe, side->code, names[i]);
	}
	if (good)
		try_certificate(probe, side);
	else
		probe_untried(probe, side->code, "certificate");
}
