/* The directory: what is read back is what was encoded, lookups, and each rule broken once. */
#include "test.h"

#include <lienthong/directory.h>
#include <lienthong/time.h>

#include "directory/directory_lint.h"
#include "wire/directory.h"
#include "testpki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN "lienthong.example.vn"
#define NOW 1790000000000000ll

static struct testpki *pki;
static const struct testpki_id *registrar, *agency;
static struct lt_signer *signer;
static struct lt_cert *registrar_cert, *agency_cert;
static uint8_t shared_key[32] = { 1 }, own_key[32] = { 2 };

static int setup(void **state)
{
	(void)state;
	pki = testpki_new(lt_time_now());
	registrar = testpki_issue(pki, "registrar", NULL);
	agency = testpki_issue(pki, "agency", NULL);
	signer = testpki_signer(registrar, false);
	registrar_cert = testpki_cert(registrar);
	agency_cert = testpki_cert(agency);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lt_cert_free(agency_cert);
	lt_cert_free(registrar_cert);
	lt_signer_free(signer);
	testpki_free(pki);
	return 0;
}

/* ---- a record of three agencies, good until a test breaks it */

static struct directory_entry entries[3];
static struct lt_bytes ca[1], certs[2], keys[2];
static const char *aliases[2], *more_aliases[1], *successors[1];

static struct directory_record good_record(void)
{
	aliases[0] = "000.00.00.H37";
	aliases[1] = "000.00.37.H37";
	more_aliases[0] = "000.00.02.H37";
	successors[0] = "H37.02";
	certs[0] = certs[1] = agency->der;
	keys[0] = lt_bytes(shared_key, 32);
	keys[1] = lt_bytes(own_key, 32);
	ca[0] = pki->ca->der;
	entries[0] = (struct directory_entry){ .code = "H37",
					       .alias_count = 2,
					       .aliases = aliases,
					       .name = "UBND tỉnh Lạng Sơn",
					       .name_en = "Lang Son",
					       .level = 4,
					       .parent = "",
					       .cert_count = 1,
					       .certs = certs,
					       .curve_count = 1,
					       .curve_keys = keys };
	entries[1] = (struct directory_entry){ .code = "H37.02",
					       .alias_count = 1,
					       .aliases = more_aliases,
					       .name = "Sở KHCN",
					       .name_en = "",
					       .level = 3,
					       .parent = "H37",
					       .curve_count = 2,
					       .curve_keys = keys,
					       .valid_from = 5,
					       .valid_to = 9 };
	entries[2] = (struct directory_entry){ .code = "H37.2",
					       .name = "Sở cũ",
					       .name_en = "",
					       .level = 3,
					       .parent = "H37",
					       .successor_count = 1,
					       .successors = successors };
	return (struct directory_record){ .type = LT_DIRECTORY_TYPE,
					  .domain = DOMAIN,
					  .version = 7,
					  .issued_at = NOW,
					  .count = 3,
					  .agencies = entries,
					  .ca_count = 1,
					  .ca = ca };
}

static enum lt_reason parse(const struct directory_record *record, struct lt_directory **out,
			    struct lt_refusal *refusal)
{
	struct lt_buf bytes = { 0 };
	assert_int_equal(codec_directory_encode(record, &bytes), LT_OK);
	enum lt_reason reason = lt_directory_parse(lt_buf_bytes(&bytes), out, refusal);
	lt_buf_fini(&bytes);
	return reason;
}

static void refused(const struct directory_record *record, const char *detail)
{
	struct lt_directory *directory = NULL;
	struct lt_refusal refusal = { 0 };
	assert_int_equal(parse(record, &directory, &refusal), LT_DIRECTORY_INVALID);
	assert_int_equal(refusal.reason, LT_DIRECTORY_INVALID);
	assert_null(directory);
	if (!strstr(refusal.detail, detail))
		fail_msg("\"%s\" does not say \"%s\"", refusal.detail, detail);
}

