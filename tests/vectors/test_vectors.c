/* The vectors of proto/vectors: each is accepted, or refused by the reason that index.json names. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/pem.h>

#include <lienthong/identity.h>
#include <lienthong/merkle.h>
#include <lienthong/receipt.h>
#include <lienthong/time.h>

#include "wire/link.h"

#define NODES 65

static json_t *entries;
static struct lt_arena *arena;

static const char *text(const json_t *entry, const char *key)
{
	const char *value = json_string_value(json_object_get(entry, key));
	if (!value)
		fail_msg("%s has no %s", json_string_value(json_object_get(entry, "name")), key);
	return value;
}

static int64_t number(const json_t *entry, const char *key)
{
	const json_t *value = json_object_get(entry, key);
	if (json_is_string(value)) /* above 2^53 */
		return (int64_t)strtoll(json_string_value(value), NULL, 10);
	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void path_of(const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/proto/vectors/%s", LT_SOURCE_DIR, name);
}

static struct lt_buf load(const char *name)
{
	char path[1024];
	struct lt_buf out = { 0 };
	path_of(name, path, sizeof path);
	if (lt_file_read(path, 4u << 20, &out))
		fail_msg("cannot read %s", path);
	return out;
}

static int setup(void **state)
{
	(void)state;
	char path[1024];
	path_of("index.json", path, sizeof path);
	entries = json_load_file(path, 0, NULL);
	assert_true(json_is_array(entries));
	return lt_arena_new(8u << 20, &arena);
}

static int teardown(void **state)
{
	(void)state;
	json_decref(entries);
	lt_arena_free(arena);
	return 0;
}

static const char *name_of(enum lt_reason reason)
{
	return reason ? lt_reason_name(reason) : "OK";
}

/* Runs the check on every entry of a kind; says all that differ before it fails. */
static void each(const char *what, enum lt_reason (*check)(const json_t *entry, struct lt_refusal *refusal))
{
	size_t index, count = 0, wrong = 0;
	json_t *entry;
	json_array_foreach(entries, index, entry)
	{
		struct lt_refusal refusal = { 0 };
		if (strcmp(text(entry, "what"), what) != 0)
			continue;
		count++;
		lt_arena_reset(arena);
		const char *got = name_of(check(entry, &refusal));
		if (strcmp(got, text(entry, "expect")) != 0) {
			print_error("%s %s: %s (%s), expected %s\n", what, text(entry, "name"), got, refusal.detail,
				    text(entry, "expect"));
			wrong++;
		}
	}
	assert_true(count > 0);
	assert_int_equal(wrong, 0);
}

static enum lt_reason check_parts(const json_t *entry, const struct lt_header *header, struct lt_refusal *refusal)
{
	const json_t *names = json_object_get(entry, "parts");
	struct lt_buf bufs[2] = { { 0 } };
	struct lt_bytes parts[2];
	struct lt_envelope envelope = { .part_count = json_array_size(names), .parts = parts };
	assert_true(envelope.part_count <= 2);
	for (size_t i = 0; i < envelope.part_count; i++) {
		bufs[i] = load(json_string_value(json_array_get(names, i)));
		parts[i] = lt_buf_bytes(&bufs[i]);
	}
	enum lt_reason reason = lt_envelope_check_parts(header, &envelope, refusal);
	for (size_t i = 0; i < envelope.part_count; i++)
		lt_buf_fini(&bufs[i]);
	return reason;
}

/* What the broker asks of a header whose parts fit: session, domain, age. */
static enum lt_reason check_context(const json_t *entry, const struct lt_header *header)
{
	int64_t at = number(entry, "at"), made = lt_uuid_time(header->id);
	if (strcmp(header->sender, json_string_value(json_array_get(json_object_get(entry, "agencies"), 0))) != 0)
		return LT_SENDER_NOT_SESSION;
	if (strcmp(header->domain, text(entry, "domain")) != 0)
		return LT_DOMAIN_WRONG;
	if (made < at - LT_ID_HORIZON_DAYS * INT64_C(86400000000))
		return LT_ID_TOO_OLD;
	return made > at + LT_ID_FUTURE_SECONDS * INT64_C(1000000) ? LT_ID_IN_FUTURE : LT_REASON_NONE;
}

static enum lt_reason check_header(const json_t *entry, struct lt_refusal *refusal)
{
	struct lt_buf bytes = load(text(entry, "file"));
	struct lt_header header;
	enum lt_reason reason = lt_header_parse(lt_buf_bytes(&bytes), arena, &header, refusal);
	if (!reason && json_object_get(entry, "parts"))
		reason = check_parts(entry, &header, refusal);
	if (!reason)
		reason = check_context(entry, &header);
	if (!reason && json_object_get(entry, "id")) {
		char id[33];
		lt_hex(lt_bytes(header.id, 16), id);
		assert_string_equal(id, text(entry, "id"));
		assert_string_equal(lt_kind_name(header.kind), text(entry, "kind"));
		assert_string_equal(header.reason, text(entry, "reason"));
		assert_string_equal(header.subject, text(entry, "subject"));
		assert_string_equal(header.dossier, text(entry, "dossier"));
		assert_int_equal(header.to_count, number(entry, "to_count"));
		assert_int_equal(header.part_count, number(entry, "part_count"));
	}
	lt_buf_fini(&bytes);
	return reason;
}

