/* envelope_told.c: GET /v1/envelopes/{id} of one that this store has forgotten by a restore: the broker says what became of it. */
#include "post.h"

#include "http/api_view.h"
#include "http/json_write.h"
#include "mail/history/comeback.h"

#include <lienthong/time.h>

#include <string.h>

static json_t *view(const struct lt_hop *hop, const char *dossier)
{
	static const struct outbox_rejection none;
	json_t *out = view_hop(hop), *at = json_time(hop->time);
	if (!out)
		return NULL;
	json_object_update_new(out, json_pack("{s:s, s:s, s:s, s:O, s:o, s:n, s:n, s:n, s:o, s:[], s:[]}", "state",
					      outbox_status_name(OUTBOX_ADMITTED), "source", "broker", "dossier",
					      dossier, "queued", json_object_get(out, "sent_at"), "admitted", at,
					      "rejected", "delivered", "receipt", "rejection", view_rejection(&none),
					      "answers", "parts"));
	return out;
}

/* On the link thread. */
static void on_told(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct exchange *exchange = ctx;
	uint8_t id[16];
	(void)sequence;
	(void)lt_uuid_parse(exchange->segments[0], id);
	if (why->reason)
		exchange_refuse(exchange, why, NULL);
	else
		exchange_error(exchange, LT_ENOENT);
	for (size_t i = 0; !why->reason && dossier && i < dossier->hop_count; i++) {
		const struct lt_hop *hop = &dossier->hops[i];
		if (hop->id.len == 16 && memcmp(hop->id.data, id, 16) == 0 && !hop->outcome &&
		    exchange_may_speak(exchange, hop->sender)) {
			exchange_json(exchange, 200, view(hop, dossier->code));
			break;
		}
	}
	exchange_resume(exchange);
}

static bool known(struct exchange *exchange, char dossier[LT_DOSSIER_MAX], char agency[LT_AGENCY_MAX])
{
	struct vault_tx *tx;
	uint8_t id[16];
	if (lt_uuid_parse(exchange->segments[0], id) || vault_read_begin(adapter_vault(exchange->adapter), &tx))
		return false;
	enum lt_err err = comeback_where(tx, id, dossier, agency);
	vault_read_end(tx);
	return !err && exchange_may_speak(exchange, agency);
}

bool envelope_told(struct exchange *exchange)
{
	char dossier[LT_DOSSIER_MAX], agency[LT_AGENCY_MAX];
	if (!known(exchange, dossier, agency))
		return false;
	exchange_suspend(exchange);
	if (adapter_query(exchange->adapter, agency, dossier, on_told, exchange)) {
		exchange_problem(exchange, LT_ADAPTER_OFFLINE,
				 "it was sent before a restore of this adapter: the broker is to be asked");
		exchange_resume(exchange);
	}
	return true;
}