static void reads_and_finds(void **state)
{
	(void)state;
	struct directory_record record = good_record();
	struct lt_directory *d = NULL;
	struct lt_refusal refusal = { 0 };
	if (parse(&record, &d, &refusal) != LT_REASON_NONE)
		fail_msg("%s", refusal.detail);
	assert_string_equal(lt_directory_domain(d), DOMAIN);
	assert_int_equal(lt_directory_version(d), 7);
	assert_int_equal(lt_directory_issued_at(d), NOW);
	assert_int_equal(lt_directory_count(d), 3);
	assert_null(lt_directory_at(d, 3));
	const struct lt_agency *h37 = lt_directory_find(d, "H37"), *h3702 = lt_directory_find(d, "H37.02");
	assert_ptr_equal(h37, lt_directory_at(d, 0));
	assert_string_equal(h37->name, "UBND tỉnh Lạng Sơn");
	assert_int_equal(h37->level, LT_LEVEL_PROVINCE);
	assert_int_equal(h37->cert_count, 1);
	assert_memory_equal(lt_cert_sha256(h37->certs[0]), lt_cert_sha256(agency_cert), 32);
	assert_string_equal(h3702->parent, "H37");
	assert_int_equal(h3702->valid_to, 9);
	assert_string_equal(lt_directory_at(d, 2)->successors[0], "H37.02");
	assert_null(lt_directory_find(d, "H38"));
	assert_null(lt_directory_find(d, "000.00.00.H37"));
	assert_ptr_equal(lt_directory_resolve(d, "000.00.00.H37"), h37);
	assert_ptr_equal(lt_directory_resolve(d, "000.00.37.H37"), h37);
	assert_ptr_equal(lt_directory_resolve(d, "000.00.02.H37"), h3702);
	assert_ptr_equal(lt_directory_resolve(d, "H37.02"), h3702);
	assert_null(lt_directory_resolve(d, "000.00.99.H37"));
	static const uint8_t unknown[32] = { 3 };
	assert_true(lt_directory_key_listed(d, shared_key, NOW));
	assert_true(lt_directory_key_listed(d, own_key, NOW));
	assert_false(lt_directory_key_listed(d, unknown, NOW));
	assert_true(lt_agency_has_key(h37, shared_key, NOW));
	assert_false(lt_agency_has_key(h37, own_key, NOW));
	assert_int_equal(lt_directory_ca_count(d), 1);
	assert_true(lt_bytes_equal(lt_directory_ca(d, 0), pki->ca->der));
	lt_directory_free(d);
}

#define BREAK(change, detail)                                   \
	do {                                                    \
		struct directory_record record = good_record(); \
		change;                                         \
		refused(&record, detail);                       \
	} while (0)

static void refuses_heads(void **state)
{
	(void)state;
	BREAK(record.type = "lienthong.directory.v2", "type");
	BREAK(record.domain = "", "domain");
	BREAK(record.version = 0, "version");
	BREAK(record.issued_at = 0, "issued_at");
	BREAK(record.count = 0, "0 agencies");
	BREAK(ca[0] = agency->der, "not a CA");
	BREAK(ca[0] = lt_bytes("x", 1), "CA certificate 0");
}

static void refuses_agencies(void **state)
{
	(void)state;
	struct directory_entry swap;
	BREAK((swap = entries[0], entries[0] = entries[1], entries[1] = swap), "not sorted");
	BREAK(entries[2].code = "H37.02", "stands twice");
	BREAK(entries[2].code = "h37.3", "not canonical");
	BREAK(entries[0].name = "", "name");
	BREAK(entries[0].level = 7, "level 7");
	BREAK(entries[0].level = 0, "level 0");
	BREAK(entries[1].valid_to = 5, "valid_to");
	BREAK(entries[1].valid_from = -1, "valid_to");
	BREAK(entries[1].parent = "H38", "not listed");
	BREAK(entries[0].parent = "H37.02", "circle");
	BREAK(entries[0].parent = "H37", "circle");
	BREAK(successors[0] = "H38", "not listed");
	BREAK(successors[0] = "H37.2", "itself");
}