static void headers(void **state)
{
	(void)state;
	each("header", check_header);
}

static struct lt_buf unhex(const char *text)
{
	struct lt_buf out = { 0 };
	size_t len = strlen(text) / 2;
	assert_int_equal(lt_buf_reserve(&out, len + 1), LT_OK);
	assert_int_equal(lt_unhex(text, out.data, len), LT_OK);
	out.len = len;
	return out;
}

static enum lt_reason judge_faulty(const json_t *all, const json_t *one, struct lt_refusal *refusal)
{
	struct lt_header header;
	struct lt_buf bytes = unhex(text(one, "header"));
	const json_t *list = json_object_get(one, "parts");
	enum lt_reason reason = lt_header_parse(lt_buf_bytes(&bytes), arena, &header, refusal);
	if (!reason) {
		struct lt_buf part = { 0 };
		if (json_array_size(list) > 0)
			part = unhex(json_string_value(json_array_get(list, 0)));
		struct lt_bytes view = lt_buf_bytes(&part);
		struct lt_envelope envelope = { .part_count = json_array_size(list), .parts = &view };
		reason = lt_envelope_check_parts(&header, &envelope, refusal);
		lt_buf_fini(&part);
	}
	if (!reason)
		reason = check_context(all, &header);
	lt_buf_fini(&bytes);
	return reason;
}

/* Of any two rules that are broken the first one is the reason. */
static void two_faults(void **state)
{
	(void)state;
	char path[1024];
	size_t index, wrong = 0;
	json_t *one;
	path_of("two-faults.json", path, sizeof path);
	json_t *all = json_load_file(path, 0, NULL), *cases = json_object_get(all, "cases");
	assert_in_range(json_array_size(cases), 500, 5000);
	json_array_foreach(cases, index, one)
	{
		struct lt_refusal refusal = { 0 };
		lt_arena_reset(arena);
		const char *got = name_of(judge_faulty(all, one, &refusal));
		if (strcmp(got, text(one, "expect")) != 0) {
			print_error("%s: %s (%s), expected %s\n", text(one, "name"), got, refusal.detail,
				    text(one, "expect"));
			wrong++;
		}
	}
	json_decref(all);
	assert_int_equal(wrong, 0);
}

static struct lt_bytes pem_der(const char *name)
{
	char path[1024];
	path_of(name, path, sizeof path);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	X509 *x509 = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	unsigned char *der = NULL;
	int len = i2d_X509(x509, &der);
	assert_true(len > 0);
	X509_free(x509);
	return lt_bytes(der, (size_t)len);
}

static void free_der(struct lt_bytes der)
{
	OPENSSL_free((void *)(uintptr_t)der.data);
}

static enum lt_reason check_signature(const json_t *entry, struct lt_refusal *refusal)
{
	struct lt_buf signature = load(text(entry, "file")), header = load(text(entry, "header")),
		      crl = load(text(entry, "crl"));
	struct lt_bytes der = pem_der(json_string_value(json_array_get(json_object_get(entry, "certificates"), 0)));
	struct lt_bytes ca = pem_der(text(entry, "ca"));
	struct lt_cert *cert = NULL;
	struct lt_trust *trust = NULL;
	const struct lt_cert *used = NULL;
	assert_int_equal(lt_cert_new(der, &cert), LT_OK);
	assert_int_equal(lt_trust_new(&trust), LT_OK);
	assert_int_equal(lt_trust_add_ca(trust, ca), LT_OK);
	assert_int_equal(lt_trust_add_crl(trust, lt_buf_bytes(&crl)), LT_OK);
	const struct lt_cert *certs[1] = { cert };
	enum lt_reason reason =
		lt_signature_verify(lt_buf_bytes(&signature), lt_buf_bytes(&header), certs, 1, &used, refusal);
	if (!reason)
		reason = lt_trust_check(trust, used, number(entry, "at"), true, refusal);
	lt_trust_free(trust);
	lt_cert_free(cert);
	free_der(der);
	free_der(ca);
	lt_buf_fini(&signature);
	lt_buf_fini(&header);
	lt_buf_fini(&crl);
	return reason;
}

static void signatures(void **state)
{
	(void)state;
	each("signature", check_signature);
}

