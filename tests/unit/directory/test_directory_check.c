/* How long the lists of an agency may be. */
#include "test.h"

#include <lienthong/directory.h>

#include "wire/directory.h"

#include <stdio.h>
#include <string.h>

enum { COMMUNES = 1024 };

static struct directory_entry entries[COMMUNES + 2];
static const char *codes_of[COMMUNES + 1];
static char codes[COMMUNES + 1][LT_AGENCY_MAX];

/* A province, with the communes under it. */
static struct directory_record province(void)
{
	entries[0] = (struct directory_entry){ .code = "H37", .name = "Tỉnh", .name_en = "", .level = 4, .parent = "" };
	for (size_t i = 0; i < COMMUNES + 1; i++) {
		snprintf(codes[i], sizeof codes[i], "H37.%02zu.%02zu", i / 100, i % 100);
		codes_of[i] = codes[i];
		entries[1 + i] = (struct directory_entry){
			.code = codes[i], .name = "Xã", .name_en = "", .level = LT_LEVEL_COMMUNE, .parent = "H37"
		};
	}
	return (struct directory_record){ .type = LT_DIRECTORY_TYPE,
					  .domain = "lienthong.example.vn",
					  .version = 1,
					  .issued_at = 1,
					  .count = COMMUNES + 2,
					  .agencies = entries };
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

/* A centre may take in for every commune of its province: more than other lists hold. */
static void receives_for_a_province(void **state)
{
	struct directory_record record = province();
	struct lt_directory *directory = NULL;
	struct lt_refusal refusal = { 0 };
	(void)state;
	entries[0].receives_for = codes_of;
	entries[0].receives_count = COMMUNES;
	if (parse(&record, &directory, &refusal) != LT_REASON_NONE)
		fail_msg("%s", refusal.detail);
	const struct lt_agency *centre = lt_directory_find(directory, "H37");
	assert_int_equal(centre->receives_count, COMMUNES);
	assert_string_equal(centre->receives_for[COMMUNES - 1], "H37.10.23");
	lt_directory_free(directory);
	entries[0].receives_count = COMMUNES + 1;
	assert_int_not_equal(parse(&record, &directory, &refusal), LT_REASON_NONE);
	assert_non_null(strstr(refusal.detail, "receives_for"));
}

TEST_MAIN(cmocka_unit_test(receives_for_a_province))
