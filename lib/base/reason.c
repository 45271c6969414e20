/* reason.c: the list of reason.def as functions. */
#include <lienthong/reason.h>

#include <stdio.h>
#include <string.h>

#include "sentence.h"

#define RAW_MAX 512u /* bytes: more than a detail holds, so that cleaning, which may shorten, still fills it */

const char *lt_reason_name(enum lt_reason reason)
{
	switch (reason) {
	case LT_REASON_NONE:
		return "NONE";
#define LT_REASON(name, number, retry, text, vietnamese) \
	case LT_##name:                                  \
		return #name;
#include <lienthong/reason.def>
#undef LT_REASON
	}
	return "UNKNOWN";
}

const char *lt_reason_text(enum lt_reason reason)
{
	switch (reason) {
	case LT_REASON_NONE:
		return "not refused";
#define LT_REASON(name, number, retry, text, vietnamese) \
	case LT_##name:                                  \
		return text;
#include <lienthong/reason.def>
#undef LT_REASON
	}
	return "a reason that this version does not know; see the list of the sender's version";
}

const char *lt_reason_vietnamese(enum lt_reason reason)
{
	switch (reason) {
	case LT_REASON_NONE:
		return "không bị từ chối";
#define LT_REASON(name, number, retry, text, vietnamese) \
	case LT_##name:                                  \
		return vietnamese;
#include <lienthong/reason.def>
#undef LT_REASON
	}
	return "lý do mà phiên bản này không biết; hãy xem danh sách của phiên bản bên gửi";
}

bool lt_reason_retry(enum lt_reason reason)
{
	switch (reason) {
	case LT_REASON_NONE:
		return false;
#define LT_REASON(name, number, retry, text, vietnamese) \
	case LT_##name:                                  \
		return retry;
#include <lienthong/reason.def>
#undef LT_REASON
	}
	return false;
}

enum lt_err lt_reason_find(const char *name, enum lt_reason *out)
{
	static const struct {
		const char *name;
		enum lt_reason reason;
	} list[] = {
#define LT_REASON(name, number, retry, text, vietnamese) { #name, LT_##name },
#include <lienthong/reason.def>
#undef LT_REASON
	};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		if (strcmp(list[i].name, name) == 0) {
			*out = list[i].reason;
			return LT_OK;
		}
	}
	return LT_ENOENT;
}

/* The detail goes into protobuf strings and logs and may quote a peer: it is always clean, valid UTF-8. A format that the catalogue
 * does not have is a test's or an example's: it has a detail and no sentence. */
enum lt_reason lt_refuse_list(struct lt_refusal *refusal, enum lt_reason reason, const char *format, va_list args)
{
	if (!refusal)
		return reason;
	char raw[RAW_MAX];
	uint32_t number = sentence_find(format);
	refusal->reason = reason;
	if (number != 0) {
		refusal->sentence_len = (uint16_t)sentence_make(number, format, args, refusal->sentence);
		lt_sentence_say(lt_refusal_sentence(refusal), LT_ENGLISH, refusal->detail, sizeof refusal->detail);
	} else {
		int len = vsnprintf(raw, sizeof raw, format, args);
		refusal->sentence_len = 0;
		lt_text_clean(len < 0 ? "" : raw, refusal->detail, sizeof refusal->detail);
	}
	return reason;
}

enum lt_reason lt_refuse(struct lt_refusal *refusal, enum lt_reason reason, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	lt_refuse_list(refusal, reason, format, args);
	va_end(args);
	return reason;
}

enum lt_reason lt_refuse_again(struct lt_refusal *refusal, enum lt_reason reason, struct lt_bytes sentence)
{
	refusal->reason = reason;
	refusal->sentence_len = sentence.len <= LT_SENTENCE_MAX ? (uint16_t)sentence.len : 0;
	if (refusal->sentence_len > 0)
		memcpy(refusal->sentence, sentence.data, refusal->sentence_len);
	lt_sentence_say(lt_refusal_sentence(refusal), LT_ENGLISH, refusal->detail, sizeof refusal->detail);
	return reason;
}

const char *lt_refusal_say(const struct lt_refusal *refusal, enum lt_language language, char *out, size_t size)
{
	if (refusal->sentence_len > 0)
		return lt_sentence_say(lt_refusal_sentence(refusal), language, out, size);
	lt_text_clean(refusal->detail, out, size);
	return out;
}
