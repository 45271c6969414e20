/* definition_store.h: STORE_DEFINITION: the full bytes of every definition in force, by type and name.
 *   'D'                        -> SignedDirectory
 *   'V' version                -> sequence of the record that brought this version of the directory, its SHA-256
 *   'C' list (32)              -> made, ends, number of the list as the door read them; the CRL in DER
 *   'P' code || 0 || version   -> Procedure
 *   'K' year                   -> CalendarYear
 *   'O' agency, or nothing     -> OfficeHours
 *   'U' number from 0          -> outage: from, to
 *   'W' agency or procedure    -> window for dossiers of before
 *   'A' agency                 -> what is announced of it: announced.h
 * What the bytes mean is their reader's: rulebook_make.h, procedures.h, calendars.h. Engine thread. */
#ifndef STATE_DEFINITION_STORE_H
#define STATE_DEFINITION_STORE_H

#include "record/record.h"
#include "store/store_keys.h"

enum definition_type {
	DEFINITION_DIRECTORY = 'D',
	DEFINITION_VERSION = 'V',
	DEFINITION_CRL = 'C',
	DEFINITION_PROCEDURE = 'P',
	DEFINITION_CALENDAR = 'K',
	DEFINITION_OFFICE = 'O',
	DEFINITION_OUTAGE = 'U',
	DEFINITION_CARRY = 'W',
	DEFINITION_ANNOUNCED = 'A',
};
struct store_key definition_directory(void);
struct store_key definition_version(uint64_t version); /* of the directory */
struct store_key definition_crl(struct lt_bytes list); /* 32 bytes: lt_crl_verdict.list */
struct store_key definition_procedure(const char *code, uint32_t version);
struct store_key definition_calendar(uint32_t year);
struct store_key definition_office(const char *agency); /* "": of all */
struct store_key definition_outage(uint32_t number);
struct store_key definition_carry(const char *subject); /* its code */
struct store_key definition_announced(const char *agency);

/* The view lives as one of store_get does. LT_ENOENT, LT_ECORRUPT. */
enum lt_err definition_get(struct store *store, const struct store_key *key, struct lt_bytes *value);
void definition_put(struct store *store, const struct store_key *key, struct lt_bytes value);

/* A CRL beside what was read in it. The number and `der` point into the value. LT_EPARSE. */
enum lt_err definition_crl_read(struct lt_bytes value, struct lt_crl_verdict *out, struct lt_bytes *der);
void definition_crl_put(struct store *store, const struct lt_crl_verdict *verdict, struct lt_bytes der);

/* When a version of the directory came into force, and which. LT_ENOENT. */
struct directory_version {
	uint64_t sequence;
	uint8_t sha256[32]; /* of the SignedDirectory */
};
enum lt_err definition_version_get(struct store *store, uint64_t version, struct directory_version *out);
void definition_version_put(struct store *store, uint64_t version, const struct directory_version *value);

/* The window of an agency (and those under it) or a procedure in which dossiers of before are carried over, and what one operator has
 * proposed until another confirms it. Source: docs/decisions/0068. */
struct carry_window {
	int64_t from, until; /* open from `from` on, before `until`, by record time; 0: none is in force */
	/* Proposed. sequence 0: nothing. */
	uint64_t sequence;
	uint32_t uid;
	int64_t proposed_from, proposed_until;
};
/* LT_ENOENT: none was ever proposed. LT_ECORRUPT. */
enum lt_err definition_carry_get(struct store *store, const char *subject, struct carry_window *out);
void definition_carry_put(struct store *store, const char *subject, const struct carry_window *window);
/* What stands in such a definition. LT_EPARSE. */
enum lt_err definition_carry_read(struct lt_bytes value, struct carry_window *out);

void definition_delete(struct store *store, const struct store_key *key);

/* All of one type, or all versions of one procedure, in the order of their keys. */
struct definition_walk {
	struct store_key key; /* of what was given out last */
	struct store_key prefix;
	bool begun;
};
struct definition_walk definition_walk(enum definition_type type);
struct definition_walk definition_walk_procedure(const char *code);
/* What does not hold is left out, and counted (store_faults). */
bool definition_next(struct store *store, struct definition_walk *walk, struct lt_bytes *value);
/* Its reader cannot read it: store_fault_note. */
enum lt_err definition_fault(struct store *store, struct lt_bytes key);
/* Whether each one can be read, procedures too or not: before a command that is made of several of them. */
bool definitions_hold(struct store *store, bool procedures);

#endif
