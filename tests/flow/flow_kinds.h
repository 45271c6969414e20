/* flow_kinds.h: a dossier brought to any status, for the programs that walk the table of docs/dossier.md. */
#ifndef TESTS_FLOW_KINDS_H
#define TESTS_FLOW_KINDS_H

#include <stdio.h>
#include <string.h>

#include "simroute.h"

static char code[LT_DOSSIER_MAX];
static unsigned next_code;

/* What earlier acts left to be answered. */
static struct ids {
	uint8_t consult[16], request[16], accepted[16], result[16], stranger[16];
} ids;

static const struct sim_answer *act(struct sim *sim, struct sim_act what, enum lt_reason reason)
{
	what.dossier = code;
	return simroute_act(sim, what, reason);
}

static void do_keep(struct sim *sim, struct sim_act what, uint8_t id[16])
{
	act(sim, what, LT_REASON_NONE);
	memcpy(id, sim->last_id, 16);
}

static uint32_t status_of(struct sim *sim)
{
	return sim_dossier(sim, code)->status;
}

/* The procedure of statuses below 9. */
static const char *route = ROUTE_ALL;

/* A new dossier at a status. 2 is held by COMMUNE at leg 1, all others by DEPARTMENT at leg 2, or from 9 on at leg 3 of ROUTE_SHORT,
 * where it hands over. OTHER is asked for an opinion. */
static void bring_to(struct sim *sim, unsigned status)
{
	snprintf(code, sizeof(code), "H37.02.01-20261118-%07u", ++next_code);
	memset(ids.stranger, 0x71, 16);
	ids.stranger[8] = 0x91; /* the form of a UUIDv7 */
	do_keep(sim,
		ACT(.kind = LT_KIND_OPEN, .procedure = status < 9 ? route : ROUTE_SHORT, .sender = COMMUNE,
		    .to = COMMUNE),
		ids.request);
	memcpy(ids.accepted, ids.stranger, 16);
	memcpy(ids.result, ids.stranger, 16);
	do_keep(sim, ACT(.kind = LT_KIND_CONSULT, .sender = COMMUNE, .to = OTHER), ids.consult);
	if (status == 2)
		return;
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2), 0);
	memcpy(ids.accepted, sim->last_id, 16);
	simroute_accept(sim, code, 1, DEPARTMENT);
	switch (status) {
	case 5:
		do_keep(sim, ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = DEPARTMENT, .to = COMMUNE), ids.request);
		break;
	case 6:
		do_keep(sim, ACT(.kind = LT_KIND_REQUEST_FEE, .sender = DEPARTMENT, .to = COMMUNE), ids.request);
		break;
	case 7:
		act(sim, ACT(.kind = LT_KIND_WITHDRAW, .sender = COMMUNE, .to = DEPARTMENT), 0);
		break;
	case 8:
		act(sim, ACT(.kind = LT_KIND_STOP, .sender = DEPARTMENT, .to = COMMUNE), 0);
		break;
	case 9:
	case 10:
		do_keep(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DEPARTMENT, .route_leg = 3),
			ids.result);
		break;
	default:
		break;
	}
	if (status == 10)
		act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DEPARTMENT, .to = COMMUNE), 0);
	assert_int_equal(status_of(sim), status);
}

#endif