/* Two rules that a person reads as one have no two forms; what has another form is named. */
static void refuses_texts_that_are_not_in_form(void **state)
{
	(void)state;
	static struct directory_split split[3];
	static const char *two[2] = { "H37", "H37.02" };
	BREAK(entries[0].name = "UBND ti\xcc\x89nh", "H37: name: U+0069 at character 7 is not in composed form");
	BREAK(entries[0].name = "UBND ", "H37: name: U+0020 at character 5 is a blank at the edge");
	BREAK(entries[1].name_en = "Lang\xe2\x80\x8bSon", "H37.02: name_en: U+200B at character 5 shows nothing");
	for (size_t i = 0; i < 4; i++) {
		static const char *const values[] = { "\xc4\x90o\xcc\x82\xcc\x80ng \xc4\x90\xc4\x83ng", "Đồng  Đăng",
						      "Đồng\xc2\xa0Đăng", "Đồng Đăng" };
		static const char *const why[] = { "not in composed form", "second blank", "another blank",
						   "stands twice" };
		split[0] = (struct directory_split){ "Đồng Đăng", "H37" };
		split[1] = (struct directory_split){ values[i], "H37.02" };
		split[2] = (struct directory_split){ "", "H37" };
		BREAK((entries[2].successors = two, entries[2].successor_count = 2, entries[2].split_field = "xa",
		       entries[2].split = split, entries[2].split_count = 3),
		      why[i]);
	}
}

static void refuses_aliases(void **state)
{
	(void)state;
	BREAK(aliases[0] = "H37.2", "code of an agency");
	BREAK(aliases[0] = "H37", "code of an agency");
	BREAK(aliases[1] = aliases[0], "stands twice");
	BREAK(more_aliases[0] = aliases[1], "stands twice");
	BREAK(aliases[0] = "Lang Son", "no agency code");
}

static void refuses_keys_and_certificates(void **state)
{
	(void)state;
	BREAK(keys[0].len = 31, "31 bytes");
	BREAK(keys[1] = keys[0], "CURVE key stands twice");
	BREAK(entries[0].cert_count = 2, "certificate stands twice");
	BREAK(certs[0] = lt_bytes("x", 1), "certificate 0");
}

static void refuses_bytes(void **state)
{
	(void)state;
	struct lt_directory *d = NULL;
	static const uint8_t unknown[] = { 0x7a, 0x00 };
	struct lt_refusal refusal = { 0 };
	assert_int_equal(lt_directory_parse(lt_bytes(NULL, 0), &d, NULL), LT_DIRECTORY_INVALID);
	assert_int_equal(lt_directory_parse(lt_bytes(unknown, 2), &d, &refusal), LT_DIRECTORY_INVALID);
	assert_non_null(strstr(refusal.detail, "FIELD_UNKNOWN"));
	struct directory_record record = good_record();
	struct lt_buf bytes = { 0 };
	assert_int_equal(codec_directory_encode(&record, &bytes), LT_OK);
	unsigned whole = 0; /* cut behind an agency, it is a shorter directory: what the signature is for */
	for (size_t len = 0; len + ca[0].len < bytes.len; len++) {
		if (lt_directory_parse(lt_bytes(bytes.data, len), &d, NULL) == LT_REASON_NONE) {
			lt_directory_free(d);
			whole++;
		}
	}
	assert_int_equal(whole, 3);
	lt_buf_fini(&bytes);
}

/* ---- signed */

static struct lt_agency plain_agency(const char *code, const char *parent)
{
	struct lt_agency out = { .level = LT_LEVEL_DEPARTMENT };
	static char name[] = "Sở Tư pháp";
	out.name = name;
	snprintf(out.code, sizeof out.code, "%s", code);
	snprintf(out.parent, sizeof out.parent, "%s", parent);
	out.cert_count = 1;
	out.certs = &agency_cert;
	out.curve_count = 1;
	out.curve_keys = &shared_key;
	return out;
}

