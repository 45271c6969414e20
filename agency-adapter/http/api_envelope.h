/* api_envelope.h: what the files of POST /v1/envelopes share. HTTP thread. */
#ifndef ADAPTER_API_ENVELOPE_H
#define ADAPTER_API_ENVELOPE_H

#include "program/json.h"
#include "mail/outbox.h"

/* due_at, items, amount, agree, trace, fields. Texts of `request` are views into `root`. */
void api_envelope_read_fields(struct json_reader *reader, struct outbox_request *request);

#endif
