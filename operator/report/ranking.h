/* ranking.h: by what offices of one kind are ranked: the weights of its indicators, and values that no record can give. Two files:
 * weights as conf/schema/ranking.schema.json says, values as CSV, "agency,indicator,value,source", value from 0 to 100 and each with where
 * it comes from. Source: QĐ 766/QĐ-TTg. */
#ifndef REPORT_RANKING_H
#define REPORT_RANKING_H

#include "report.h"

#define RANKING_FILE_MAX (1u << 20) /* bytes of either file: 10,000 offices with ten values fit */
#define RANKING_LEAST 30u           /* dossiers: one late dossier of fewer moves the share by more than three points */

/* What is told of each office, 0 to 1. */
enum ranking_indicator {
	/* out of records */
	RANKING_ON_TIME,  /* of the finished and of what is open and late, done in time */
	RANKING_LEGS,     /* of its stays that ended, in any dossier, in time */
	RANKING_ANSWERED, /* of the offers made to it, answered in time */
	RANKING_ONLINE,   /* of the dossiers that it received, filed online */
	RANKING_SIGNED,   /* of them, those whose every hand-off is a signed one of this broker */
	RANKING_RECORDED,
	/* from outside */
	RANKING_FILES = RANKING_RECORDED, /* papers that came as files */
	RANKING_PAYMENT,                  /* paid online */
	RANKING_PUBLIC,                   /* what has to be public is */
	RANKING_SATISFACTION,
	RANKING_MEETINGS, /* held online */
	RANKING_INDICATORS
};
struct ranking_name {
	const char *id, *vi, *en;
	double weight;     /* by default */
	double electronic; /* in the score of the electronic agency, by default */
};
extern const struct ranking_name ranking_names[RANKING_INDICATORS];

struct ranking_value {
	char agency[LT_AGENCY_MAX];
	enum ranking_indicator indicator;
	double value; /* 0 to 1 */
	char *source;
};
struct ranking {
	uint32_t least; /* dossiers in the period, to be ranked */
	double weights[RANKING_INDICATORS], electronic[RANKING_INDICATORS];
	size_t count;
	struct ranking_value *values;
};
void ranking_init(struct ranking *ranking); /* what it is by default */
void ranking_fini(struct ranking *ranking);
/* A whole file's bytes. LT_EINVAL: `why` says what and where. LT_ENOMEM. */
enum lt_err ranking_read_weights(struct ranking *ranking, struct lt_bytes bytes, char why[REPORT_WHY]);
enum lt_err ranking_read_values(struct ranking *ranking, struct lt_bytes bytes, char why[REPORT_WHY]);
/* NULL: there is none. */
const struct ranking_value *ranking_value_of(const struct ranking *ranking, const char *agency,
					     enum ranking_indicator indicator);

#endif
