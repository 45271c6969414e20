/* view_dossier.h: a dossier with its hops, as `dossier show` and `trace` print it. */
#ifndef CLI_VIEW_DOSSIER_H
#define CLI_VIEW_DOSSIER_H

#include "cli.h"
#include "wire/link.h"

#include <jansson.h>
#include <lienthong/directory.h>

/* Who signed a hop: the agency and subject of the certificate, by its fingerprint in the directory in force. */
struct view_signer {
	const struct lt_agency *agency; /* NULL: not in this directory, as after a renewal */
	char subject[512];
};
void view_find_signer(const struct lt_directory *directory, struct lt_bytes sha256, struct view_signer *out);
const char *view_agency_name(const struct lt_directory *directory, const char *code); /* the code when not listed */
const char *view_custody_name(enum lt_custody custody);
/* "H37.11, G09"; of a fork each with its leg, "H37.11 (tham-dinh), G09 (y-kien)". Cut when longer. */
void view_recipients(const struct lt_hop *hop, char *out, size_t size);
/* Record time since the last hop that took effect, or -1 for the first. */
int64_t view_spent(const struct lt_dossier_view *dossier, size_t hop);
/* The OPEN that made it; NULL when it is not among the hops that were brought: the newest LT_HOPS_MAX, and none of the archive. */
const struct lt_hop *view_opening(const struct lt_dossier_view *dossier);
/* view_clock.c. clock may be NULL: none. */
const char *view_verdict_name(uint32_t verdict); /* Vietnamese, of form 06 */
json_t *view_clock_json(const struct lt_clock_view *clock);
void view_clock_line(const struct lt_clock_view *clock, char *out, size_t size);
/* view_stay.c */
json_t *view_stays_json(const struct lt_dossier_view *dossier);
void view_stays_print(const struct lt_dossier_view *dossier);
/* "tham-dinh (Phòng Quản lý đất đai)": a leg with the room of the agency that does it; unit NULL or "": none. Returns out. */
const char *view_leg(const char *leg, const char *unit, char out[CLI_TEXT_MAX]);
/* view_consult.c: consultations, facts and outcome; the route as one line. */
void view_state_json(const struct lt_dossier_view *dossier, json_t *out);
void view_consults_print(const struct lt_dossier_view *dossier);
void view_route_line(const struct lt_branch_view *leg, char *out, size_t size);
/* view_owed.c: three lines, NOW, LATE and CAN; and the same for programs. */
void view_print_now(const struct lt_dossier_view *dossier, const struct lt_directory *directory);
void view_owed_json(const struct lt_dossier_view *dossier, json_t *out);
/* What its receivers could not take. */
json_t *view_stuck_json(const struct lt_stuck_view *stuck, size_t count);
void view_print_stuck(const struct cli *cli, const struct lt_stuck_view *stuck, size_t count);
json_t *view_dossier_json(const struct lt_dossier_view *dossier, const struct lt_directory *directory, bool hops);
/* "counter"; NULL: none, or a number that is no channel. */
const char *view_channel_name(enum lt_channel channel);

#endif
