/* operators.h: who may do what at the control socket, by what the kernel says of the caller. A pure table: no files, no clocks.
 * A role lets its holder ask what an observer may, and more: an operator acts, a registrar brings definitions and trust, an auditor
 * reads everything. root and the daemon's own user have every role; who has none is refused (OPERATOR_NOT_ADMITTED). */
#ifndef GATE_OPERATORS_H
#define GATE_OPERATORS_H

#include "record/control.h"

enum {
	OPERATOR_OBSERVER = LT_ASKER_OBSERVER, /* asks: status, agencies, mailboxes, dossiers, definitions, ledger */
	OPERATOR_OPERATOR = LT_ASKER_OPERATOR, /* acts: suspend, redeliver, time, outages, backup, rules */
	/* brings directories, revocation lists, procedures, calendars, hours; the grace of trust; erases */
	OPERATOR_REGISTRAR = LT_ASKER_REGISTRAR,
	OPERATOR_AUDITOR = LT_ASKER_AUDITOR, /* reads records with their parts */
	OPERATOR_ALL = OPERATOR_OBSERVER | OPERATOR_OPERATOR | OPERATOR_REGISTRAR | OPERATOR_AUDITOR,
};
#define OPERATORS_MAX 64u   /* users and groups in the configuration: more are a group */
#define OPERATOR_GROUPS 64u /* of one caller; what is over counts for nothing */

/* Who asks, by the kernel's word (SO_PEERCRED, SO_PEERGROUPS). */
struct control_peer {
	uint32_t uid, gid;
	int32_t pid;
	size_t group_count;
	uint32_t groups[OPERATOR_GROUPS];
};
struct operator_rule {
	bool group;
	uint32_t id;
	unsigned roles;
};
struct operators {
	uint32_t self; /* the daemon's own user */
	size_t count;
	struct operator_rule rules[OPERATORS_MAX];
};
/* Adds a role; LT_EFULL. */
enum lt_err operators_add(struct operators *operators, bool group, uint32_t id, unsigned role);
/* The role of a name as in the configuration, or 0. */
unsigned operators_role(const char *name);
unsigned operators_roles(const struct operators *operators, const struct control_peer *peer);
/* 0, or OPERATOR_NOT_ADMITTED with the user and the roles of which one is needed. */
enum lt_reason operators_check(const struct operators *operators, const struct control_peer *peer,
			       const struct lt_control_request *request, struct lt_refusal *refusal);

#endif
