/* operators.c: users, groups and roles, and which role each request needs. */
#include "operators.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned role;
} names[] = {
	{ "observer", OPERATOR_OBSERVER },
	{ "operator", OPERATOR_OPERATOR },
	{ "registrar", OPERATOR_REGISTRAR },
	{ "auditor", OPERATOR_AUDITOR },
};
enum { ROLES = sizeof(names) / sizeof(names[0]) };

unsigned operators_role(const char *name)
{
	for (size_t i = 0; i < ROLES; i++) {
		if (strcmp(names[i].name, name) == 0)
			return names[i].role;
	}
	return 0;
}

enum lt_err operators_add(struct operators *operators, bool group, uint32_t id, unsigned role)
{
	size_t i = 0;
	while (i < operators->count && (operators->rules[i].group != group || operators->rules[i].id != id))
		i++;
	if (i == OPERATORS_MAX)
		return LT_EFULL;
	if (i == operators->count)
		operators->rules[operators->count++] = (struct operator_rule){ .group = group, .id = id };
	operators->rules[i].roles |= role;
	return LT_OK;
}

static bool in_group(const struct control_peer *peer, uint32_t id)
{
	for (size_t i = 0; i < peer->group_count; i++) {
		if (peer->groups[i] == id)
			return true;
	}
	return peer->gid == id;
}

unsigned operators_roles(const struct operators *operators, const struct control_peer *peer)
{
	unsigned roles = 0;
	if (peer->uid == 0 || peer->uid == operators->self)
		return OPERATOR_ALL;
	for (size_t i = 0; i < operators->count; i++) {
		const struct operator_rule *rule = &operators->rules[i];
		if (rule->group ? in_group(peer, rule->id) : rule->id == peer->uid)
			roles |= rule->roles;
	}
	return roles;
}

/* Which roles may: one of them is enough. */
static unsigned needed(const struct lt_control_request *request)
{
	switch (request->type) {
	case LT_CONTROL_DEFINE:
	case LT_CONTROL_ERASE: /* nobody can undo it */
		return OPERATOR_REGISTRAR;
	case LT_CONTROL_ADMIN:
		return request->admin.act == LT_ADMIN_TRUST_GRACE || request->admin.act == LT_ADMIN_CRL_WITHDRAW
			       ? OPERATOR_REGISTRAR
			       : OPERATOR_OPERATOR;
	case LT_CONTROL_OUTAGE:
	case LT_CONTROL_ACTIVATE:
	case LT_CONTROL_BACKUP:
		return OPERATOR_OPERATOR;
	case LT_CONTROL_RECORD: /* parts are the citizens' papers */
		return request->parts ? OPERATOR_AUDITOR : OPERATOR_AUDITOR | OPERATOR_OPERATOR;
	case LT_CONTROL_JOURNAL:
		return OPERATOR_AUDITOR | OPERATOR_OPERATOR;
	case LT_CONTROL_STATUS:
	case LT_CONTROL_AGENCIES:
	case LT_CONTROL_DOSSIER:
	case LT_CONTROL_MAILBOXES:
	case LT_CONTROL_DIRECTORY:
	case LT_CONTROL_PROCEDURES:
	case LT_CONTROL_REORGANISATION:
	case LT_CONTROL_CARRIES:
	case LT_CONTROL_FIND:
	case LT_CONTROL_RULES:
	case LT_CONTROL_TIME:
	case LT_CONTROL_DOSSIERS:
	case LT_CONTROL_LEDGER:
	case LT_CONTROL_CHANGES:
	case LT_CONTROL_COPY:
	case LT_CONTROL_DEFINITIONS:
	case LT_CONTROL_DELAYS:
		break;
	}
	return OPERATOR_ALL;
}

enum lt_reason operators_check(const struct operators *operators, const struct control_peer *peer,
			       const struct lt_control_request *request, struct lt_refusal *refusal)
{
	unsigned may = needed(request);
	char roles[64] = "";
	size_t used = 0;
	if (operators_roles(operators, peer) & may)
		return LT_REASON_NONE;
	for (size_t i = 0; i < ROLES; i++) {
		if (may & names[i].role)
			used += (size_t)snprintf(roles + used, sizeof(roles) - used, "%s%s", used ? " or " : "",
						 names[i].name);
	}
	return lt_refuse(refusal, LT_OPERATOR_NOT_ADMITTED, "user %u is not %s", (unsigned)peer->uid, roles);
}
