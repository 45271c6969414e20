/* code.h: agency, dossier and procedure codes. Source: QD 20/2020/QD-TTg amended by
 * QD 09/2025/QD-TTg (new form), QCVN 102:2016/BTTTT (old form), TT 03/2025/TT-VPCP (dossier code). */
#ifndef LIENTHONG_CODE_H
#define LIENTHONG_CODE_H

#include <lienthong/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_AGENCY_MAX 36       /* 35 characters (QD 20/2020) and NUL */
#define LT_AGENCIES_MAX 10000u /* in one directory */
#define LT_DOSSIER_MAX 56      /* 35 + 1 + 8 + 1 + 7 characters and NUL, rounded up */
#define LT_LEG_ID_MAX 33       /* 32 characters and NUL */
#define LT_PROCEDURE_MAX 32    /* 1.011442.000.00.00.H38.02 and NUL, rounded up */

/* ^[A-Z]\d{2}(\.\d{1,3}){0,8}$, at most 35 characters: the new form, which is canonical here. */
LT_API bool lt_agency_code_valid(const char *code);
/* ^\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}$: the old form. */
LT_API bool lt_agency_code_old_valid(const char *code);
#define LT_AGENCY_URI_MAX 64 /* "urn:lienthong:agency:", a code and NUL, rounded up */
/* "urn:lienthong:agency:H37.24": how other systems name an agency where they need a URI. LT_EINVAL: not a canonical code. */
LT_API enum lt_err lt_agency_code_uri(const char *code, char out[LT_AGENCY_URI_MAX]);
/* A guess at the new form: groups reversed, zero groups dropped ("000.00.01.H22" -> "H22.01"). It is a proposal for an
 * alias table, never an identity (the rule has exceptions). LT_EINVAL when not of the old form. */
LT_API enum lt_err lt_agency_code_from_old(const char *old, char out[LT_AGENCY_MAX]);

/* ^(old|new agency code)-(\d{6}|\d{8})-\d{4,7}$ with a calendar date that exists. */
LT_API bool lt_dossier_code_valid(const char *code);
/* Makes "AGENCY-YYYYMMDD-NNNNNNN" from a time (+07:00) and a number of the day. */
LT_API enum lt_err lt_dossier_code_make(const char *agency, int64_t time, uint32_t number, char out[LT_DOSSIER_MAX]);
/* The same with the day in 8 digits and the number in 7: "H37.24-261130-0001" -> "H37.24-20261130-0000001". Which agencies' codes are one
 * the directory says. LT_EINVAL: no dossier code. */
LT_API enum lt_err lt_dossier_code_plain(const char *code, char out[LT_DOSSIER_MAX]);

/* ^[1-9]\.\d{6}(\.000\.00\.00\.[GH]\d{2}(\.\d{2})?)?$ */
LT_API bool lt_procedure_code_valid(const char *code);

/* ^[a-z0-9-]{1,32}$: how a procedure names a leg of its route. */
LT_API bool lt_leg_id_valid(const char *id);

#ifdef __cplusplus
}
#endif

#endif
