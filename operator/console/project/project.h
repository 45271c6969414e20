/* project.h: the console's projection: what the broker has of all dossiers, copied into an SQLite file of the console's own, so that
 * lists, searches and counts cost the broker nothing.
 *
 * It is made by paging through the dossiers with their stays, and then kept by following what has changed (FollowRequest of the control
 * socket). Each row is a copy of what the broker says; nothing is derived here from acts, so a row can be copied again at any time, and
 * the file can be deleted; what the ends of days have seen (days.c) goes with it. It is made anew when there is none, when it is of another
 * layout, when the broker's ledger is of another incarnation (a restore) or behind what was copied, and when the console was away longer
 * than the broker keeps changes.
 *
 * One thread has the projection and steps it; any number read (project_read.h), each with a connection of its own, also while it is made
 * anew. The schema, for who counts in SQL: schema.h. */
#ifndef PROJECT_PROJECT_H
#define PROJECT_PROJECT_H

#include <lienthong/base.h>
#include <lienthong/dossier.h>

enum project_phase {
	PROJECT_BEGINNING, /* the broker was not asked yet */
	PROJECT_REBUILDING,
	PROJECT_FOLLOWING,
};
/* How good what an adapter tells is. */
enum project_level { PROJECT_UNTOLD, PROJECT_GOOD, PROJECT_LOW, PROJECT_BAD };
/* How it stands. In the file too: a reader sees the same. */
struct project_state {
	enum project_phase phase;
	bool broker;       /* it answered the last question */
	char why[200];     /* why not; "" */
	uint64_t sequence; /* the broker's record that the copy is true at; 0: of none */
	int64_t time;      /* the broker's legal time then, microseconds */
	int64_t asked_at;  /* CLOCK_REALTIME of the last answer: how old that is; microseconds, 0: none */
	uint64_t done;     /* dossiers that are copied */
	uint64_t total;    /* that there are */
	uint64_t
		pending; /* following: dossiers that have changed and are not copied yet; 0: the copy is true at the broker's last flush */
	uint64_t rate;     /* rebuilding: dossiers a second, since this process began; 0: not known yet */
	uint64_t records;  /* dossiers, stays and waits that this process has copied: for rates */
	char origin[160];  /* of the ledger: domain and incarnation; "" */
	uint64_t rebuilds; /* how often it was made anew, in this file */
};
/* A dossier that has changed, told while it follows; several changes between two steps are told once. */
struct project_change {
	uint64_t sequence; /* the copy is true at */
	const char *code;
	uint32_t status;
	const char *holder; /* of its first open branch; "" */
	bool first;         /* it was not known before */
};
struct project_options {
	const char *path;    /* of the SQLite file; its folder must be there. Mode 0600 */
	const char *control; /* the broker's control socket */
	/* Both may be NULL. Called in project_step, after the rows can be read. The state says how far it is: rebuilding too. */
	void (*progress)(void *ctx, const struct project_state *state);
	void (*changed)(void *ctx, const struct project_change *change);
	void *ctx;
};
struct project;
/* A file that is damaged or of another layout is removed and made anew. The broker need not be there. LT_ENOMEM; LT_EIO: the file cannot
 * be made; LT_EAGAIN: another process steps it. */
enum lt_err project_open(const struct project_options *options, struct project **out);
void project_close(struct project *project); /* NULL is fine */
/* One page of copying, or one of what has changed: one question to the broker, and one transaction of the file, some milliseconds each. A
 * dossier that has changed often since it was copied is copied once. Under a load that no copy can follow it is behind by what one round
 * over all that changes takes. *more: there is more at once; else ask again after PROJECT_PAUSE. The broker away is no error: the state says so, and *more is
 * false. LT_EIO: the file cannot be written (a full disk); what is there stays, and the next step tries again. */
enum lt_err project_step(struct project *project, bool *more);
#define PROJECT_PAUSE \
	500000 /* microseconds between steps that find nothing: a hand-off is seen within 2 s while the copy keeps up */
/* Agencies and mailboxes are asked for with the next step, instead of every ten seconds: something about them is known to have changed. */
void project_look_around(struct project *project);
/* Drops all rows and begins anew with the next step. LT_EIO. */
enum lt_err project_rebuild(struct project *project);
/* Lives as long as the project; changed by each step. */
const struct project_state *project_state(const struct project *project);

#endif
