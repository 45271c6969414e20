/* project_read.c: the questions of pages. There is nothing to read yet. */
#include "project_read.h"

enum lt_err project_read_open(const char *path, struct project_reader **out)
{
	(void)path;
	(void)out;
	return LT_EIO;
}

void project_read_close(struct project_reader *reader)
{
	(void)reader;
}

enum lt_err project_read_state(struct project_reader *reader, struct project_state *out)
{
	(void)reader;
	(void)out;
	return LT_EIO;
}

enum lt_err project_read_dossiers(struct project_reader *reader, const struct project_filter *filter,
				  struct project_dossiers *out)
{
	(void)reader;
	(void)filter;
	(void)out;
	return LT_EIO;
}

enum lt_err project_read_count(struct project_reader *reader, const struct project_filter *filter, uint64_t *count,
			       bool *exact)
{
	(void)reader;
	(void)filter;
	(void)count;
	(void)exact;
	return LT_EIO;
}

enum lt_err project_read_one(struct project_reader *reader, const char *code, struct project_one *out)
{
	(void)reader;
	(void)code;
	(void)out;
	return LT_EIO;
}

enum lt_err project_read_rows(struct project_reader *reader, enum project_cause cause, const char *agency, int64_t now,
			      const char *after, uint32_t limit, struct project_rows *out)
{
	(void)reader;
	(void)cause;
	(void)agency;
	(void)now;
	(void)after;
	(void)limit;
	(void)out;
	return LT_EIO;
}

enum lt_err project_read_causes(struct project_reader *reader, const char *agency, int64_t now,
				struct project_causes *out)
{
	(void)reader;
	(void)agency;
	(void)now;
	(void)out;
	return LT_EIO;
}

enum lt_err project_read_agencies(struct project_reader *reader, const char *text, int64_t now, const char *after,
				  uint32_t limit, struct project_agencies *out)
{
	(void)reader;
	(void)text;
	(void)now;
	(void)after;
	(void)limit;
	(void)out;
	return LT_EIO;
}

enum lt_err project_read_agency(struct project_reader *reader, const char *code, int64_t now,
				struct project_agencies *out)
{
	(void)reader;
	(void)code;
	(void)now;
	(void)out;
	return LT_EIO;
}

enum lt_err project_read_groups(struct project_reader *reader, enum project_by by, int64_t from, int64_t to,
				int64_t now, struct project_groups *out)
{
	(void)reader;
	(void)by;
	(void)from;
	(void)to;
	(void)now;
	(void)out;
	return LT_EIO;
}