static enum lt_reason check_link(const json_t *entry, struct lt_refusal *refusal)
{
	struct lt_buf bytes = load(text(entry, "file")), again = { 0 };
	struct lt_link link;
	enum lt_reason reason = lt_link_decode(lt_buf_bytes(&bytes), arena, &link, refusal);
	if (!reason) {
		assert_int_equal(lt_link_encode(&link, &again), LT_OK);
		assert_true(lt_bytes_equal(lt_buf_bytes(&bytes), lt_buf_bytes(&again)));
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
	return reason;
}

static void links(void **state)
{
	(void)state;
	each("link", check_link);
}

static void hex(const char *digits, uint8_t out[32])
{
	assert_int_equal(lt_unhex(digits, out, 32), LT_OK);
}

static enum lt_reason check_proof(const json_t *entry, struct lt_refusal *refusal)
{
	(void)refusal;
	static const char *const names[] = { "broker_nonce", "adapter_nonce", "broker_key", "adapter_key" };
	uint8_t bytes[4][32];
	struct lt_buf want = load(text(entry, "file")), got = { 0 };
	for (size_t i = 0; i < 4; i++)
		hex(text(entry, names[i]), bytes[i]);
	assert_int_equal(lt_proof_text(text(entry, "domain"), text(entry, "agency"), lt_bytes(bytes[0], 32),
				       lt_bytes(bytes[1], 32), lt_bytes(bytes[2], 32), lt_bytes(bytes[3], 32),
				       (uint64_t)number(entry, "resume"), &got),
			 LT_OK);
	bool same = lt_bytes_equal(lt_buf_bytes(&want), lt_buf_bytes(&got));
	lt_buf_fini(&want);
	lt_buf_fini(&got);
	return same ? LT_REASON_NONE : LT_PROOF_INVALID;
}

static void proofs(void **state)
{
	(void)state;
	each("proof", check_proof);
}

static size_t nodes_of(const json_t *entry, const char *key, uint8_t nodes[NODES][32])
{
	const json_t *list = json_object_get(entry, key);
	size_t count = json_array_size(list);
	assert_true(count <= NODES);
	for (size_t i = 0; i < count; i++)
		hex(json_string_value(json_array_get(list, i)), nodes[i]);
	return count;
}

static enum lt_reason check_merkle(const json_t *entry, struct lt_refusal *refusal)
{
	(void)refusal;
	uint8_t root[32], other[32], nodes[NODES][32] = { { 0 } };
	const json_t *leaves = json_object_get(entry, "leaves");
	bool holds;
	hex(text(entry, "root"), root);
	if (leaves) {
		for (size_t i = 0; i < json_array_size(leaves); i++) {
			const char *leaf = json_string_value(json_array_get(leaves, i));
			lt_leaf_hash(lt_bytes(leaf, strlen(leaf)), nodes[i]);
		}
		lt_merkle_root_of((const uint8_t(*)[32])nodes, json_array_size(leaves), other);
		holds = memcmp(root, other, 32) == 0;
	} else if (json_object_get(entry, "path")) {
		hex(text(entry, "leaf"), other);
		size_t count = nodes_of(entry, "path", nodes);
		holds = lt_merkle_verify(other, (uint64_t)number(entry, "index"), (uint64_t)number(entry, "count"),
					 (const uint8_t(*)[32])nodes, count, root);
	} else {
		hex(text(entry, "old_root"), other);
		size_t count = nodes_of(entry, "proof", nodes);
		holds = lt_merkle_verify_consistency((uint64_t)number(entry, "old_count"), other,
						     (uint64_t)number(entry, "count"), root,
						     (const uint8_t(*)[32])nodes, count);
	}
	return holds ? LT_REASON_NONE : LT_BATCH_PATH_WRONG;
}

static enum lt_reason check_leaf(const json_t *entry, struct lt_refusal *refusal)
{
	(void)refusal;
	struct lt_receipt receipt;
	struct lt_record_head head;
	uint8_t want[32], leaf[32];
	struct lt_buf header = load(text(entry, "header")), signature = load(text(entry, "file"));
	assert_int_equal(lt_unhex(text(entry, "head"), receipt.head, sizeof receipt.head), LT_OK);
	hex(text(entry, "verdict_digest"), receipt.verdict);
	hex(text(entry, "outcome_digest"), receipt.outcome);
	hex(text(entry, "leaf"), want);
	assert_int_equal(lt_record_head_get(lt_bytes(receipt.head, sizeof receipt.head), &head), LT_OK);
	assert_int_equal(head.sequence, number(entry, "sequence"));
	assert_int_equal(head.time, number(entry, "time"));
	assert_int_equal(lt_receipt_leaf(&receipt, lt_buf_bytes(&header), lt_buf_bytes(&signature), leaf), LT_OK);
	assert_memory_equal(leaf, want, 32);
	lt_buf_fini(&header);
	lt_buf_fini(&signature);
	return LT_REASON_NONE;
}

static void leaves(void **state)
{
	(void)state;
	each("leaf", check_leaf);
}

static void merkle(void **state)
{
	(void)state;
	each("merkle", check_merkle);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(headers), cmocka_unit_test(two_faults), cmocka_unit_test(signatures),
		 cmocka_unit_test(links), cmocka_unit_test(proofs), cmocka_unit_test(merkle), cmocka_unit_test(leaves))