static void signs_and_opens(void **state)
{
	(void)state;
	const struct lt_agency list[] = { plain_agency("H37.15", "H37"), plain_agency("G15", ""),
					  plain_agency("H37", "") };
	struct lt_bytes authority = pki->ca->der;
	struct lt_buf out = { 0 };
	struct lt_refusal refusal = { 0 };
	struct lt_directory *d = NULL;
	assert_int_equal(lt_directory_encode(DOMAIN, 1, NOW, list, 3, &authority, 1, signer, &out, &refusal), LT_OK);
	assert_int_equal(lt_directory_open(lt_buf_bytes(&out), registrar_cert, &d, &refusal), LT_REASON_NONE);
	assert_string_equal(lt_directory_at(d, 0)->code, "G15");
	assert_string_equal(lt_directory_find(d, "H37.15")->parent, "H37");
	lt_directory_free(d);
	d = NULL;
	assert_int_equal(lt_directory_open(lt_buf_bytes(&out), agency_cert, &d, &refusal), LT_CERTIFICATE_NOT_ENROLLED);
	uint8_t *name = memmem(out.data, out.len, "pháp", 5);
	assert_non_null(name);
	name[0] = 'q';
	assert_int_equal(lt_directory_open(lt_buf_bytes(&out), registrar_cert, &d, &refusal), LT_SIGNATURE_WRONG);
	assert_int_equal(lt_directory_open(lt_bytes(out.data, out.len - 1), registrar_cert, &d, &refusal),
			 LT_DIRECTORY_INVALID);
	assert_null(d);
	lt_buf_fini(&out);
}

static struct lt_incarnation incarnation(const char *origin, const char *before, uint64_t size)
{
	struct lt_incarnation out = { .size = size };
	snprintf(out.origin, sizeof out.origin, DOMAIN "/%s", origin);
	snprintf(out.before, sizeof out.before, DOMAIN "/%s", before);
	memset(out.root, (int)size, sizeof out.root);
	return out;
}

static void same_up_to(const struct lt_directory *directory, const char *a, const char *b, uint64_t want)
{
	char x[LT_ORIGIN_MAX], y[LT_ORIGIN_MAX];
	uint8_t root[32];
	uint64_t size = 0;
	snprintf(x, sizeof x, DOMAIN "/%s", a);
	snprintf(y, sizeof y, DOMAIN "/%s", b);
	assert_int_equal(lt_directory_origins(directory, x, y, &size, root), want > 0);
	assert_int_equal(size, want);
	if (want > 0)
		assert_int_equal(root[0], want);
}

/* a was restored at 50 to b, b at 90 to c; and a from an older backup at 30 to d. */
static void joins_incarnations(void **state)
{
	(void)state;
	struct lt_incarnation list[] = { incarnation("b", "a", 50), incarnation("c", "b", 90),
					 incarnation("d", "a", 30) };
	struct lt_agency broker = plain_agency("G15", "");
	struct lt_bytes authority = pki->ca->der;
	struct lt_buf out = { 0 };
	struct lt_refusal refusal = { 0 };
	struct lt_directory *d = NULL;
	broker.incarnations = list;
	broker.incarnation_count = 3;
	assert_int_equal(lt_directory_encode(DOMAIN, 1, NOW, &broker, 1, &authority, 1, signer, &out, &refusal),
			 LT_EINVAL);
	assert_non_null(strstr(refusal.detail, "only the broker's own entry")); /* it is a department */
	broker.level = LT_LEVEL_BROKER;
	assert_int_equal(lt_directory_encode(DOMAIN, 1, NOW, &broker, 1, &authority, 1, signer, &out, &refusal), LT_OK);
	assert_int_equal(lt_directory_open(lt_buf_bytes(&out), registrar_cert, &d, &refusal), LT_REASON_NONE);
	const struct {
		const char *a, *b;
		uint64_t size;
	} ways[] = { { "a", "b", 50 }, { "b", "c", 90 }, { "a", "c", 50 }, { "a", "d", 30 }, { "b", "d", 30 },
		     { "c", "d", 30 }, { "a", "x", 0 },  { "c", "x", 0 },  { "c", "c", 0 } };
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		same_up_to(d, ways[i].a, ways[i].b, ways[i].size);
		same_up_to(d, ways[i].b, ways[i].a, ways[i].size);
	}
	lt_directory_free(d);
	const struct lt_incarnation wrong[] = { incarnation("b", "d", 9), incarnation("a", "a", 9),
						incarnation("a", "c", 9),
						incarnation("e", "a", 0) }; /* twice, of itself, a circle, of nothing */
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		list[2] = wrong[i];
		lt_buf_clear(&out);
		assert_int_equal(lt_directory_encode(DOMAIN, 1, NOW, &broker, 1, &authority, 1, signer, &out, &refusal),
				 LT_EINVAL);
		assert_non_null(strstr(refusal.detail, "incarnation 2"));
	}
	lt_buf_fini(&out);
}

