/* crl.c: a walk over the first fields of a CertificateList. */
#include "crl.h"

#include <string.h>

enum { TAG_INTEGER = 0x02, TAG_SEQUENCE = 0x30, TAG_UTC_TIME = 0x17, TAG_GENERALIZED_TIME = 0x18 };

struct element {
	uint8_t tag;
	struct lt_bytes whole, content;
};

static enum lt_err read_element(struct lt_bytes *in, struct element *out)
{
	if (in->len < 2)
		return LT_EPARSE;
	size_t head = 2, len = in->data[1];
	if (len >= 0x80) {
		size_t count = len & 0x7f;
		if (count == 0 || count > 4 || in->len < 2 + count)
			return LT_EPARSE;
		len = 0;
		for (size_t i = 0; i < count; i++)
			len = len << 8 | in->data[2 + i];
		head += count;
	}
	if (len > in->len - head)
		return LT_EPARSE;
	out->tag = in->data[0];
	out->whole = lt_bytes(in->data, head + len);
	out->content = lt_bytes(in->data + head, len);
	*in = lt_bytes(in->data + head + len, in->len - head - len);
	return LT_OK;
}

/* UTCTime has two digits of the year: 50..99 is 19xx (RFC 5280 section 4.1.2.5.1). */
static enum lt_err read_time(const struct element *time, char out[16])
{
	const char *text = (const char *)time->content.data;
	if (time->tag == TAG_GENERALIZED_TIME && time->content.len == 15) {
		memcpy(out, text, 15);
	} else if (time->tag == TAG_UTC_TIME && time->content.len == 13) {
		memcpy(out, text[0] >= '5' ? "19" : "20", 2);
		memcpy(out + 2, text, 13);
	} else {
		return LT_EPARSE;
	}
	out[15] = '\0';
	return LT_OK;
}

enum lt_err crl_read(struct lt_bytes der, struct crl_info *out)
{
	struct element list, tbs, field;
	if (read_element(&der, &list) || list.tag != TAG_SEQUENCE || der.len != 0)
		return LT_EPARSE;
	struct lt_bytes in = list.content;
	if (read_element(&in, &tbs) || tbs.tag != TAG_SEQUENCE)
		return LT_EPARSE;
	in = tbs.content;
	if (read_element(&in, &field))
		return LT_EPARSE;
	if (field.tag == TAG_INTEGER && read_element(&in, &field)) /* the version is optional */
		return LT_EPARSE;
	if (field.tag != TAG_SEQUENCE || read_element(&in, &field) || field.tag != TAG_SEQUENCE)
		return LT_EPARSE;
	out->issuer = field.whole;
	if (read_element(&in, &field))
		return LT_EPARSE;
	return read_time(&field, out->this_update);
}
