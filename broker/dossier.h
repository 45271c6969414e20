/* dossier.h: a dossier's plain record and its bytes in the store. What may happen to it: docs/dossier.md.
 *
 * Custody has the leg visit as its unit (DESIGN section 5). OPEN makes visit 1; parallel legs will make more. */
#ifndef BROKER_DOSSIER_H
#define BROKER_DOSSIER_H

#include "broker.h"
#include "status.h"

struct visit {
	uint32_t number;  /* from 1 */
	uint64_t version; /* from 1; one more with every change of custody */
	enum lt_custody custody;
	char holder[LT_AGENCY_MAX];
	char came_from[LT_AGENCY_MAX]; /* the agency that the holder got it from; "" for the first */
	uint32_t route_leg;            /* that the holder was asked to do; 0 when not said */
	int64_t since;                 /* of the present custody */
	/* OFFERED: */
	char offered_to[LT_AGENCY_MAX];
	uint8_t offer_id[16];
	uint64_t offer_sequence;
	uint32_t offer_leg;
	enum lt_kind offer_kind;
};
struct dossier {
	uint64_t number; /* dense, from 1, given at OPEN; the key, not part of the bytes */
	char code[LT_DOSSIER_MAX];
	char procedure[LT_PROCEDURE_MAX];
	uint32_t procedure_version;
	enum status status;
	char origin[LT_AGENCY_MAX];
	char lead[LT_AGENCY_MAX]; /* "" until one is known */
	int64_t opened_at;
	uint64_t last_sequence; /* of its newest record: where the walk back begins */
	uint64_t records;
	uint32_t visit_count;
	struct visit visits[BROKER_LEGS_MAX];
	uint32_t party_count;
	char parties[BROKER_PARTIES_MAX][LT_AGENCY_MAX];
};

/* Appends the bytes, version 1. */
void dossier_encode(const struct dossier *dossier, struct lt_buf *out);
/* Asserts on damage: the store has checked the value. Fields of unused visits and parties stay as they are. */
void dossier_decode(struct lt_bytes bytes, uint64_t number, struct dossier *out);
/* NULL when there is none. */
struct visit *dossier_visit(struct dossier *dossier, uint32_t number);
bool dossier_closed(const struct dossier *dossier);
bool dossier_has_party(const struct dossier *dossier, const char *agency);
/* Does nothing when it is one, or when BROKER_PARTIES_MAX are known. */
void dossier_add_party(struct dossier *dossier, const char *agency);
/* The view of queries, without hops; texts point into the dossier, the array lives in the arena. LT_ENOMEM. */
enum lt_err dossier_view(const struct dossier *dossier, struct lt_arena *arena, struct lt_dossier_view *out);

#endif
