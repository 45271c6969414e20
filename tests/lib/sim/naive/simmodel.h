/* simmodel.h: the rules of docs/dossier.md a second time, naively, over the route of simroute.h: what a clerk would write on a card.
 * Shares nothing with the broker but the kinds' numbers. Who acts for whom: simfacts.h. */
#ifndef TESTS_SIMMODEL_H
#define TESTS_SIMMODEL_H

#include "simroute.h"

enum { NOBODY = -1, MODEL_BRANCHES = 64, MODEL_CONSULTS = 16, MODEL_LEGS = 7 };

struct model_branch {
	bool open, forked, kept; /* forked: a child of a fork; kept: it was offered in vain */
	int holder, offered, from, before;
	uint64_t version;
	int leg, fork_leg, offer_leg, from_leg, from_branch, before_leg, before_branch;
	bool back; /* it came by RETURN: then `before` is from whom the holder had it */
	int trace, work;
	enum lt_kind offer_kind;
	bool asked_back;
	uint8_t offer[16], accepted[16], asked[16];
	bool wants_papers, wants_fee; /* from the applicant, on this branch */
	uint8_t papers[16], fee[16];
	int made, made_by; /* leg that made a result on this way, 0: none; and who */
	uint8_t made_id[16];
};
struct model_consult {
	uint8_t id[16];
	int by, branch, leg; /* where it was asked */
	bool asked[SIM_AGENCIES];
	int said[SIM_AGENCIES]; /* 0: nothing yet */
};
struct model {
	bool known;
	int status, origin;      /* status: model_settle */
	int stage;               /* what the work has come to: 2, 4, 8, 9, 10 */
	bool withdrawn, chooses; /* chooses: of the fork the holder takes one way, or both, and says why */
	int branches_count, consults_count, supplements;
	int requests[MODEL_LEGS];
	bool party[SIM_AGENCIES], had[SIM_AGENCIES]; /* had: it has opened it, or held it once */
	int taken[MODEL_LEGS];                       /* who does a leg since a TRANSFER, + 1; 0: who the route says */
	struct model_branch branches[MODEL_BRANCHES];
	struct model_consult consults[MODEL_CONSULTS];
};

/* Whether the act is allowed; then the card is changed. */
bool model_act(struct model *card, const struct sim_act *act, const uint8_t id[16]);
bool model_closed(const struct model *card);
int model_open_count(const struct model *card);
/* 0 when the route names nobody. */
int model_agency(const struct model *card, int leg);
/* The status as the holder of a branch sees it: what is asked for on another branch is not its matter. */
int model_status(const struct model *card, const struct model_branch *v);
/* The leg of the route that a branch is at. */
int model_leg_now(const struct model_branch *v);
/* Somebody who was asked where the branch is has not answered. The model knows no time: no silence. */
bool model_awaits_opinions(const struct model *card, const struct model_branch *v);
/* The legs that may follow a branch: how many. */
int model_next(const struct model_branch *branch, int out[2]);

#endif
