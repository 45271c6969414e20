/* bench.h: lienthong-bench. Results on standard output, `name<TAB>value<TAB>unit` a line; progress on standard error. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <lienthong/base.h>
#include <lienthong/identity.h>

enum {
	BENCH_AGENCIES = 3,
	BENCH_DOSSIERS = 100000,
	BENCH_BATCH = 256,  /* headers under one signature */
	BENCH_PART = 2048,  /* bytes of the part on a FORWARD */
	BENCH_SECONDS = 20, /* unless the command line says otherwise; a shorter run flatters the disk */
};

_Noreturn void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bench_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bench_print(const char *name, double value, const char *unit);
/* Whether the command line asks for this measurement, a part of it, or all. */
bool bench_wants(const char *name);
int bench_seconds(void);                  /* how long each is measured */
uint64_t bench_count(uint64_t otherwise); /* of growth, lists and console: how many hand-offs, dossiers */
int64_t bench_now(void);                  /* monotonic, microseconds */

/* Latencies in microseconds, one slot each up to a second. One thread writes, or several with the atomic add. */
struct histogram;
struct histogram *histogram_new(void);
void histogram_free(struct histogram *h);
void histogram_add(struct histogram *h, int64_t us);
double histogram_quantile(const struct histogram *h, double q);

/* ---- a sandbox and its broker process ---- */
struct bench_agency {
	char code[40], conf[512], key[512], cert[512], curve[512];
	struct lt_signer *signer;
	struct lt_curve_key curve_key;
};
struct bench_site {
	char folder[256], domain[128], endpoint[128];
	uint8_t broker_key[32];
	struct bench_agency agencies[BENCH_AGENCIES], quiet; /* those that carry the load, and one beside them */
	bool curve;
	int broker; /* pid, 0: not running */
};
enum bench_writer { WRITER_JOURNAL, WRITER_FLUSH, WRITER_LEDGER, BENCH_WRITERS };
extern const char *const bench_writer_names[BENCH_WRITERS]; /* threads of the broker */
struct bench_usage {
	double cpu_us;    /* of the broker */
	double load_us;   /* of the bench */
	uint64_t written; /* bytes, all files */
	uint64_t written_by[BENCH_WRITERS];
};
void site_make(struct bench_site *site, bool curve);
/* The procedure of dossiers that an agency opens: its second leg is the next agency's that carries load, so that a dossier goes there by
 * FORWARD and comes back by RETURN, as often as one likes. */
const char *site_procedure(const char *agency);
double site_start_broker(struct bench_site *site); /* seconds until it serves */
void site_stop_broker(struct bench_site *site, int signal);
void site_remove(struct bench_site *site);
/* A file of the site, and the DER of one with a certificate. */
struct lt_buf site_file(const struct bench_site *site, const char *name);
struct lt_buf site_pem(const struct bench_site *site, const char *name);
struct bench_usage site_usage(const struct bench_site *site);
uint64_t site_written_here(void);                        /* bytes that this process itself has written */
double site_resident_mib(const struct bench_site *site); /* apart from the LMDB map */
/* Mailbox items whose RECEIVED is synced in the journal, since the broker's start (control socket). */
uint64_t site_received(const struct bench_site *site);

/* ---- a bare signature of a P-256 key ---- */
struct raw;
struct raw *raw_new(const char *key_path, struct lt_bytes data);
void raw_free(struct raw *raw);
void raw_verify(struct raw *raw); /* dies when it does not hold */

/* ---- the pre-signed load ---- */
struct load_envelope {
	uint8_t *bytes; /* header, then signature */
	uint32_t header_len, signature_len;
};
enum { LOAD_OPEN = -1 };
/* Steps of a dossier: FORWARD, ACCEPT, FORWARD, ... ; agency i of a step, then its next. */
struct load {
	uint32_t first; /* number of the first dossier: loads on one site after each other have numbers of their own */
	uint32_t dossiers;
	uint32_t steps; /* signed steps in all, dossier by dossier within a round: step = round * dossiers * 2 + ... */
	uint32_t scatter; /* acts follow each other over dossiers this far apart; prime to their number; 1: in order */
	struct load_envelope *opens, *acts;
	uint8_t part[BENCH_PART];
};
/* batch: headers under one signature, 1 for a signature each. An agency's batch is of acts that follow each other. */
void load_sign(struct load *load, const struct bench_site *site, uint32_t first, uint32_t dossiers, uint32_t pairs,
	       uint32_t batch, uint32_t scatter);
uint32_t load_dossier(const struct load *load, uint32_t pair); /* which one a pair of acts is about */
void load_free(struct load *load);
/* One more OPEN, signed by itself: of a dossier that the agency has not opened yet. */
void load_open(const char *domain, const struct bench_agency *agency, uint32_t dossier, struct load_envelope *out);
int load_sender(uint32_t dossier, uint32_t round, bool accept); /* index of the agency that signs it */

/* One load on a running broker: dossiers are opened, then acts are measured for so many seconds from a warm start. */
struct bench_run {
	int window, burst, seconds;
	double pace;                     /* envelopes a second at most; 0: all that it can */
	void (*begun)(void);             /* measuring begins; may be NULL */
	uint64_t resume[BENCH_AGENCIES]; /* mailbox numbers that are received: in and out */
};
struct bench_figures {
	double rate, p50, p99, cpu, load, written, resident;
	double written_by[BENCH_WRITERS];
	uint64_t received; /* of this load in all, also while it warmed up */
};
struct bench_figures bench_measure(struct bench_site *site, struct load *load, struct bench_run *options);

void bench_growth(void);
void bench_lists(void);
void bench_console(void);
void bench_broker(void);
void bench_full(void);
void bench_micro(void);
void bench_engine(void);
void bench_fair(void);

#endif
