/* crl.c: the head of a CertificateList, by OpenSSL's reader of tags and lengths. The list is not parsed whole: one of a national
 * CA takes OpenSSL 37 ms for 100,000 entries, and this is asked on the engine's thread of lists that were checked at the door. */
#include "crl.h"

#include "identity_internal.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>
#include <time.h>

enum { SEQUENCE = 0x30, CONTEXT_0 = 0x80, CONTEXT_0_MADE = 0xa0 }; /* tags with their class and form */

struct element {
	int tag;
	struct lt_bytes whole, content;
};

/* Takes one value of the universal class off the front. No indefinite lengths: a CRL is DER. */
static enum lt_err read_element(struct lt_bytes *in, struct element *out)
{
	const unsigned char *content = in->data;
	long len;
	int class, form;
	if (in->len == 0 || in->len > INT32_MAX)
		return LT_EPARSE;
	form = ASN1_get_object(&content, &len, &out->tag, &class, (long)in->len);
	bool constructed = (form & V_ASN1_CONSTRUCTED) != 0;
	if ((form & 0x81) != 0 || class != V_ASN1_UNIVERSAL || constructed != (out->tag == V_ASN1_SEQUENCE))
		return LT_EPARSE;
	out->content = lt_bytes(content, (size_t)len);
	out->whole = lt_bytes(in->data, (size_t)(content - in->data) + (size_t)len);
	*in = lt_bytes(in->data + out->whole.len, in->len - out->whole.len);
	return LT_OK;
}

static enum lt_err read_sequence(struct lt_bytes *in, struct element *out)
{
	return read_element(in, out) || out->tag != V_ASN1_SEQUENCE ? LT_EPARSE : LT_OK;
}

/* UTCTime has two digits of the year: 50..99 is 19xx (RFC 5280 section 4.1.2.5.1). */
static enum lt_err read_time(const struct element *time, char out[16])
{
	const char *text = (const char *)time->content.data;
	if (time->tag == V_ASN1_GENERALIZEDTIME && time->content.len == 15) {
		memcpy(out, text, 15);
	} else if (time->tag == V_ASN1_UTCTIME && time->content.len == 13) {
		memcpy(out, text[0] >= '5' ? "19" : "20", 2);
		memcpy(out + 2, text, 13);
	} else {
		return LT_EPARSE;
	}
	out[15] = '\0';
	return LT_OK;
}

static bool is_oid(struct lt_bytes body, uint8_t last)
{
	return body.len == 3 && body.data[0] == 0x55 && body.data[1] == 0x1d && body.data[2] == last; /* id-ce */
}

/* Extension { extnID, critical DEFAULT FALSE, extnValue } */
static void read_extension(struct lt_bytes in, struct crl_info *out)
{
	uint8_t tag;
	struct lt_bytes oid, value, body;
	if (!identity_der_next(&in, &tag, &oid) || tag != V_ASN1_OBJECT || !identity_der_next(&in, &tag, &value))
		return;
	if (tag == V_ASN1_BOOLEAN && !identity_der_next(&in, &tag, &value))
		return;
	if (tag != V_ASN1_OCTET_STRING || !identity_der_next(&value, &tag, &body))
		return;
	if (is_oid(oid, 20) && tag == V_ASN1_INTEGER)
		out->number = body;
	struct lt_bytes id;
	if (is_oid(oid, 35) && tag == SEQUENCE && identity_der_next(&body, &tag, &id) && tag == CONTEXT_0)
		out->ca_key = id;
}

/* ... nextUpdate OPTIONAL, revokedCertificates OPTIONAL, [0] extensions. What cannot be read is as if it were not there: that it
 * can be is asked at the door. */
static void read_rest(struct lt_bytes in, struct crl_info *out)
{
	uint8_t tag;
	struct lt_bytes body;
	if (!identity_der_next(&in, &tag, &body))
		return;
	if (tag == V_ASN1_UTCTIME || tag == V_ASN1_GENERALIZEDTIME) {
		struct element time = { .tag = tag, .content = body };
		if (read_time(&time, out->next_update) || !identity_der_next(&in, &tag, &body))
			return;
	}
	if (tag == SEQUENCE && !identity_der_next(&in, &tag, &body))
		return;
	if (tag != CONTEXT_0_MADE || !identity_der_next(&body, &tag, &in) || tag != SEQUENCE)
		return;
	while (in.len > 0 && identity_der_next(&in, &tag, &body))
		read_extension(body, out);
}

/* CertificateList { tbs { version OPTIONAL, signature, issuer, thisUpdate, ... }, ... } */
static enum lt_err read_head(struct lt_bytes der, struct crl_info *out)
{
	struct element list, tbs, field;
	if (read_sequence(&der, &list) || der.len != 0 || read_sequence(&list.content, &tbs))
		return LT_EPARSE;
	struct lt_bytes in = tbs.content;
	if (read_element(&in, &field) || (field.tag == V_ASN1_INTEGER && read_element(&in, &field)) ||
	    field.tag != V_ASN1_SEQUENCE || read_sequence(&in, &field))
		return LT_EPARSE;
	out->issuer = field.whole;
	if (read_element(&in, &field) || read_time(&field, out->this_update))
		return LT_EPARSE;
	read_rest(in, out);
	return LT_OK;
}

enum lt_err crl_read(struct lt_bytes der, struct crl_info *out)
{
	ERR_set_mark();
	*out = (struct crl_info){ 0 };
	enum lt_err err = read_head(der, out);
	ERR_pop_to_mark();
	return err;
}

bool crl_number_below(const struct crl_info *a, const struct crl_info *b)
{
	if (a->number.len == 0 || b->number.len == 0)
		return false;
	if (a->number.len != b->number.len)
		return a->number.len < b->number.len;
	return memcmp(a->number.data, b->number.data, a->number.len) < 0;
}

int64_t crl_time(const char text[16])
{
	struct tm tm = { 0 };
	return text[0] && strptime(text, "%Y%m%d%H%M%SZ", &tm) ? (int64_t)timegm(&tm) * 1000000 : 0;
}