static void signs_nothing_that_would_be_refused(void **state)
{
	(void)state;
	struct lt_agency list[] = { plain_agency("H37", ""), plain_agency("H37", "") };
	struct lt_buf out = { 0 };
	struct lt_refusal refusal = { 0 };
	assert_int_equal(lt_directory_encode(DOMAIN, 1, NOW, list, 2, NULL, 0, signer, &out, &refusal), LT_EINVAL);
	assert_int_equal(refusal.reason, LT_DIRECTORY_INVALID);
	assert_int_equal(lt_directory_encode(DOMAIN, 1, NOW, list, 0, NULL, 0, signer, &out, &refusal), LT_EINVAL);
	assert_int_equal(out.len, 0);
	lt_buf_fini(&out);
}

static enum lt_err encode_cas(uint64_t version, const struct lt_bytes *cas, size_t count,
			      const struct lt_ended_ca *ended, size_t ended_count, struct lt_directory **out)
{
	struct lt_agency list[] = { plain_agency("H37", "") };
	struct lt_buf bytes = { 0 };
	struct lt_refusal refusal = { 0 };
	enum lt_err err = lt_directory_encode_ended(DOMAIN, version, NOW, list, 1, cas, count, ended, ended_count,
						    signer, &bytes, &refusal);
	if (!err)
		assert_int_equal(lt_directory_open(lt_buf_bytes(&bytes), registrar_cert, out, &refusal), 0);
	lt_buf_fini(&bytes);
	return err;
}

static void expect_next(const struct lt_directory *before, const struct lt_bytes *cas, size_t count,
			const struct lt_ended_ca *ended, size_t ended_count, enum lt_reason want)
{
	struct lt_directory *next = NULL;
	struct lt_refusal refusal = { 0 };
	assert_int_equal(encode_cas(2, cas, count, ended, ended_count, &next), LT_OK);
	assert_int_equal(directory_lint(before, next, lt_time_now(), &refusal), want);
	lt_directory_free(next);
}

