/* role.h: how a route names an agency: by its code, or by a role that the dossier fills. Text only; who the role is at a
 * dossier is law/route.h. In-tree programs only. Source: proto/directory.proto, RouteLeg.agency. */
#ifndef LIENTHONG_SDK_ROLE_H
#define LIENTHONG_SDK_ROLE_H

#include <lienthong/base.h>

enum lt_role_kind {
	LT_ROLE_AGENCY = 1, /* H37.11 */
	LT_ROLE_ORIGIN,     /* origin: the agency that opened the dossier */
	LT_ROLE_PARENT,     /* parent(origin) */
	LT_ROLE_PROVINCE,   /* province(origin): the next above it, or itself, of the level province */
	LT_ROLE_LEAD,       /* lead */
	LT_ROLE_FIELD,      /* field:NAME: the agency whose code is the value of that field of the dossier */
};
struct lt_role {
	enum lt_role_kind kind;
	const char *name; /* AGENCY: the code; FIELD: the field; points into the text */
};
/* 1 to LT_FIELD_NAME_MAX of [a-z0-9_]. */
bool lt_field_name_valid(const char *name);
/* LT_EINVAL: none of these. */
enum lt_err lt_role_parse(const char *text, struct lt_role *out);

#endif
