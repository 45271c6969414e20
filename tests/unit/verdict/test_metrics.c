/* The figures of agencies: of whom is connected and has told, and what was refused; none of a broker that is silent. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "verdict/metrics.h"

static char *write(const struct metrics_view *view)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	metrics_write(out, view);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_agencies(void **state)
{
	(void)state;
	struct lt_adapter_view told = { .told_at = 1,
					.clock_ahead = -1500000,
					.report = { .clock = 1, .disk_free = 5, .disk_reserve = 4, .store_bytes = 3 } };
	struct lt_adapter_view silent = { .since = 1 };
	struct lt_refused_count refused[] = { { LT_DOSSIER_EXISTS, 7 }, { LT_STORE_FULL, 1 } };
	struct lt_agency_view agencies[] = {
		{ .code = "H37.02", .online = true, .adapter = &told, .refused_count = 2, .refused = refused },
		{ .code = "H37.11", .online = true, .adapter = &silent },
		{ .code = "H37.14", .adapter = &told },
		{ .code = "H37.24" },
	};
	struct lt_status_view status = { .version = "1", .domain = "d" };
	struct verdict verdict;
	verdict_make(&status, LT_ENGLISH, &verdict);
	struct metrics_view view = { .verdict = &verdict, .status = &status, .agencies = agencies, .agency_count = 4 };
	char *text = write(&view);
	assert_non_null(strstr(text, "\nlienthong_agency_disk_free_bytes{agency=\"H37.02\"} 5\n"));
	assert_non_null(strstr(text, "\nlienthong_agency_disk_reserve_bytes{agency=\"H37.02\"} 4\n"));
	assert_non_null(strstr(text, "\nlienthong_agency_store_bytes{agency=\"H37.02\"} 3\n"));
	assert_non_null(strstr(text, "\nlienthong_agency_unsent_envelopes{agency=\"H37.02\"} 0\n"));
	assert_non_null(strstr(text, "\nlienthong_agency_clock_ahead_seconds{agency=\"H37.02\"} -1.500000\n"));
	assert_non_null(
		strstr(text, "\nlienthong_agency_refused_total{agency=\"H37.02\",reason=\"DOSSIER_EXISTS\"} 7\n"));
	assert_non_null(strstr(text, "{agency=\"H37.02\",reason=\"STORE_FULL\"} 1\n"));
	assert_null(strstr(text, "H37.11"));
	assert_null(strstr(text, "H37.14"));
	free(text);
	view.status = NULL;
	text = write(&view);
	assert_null(strstr(text, "H37"));
	free(text);
}

TEST_MAIN(cmocka_unit_test(test_agencies))
