/* probe_elsewhere.c: a side whose adapter is on another machine: what the broker knows of it. Nobody here has its keys or asks its clock. */
#include "probe.h"

#include <lienthong/time.h>
#include <string.h>

static bool speaks_for(const struct lt_session_view *session, const char *code)
{
	for (size_t i = 0; i < session->agency_count; i++)
		if (strcmp(session->agencies[i], code) == 0)
			return true;
	return false;
}

/* The answer's views live until the next call. */
static bool try_session(struct probe *probe, const char *code, const struct lt_status_view *status)
{
	char since[LT_TIME_TEXT];
	for (size_t i = 0; i < status->session_count; i++) {
		const struct lt_session_view *session = &status->sessions[i];
		if (!speaks_for(session, code))
			continue;
		lt_time_format(session->since, since);
		probe_good(probe, code, "address", "its adapter, %s, reaches the broker from another machine",
			   session->software);
		probe_good(probe, code, "key", "its CURVE key stands in directory version %llu",
			   (unsigned long long)lt_directory_version(probe->directory));
		probe_good(probe, code, "handshake", "its session stands since %s", since);
		return true;
	}
	probe_bad(probe, code, "address",
		  "the broker has no session for it: on its machine, lienthong-adapter --config FILE status says why");
	return false;
}

/* One that may sign now, by the CAs of the directory. Lists are the broker's, which ends a session with a revoked one. */
static void try_certificate(struct probe *probe, const struct probe_side *side)
{
	struct lt_trust *trust = NULL;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = lt_trust_new(&trust);
	enum lt_reason reason = LT_CERTIFICATE_NOT_ENROLLED;
	for (size_t i = 0; err == LT_OK && i < lt_directory_ca_count(probe->directory); i++)
		err = lt_trust_add_ca(trust, lt_directory_ca(probe->directory, i));
	for (size_t i = 0; err == LT_OK && reason && i < side->agency->cert_count; i++)
		reason = lt_trust_check(trust, side->agency->certs[i], probe->now, false, &refusal);
	if (err == LT_OK && !reason)
		probe_good(probe, side->code, "certificate", "listed and good");
	else
		probe_bad(probe, side->code, "certificate", "%s: none that is listed may sign now: %s",
			  err == LT_OK ? lt_reason_name(reason) : lt_err_text(err), refusal.detail);
	lt_trust_free(trust);
}

int probe_elsewhere(struct probe *probe, const struct probe_side *side)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct lt_control_answer answer;
	int code = control_call(probe->control, &request, &answer);
	if (code != EX_OK)
		return code;
	bool stands = try_session(probe, side->code, &answer.status);
	for (size_t i = 0; !stands && i < 2; i++)
		probe_untried(probe, side->code, i == 0 ? "key" : "handshake");
	probe_untried(probe, side->code, "clock");
	try_certificate(probe, side);
	return EX_OK;
}