/* A CA comes, is withdrawn, and stays listed as that: what it issued can be checked for ever. */
static void a_ca_is_withdrawn(void **state)
{
	(void)state;
	struct testpki *other = testpki_new(lt_time_now());
	struct lt_bytes both[] = { pki->ca->der, other->ca->der };
	struct lt_ended_ca ended[] = { { other->ca->der, NOW }, { other->ca->der, NOW } },
			   later = { other->ca->der, NOW + 1 };
	struct lt_ended_ca no_end = { other->ca->der, 0 }, no_ca = { agency->der, NOW };
	struct lt_directory *before = NULL, *after = NULL;
	assert_int_equal(encode_cas(1, both, 2, ended, 1, &before), LT_EINVAL); /* in force and ended */
	assert_int_equal(encode_cas(1, both, 1, ended, 2, &before), LT_EINVAL); /* twice */
	assert_int_equal(encode_cas(1, both, 1, &no_end, 1, &before), LT_EINVAL);
	assert_int_equal(encode_cas(1, both, 1, &no_ca, 1, &before), LT_EINVAL);
	assert_int_equal(encode_cas(1, both, 2, NULL, 0, &before), LT_OK);
	expect_next(before, both, 2, NULL, 0, LT_REASON_NONE);
	expect_next(before, both, 1, ended, 1, LT_REASON_NONE);
	expect_next(before, both, 1, NULL, 0, LT_DIRECTORY_INVALID); /* left out */
	assert_int_equal(encode_cas(1, both, 1, ended, 1, &after), LT_OK);
	assert_int_equal(lt_directory_ended_ca_count(after), 1);
	assert_true(lt_bytes_equal(lt_directory_ended_ca(after, 0).der, other->ca->der));
	assert_int_equal(lt_directory_ended_ca(after, 0).until, NOW);
	expect_next(after, both, 1, &later, 1, LT_DIRECTORY_INVALID); /* put off */
	expect_next(after, both, 2, NULL, 0, LT_DIRECTORY_INVALID);   /* called back */
	expect_next(after, both, 1, NULL, 0, LT_DIRECTORY_INVALID);
	lt_directory_free(before);
	lt_directory_free(after);
	testpki_free(other);
}

static void holds_four_thousand_agencies(void **state)
{
	(void)state;
	enum { COUNT = 4000 };
	struct lt_agency *list = calloc(COUNT, sizeof *list);
	char code[LT_AGENCY_MAX];
	uint8_t(*own)[32] = calloc(COUNT, sizeof *own);
	for (unsigned i = 0; i < COUNT; i++) {
		snprintf(code, sizeof code, "H%02u.%u.%u", i % 63 + 1, i / 63 % 10, i / 630);
		list[i] = plain_agency(code, "");
		memcpy(own[i], &i, sizeof i);
		list[i].curve_keys = &own[i];
	}
	struct lt_buf out = { 0 };
	struct lt_refusal refusal = { 0 };
	struct lt_directory *d = NULL;
	if (lt_directory_encode(DOMAIN, 1, NOW, list, COUNT, NULL, 0, signer, &out, &refusal) != LT_OK)
		fail_msg("%s", refusal.detail);
	int64_t start = lt_time_now();
	assert_int_equal(lt_directory_open(lt_buf_bytes(&out), registrar_cert, &d, &refusal), LT_REASON_NONE);
	print_message("4000 agencies, %zu bytes, opened in %lld ms\n", out.len,
		      (long long)(lt_time_now() - start) / 1000);
	for (unsigned i = 0; i < COUNT; i++) {
		assert_non_null(lt_directory_find(d, list[i].code));
		assert_true(lt_directory_key_listed(d, own[i], NOW));
	}
	lt_directory_free(d);
	lt_buf_fini(&out);
	free(own);
	free(list);
}

static void names_levels(void **state)
{
	(void)state;
	enum lt_level level;
	for (int i = LT_LEVEL_COMMUNE; i <= LT_LEVEL_MINISTRY; i++) {
		assert_int_equal(lt_level_find(lt_level_name((enum lt_level)i), &level), LT_OK);
		assert_int_equal(level, i);
	}
	assert_int_equal(lt_level_find("village", &level), LT_ENOENT);
	assert_int_equal(lt_level_find("", &level), LT_ENOENT);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(reads_and_finds), cmocka_unit_test(refuses_heads),
		 cmocka_unit_test(refuses_agencies), cmocka_unit_test(refuses_texts_that_are_not_in_form),
		 cmocka_unit_test(refuses_aliases), cmocka_unit_test(refuses_keys_and_certificates),
		 cmocka_unit_test(refuses_bytes), cmocka_unit_test(signs_and_opens),
		 cmocka_unit_test(joins_incarnations), cmocka_unit_test(signs_nothing_that_would_be_refused),
		 cmocka_unit_test(holds_four_thousand_agencies), cmocka_unit_test(a_ca_is_withdrawn),
		 cmocka_unit_test(names_levels))
