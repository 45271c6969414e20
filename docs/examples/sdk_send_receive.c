/* sdk_send_receive.c: two agencies and a broker with liblienthong: one opens a dossier at the other, with one part; the other
 * verifies what arrives, keeps it on its disk, says so, and asks where the dossier stands. C11, and C++17 as it is.
 *
 *   cc -std=c11 sdk_send_receive.c $(pkg-config --cflags --libs lienthong) -o sdk_send_receive
 *   ./sdk_send_receive SANDBOX tcp://ADDRESS:PORT SENDER RECEIVER OUT
 *
 * `lienthong sandbox DIR` makes SANDBOX; its broker.conf has the endpoint. OUT is the file that takes the part. A real system
 * keeps header and signature too, and lets a person decide what to answer; a client of its own thread serves each. */
#include <stdio.h>
#include <string.h>

#include <lienthong/directory.h>
#include <lienthong/dossier.h>
#include <lienthong/envelope.h>
#include <lienthong/identity.h>
#include <lienthong/link.h>
#include <lienthong/time.h>

#define DOMAIN "lienthong.sandbox.vn"
#define POLL_MS 100
#define WAIT_US (30 * INT64_C(1000000))

/* What this program knows; every callback gets it. */
struct office {
	const char *sandbox, *out;
	char sender[LT_AGENCY_MAX], receiver[LT_AGENCY_MAX];
	struct lt_cert *registrar;
	struct lt_trust *trust;
	struct lt_directory *directory; /* NULL until it has come over the link */
	struct lt_arena *arena;
	struct lt_link_client *client; /* the receiver's; NULL until then */
	uint64_t on_disk;              /* the highest mailbox number of the receiver that is on disk */
	char dossier[LT_DOSSIER_MAX];  /* what we have opened */
	bool admitted, received, shown, failed;
};

static const char *path_of(const struct office *office, const char *agency, const char *name)
{
	static char path[4096];
	snprintf(path, sizeof path, "%s/%s%s/%s", office->sandbox, *agency ? "adapters/" : "", agency, name);
	return path;
}

static void fail(struct office *office, const char *what, const char *why)
{
	fprintf(stderr, "sdk_send_receive: %s: %s\n", what, why);
	office->failed = true;
}

/* ---- trust: the registrar's certificate and the CA are pinned here; the directory comes over the link ---- */
static enum lt_err load_trust(struct office *office)
{
	char ca[512];
	enum lt_err err = lt_cert_read(path_of(office, "", "registrar/registrar.pem"), &office->registrar);
	snprintf(ca, sizeof ca, "%s", path_of(office, "", "ca/ca.pem"));
	return err ? err : lt_trust_load(ca, path_of(office, "", "ca/crl.der"), &office->trust);
}

static void on_directory(void *ctx, uint64_t version, struct lt_bytes bytes)
{
	struct office *office = (struct office *)ctx;
	struct lt_refusal refusal;
	memset(&refusal, 0, sizeof refusal);
	enum lt_reason reason = lt_trust_check(office->trust, office->registrar, lt_time_now(), true, &refusal);
	if (!reason)
		reason = lt_directory_open(bytes, office->registrar, &office->directory, &refusal);
	if (reason)
		fail(office, "the directory", refusal.detail);
	else
		printf("directory %llu: %zu agencies\n", (unsigned long long)version,
		       lt_directory_count(office->directory));
}

/* ---- sending ---- */
static enum lt_err build(struct office *office, struct lt_bytes part, struct lt_buf *out)
{
	struct lt_recipient to;
	struct lt_part_info info;
	struct lt_header header;
	struct lt_refusal refusal;
	memset(&to, 0, sizeof to);
	memset(&info, 0, sizeof info);
	memset(&header, 0, sizeof header);
	memset(&refusal, 0, sizeof refusal);
	memcpy(to.agency, office->receiver, sizeof to.agency);
	info.name = "to-khai.json";
	info.media_type = "application/json";
	info.size = part.len;
	lt_sha256(part, info.sha256);
	header.domain = DOMAIN;
	header.kind = LT_KIND_OPEN;
	memcpy(header.sender, office->sender, sizeof header.sender);
	header.to_count = 1;
	header.to = &to;
	strcpy(header.procedure, "1.010828");
	header.procedure_version = 1;
	header.received = true; /* else it is registered, and the one-stop answers by RECEIVE or REJECT */
	header.sent_at = lt_time_now();
	header.reason = "";
	header.subject = "Đề nghị cấp giấy xác nhận";
	header.part_count = 1;
	header.parts = &info;
	enum lt_err err = lt_uuid_new(header.id);
	if (!err) /* a real system counts its dossiers */
		err = lt_dossier_code_make(office->sender, header.sent_at, (uint32_t)(header.sent_at % 10000000),
					   header.dossier);
	memcpy(office->dossier, header.dossier, sizeof office->dossier);
	if (!err)
		err = lt_header_encode(&header, out, &refusal);
	if (refusal.reason)
		fprintf(stderr, "header: %s: %s\n", lt_reason_name(refusal.reason), refusal.detail);
	return err;
}

static enum lt_err send_open(struct office *office, struct lt_link_client *client, struct lt_signer *signer)
{
	static const char text[] = "{\"hoTen\":\"Nguyễn Văn An\"}";
	struct lt_bytes part = lt_bytes(text, strlen(text));
	struct lt_buf header, signature;
	memset(&header, 0, sizeof header);
	memset(&signature, 0, sizeof signature);
	enum lt_err err = build(office, part, &header);
	if (!err)
		err = lt_signer_header(signer, lt_buf_bytes(&header), &signature);
	if (!err) {
		struct lt_envelope envelope = { lt_buf_bytes(&header), lt_buf_bytes(&signature), 1, &part };
		err = lt_link_client_submit(client, &envelope, 1);
	}
	lt_buf_fini(&signature);
	lt_buf_fini(&header);
	return err;
}

/* ADMITTED: it is on the broker's disk. Until then, after a loss of the link, the same envelope is submitted again. */
static void on_answers(void *ctx, const struct lt_link_answer *answers, size_t count)
{
	struct office *office = (struct office *)ctx;
	for (size_t i = 0; i < count; i++) {
		if (answers[i].reason) {
			fail(office, lt_reason_name(answers[i].reason), answers[i].detail);
			continue;
		}
		office->admitted = true;
		printf("ADMITTED as record %llu\n", (unsigned long long)answers[i].sequence);
	}
}

/* ---- receiving ---- */
/* What a receiver does with bytes that it has no reason to believe: form, who, certificate, signature, parts. */
static enum lt_reason verify(struct office *office, const struct lt_link_item *item, struct lt_header *header,
			     struct lt_refusal *refusal)
{
	const struct lt_cert *used = NULL;
	enum lt_reason reason = lt_header_parse(item->envelope.header, office->arena, header, refusal);
	if (reason)
		return reason;
	const struct lt_agency *sender = lt_directory_find(office->directory, header->sender);
	if (!sender || strcmp(header->domain, DOMAIN) != 0)
		return lt_refuse(refusal, LT_SENDER_UNKNOWN, "%s", header->sender);
	reason = lt_signature_verify(item->envelope.signature, item->envelope.header,
				     (const struct lt_cert *const *)sender->certs, sender->cert_count, &used, refusal);
	if (!reason)
		reason = lt_trust_check(office->trust, used, item->time, true, refusal);
	if (!reason && !item->parts_elided)
		reason = lt_envelope_check_parts(header, &item->envelope, refusal);
	return reason;
}

static void take(struct office *office, const struct lt_link_item *item)
{
	struct lt_header header;
	struct lt_refusal refusal;
	memset(&refusal, 0, sizeof refusal);
	lt_arena_reset(office->arena);
	enum lt_reason reason = verify(office, item, &header, &refusal);
	if (reason) {
		fail(office, lt_reason_name(reason), refusal.detail);
		return;
	}
	printf("%s of %s from %s, signature and %zu part(s) good\n", lt_kind_name(header.kind), header.dossier,
	       header.sender, header.part_count);
	/* On disk first, then RECEIVED: the broker may forget what has been received. */
	enum lt_err err =
		item->envelope.part_count == 1 ? lt_file_write(office->out, item->envelope.parts[0], 0600) : LT_OK;
	if (!err) {
		office->on_disk = item->number;
		err = lt_link_client_received(office->client, item->agency, item->number);
	}
	/* Older items come first: we begin at 0, a real system at what it has. */
	if (!err && strcmp(header.dossier, office->dossier) == 0) {
		office->received = true;
		err = lt_link_client_query(office->client, item->agency, header.dossier, item->sequence, 1);
	}
	if (err)
		fail(office, office->out, lt_err_text(err));
}

static void on_deliver(void *ctx, const struct lt_link_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take((struct office *)ctx, &items[i]);
}

static uint64_t on_resume(void *ctx, const char *agency)
{
	struct office *office = (struct office *)ctx;
	return strcmp(agency, office->receiver) == 0 ? office->on_disk : 0;
}

static void on_query(void *ctx, uint64_t token, const struct lt_refusal *why, uint64_t sequence,
		     const struct lt_dossier_view *dossier, const struct lt_ledger_view *ledger,
		     const struct lt_dossiers_view *dossiers)
{
	struct office *office = (struct office *)ctx;
	(void)token, (void)sequence, (void)ledger, (void)dossiers;
	office->shown = true;
	if (why->reason || !dossier || dossier->branch_count == 0) {
		fail(office, lt_reason_name(why->reason), why->detail);
		return;
	}
	const struct lt_branch_view *branch = &dossier->branches[0];
	printf("status %u, %s by %s%s%s\n", dossier->status, branch->custody == LT_CUSTODY_OFFERED ? "offered" : "held",
	       branch->holder, *branch->offered_to ? " to " : "", branch->offered_to);
}

static void on_bye(void *ctx, const struct lt_refusal *why)
{
	if (why->reason)
		fail((struct office *)ctx, lt_reason_name(why->reason), why->detail);
}

/* ---- the two links ---- */
static enum lt_err connect_as(struct office *office, const char *endpoint, const char *code, struct lt_signer **signer,
			      struct lt_link_client **client)
{
	char key[4096];
	struct lt_link_agency agency;
	struct lt_link_options options;
	struct lt_link_events events;
	memset(&options, 0, sizeof options);
	memset(&events, 0, sizeof events);
	snprintf(key, sizeof key, "%s", path_of(office, code, "key.pem"));
	enum lt_err err = lt_signer_open(key, path_of(office, code, "cert.pem"), false, signer);
	if (!err)
		err = lt_curve_load(path_of(office, code, "curve.secret"), &options.key);
	if (!err)
		err = lt_curve_load_public(path_of(office, "", "broker/curve.public"), options.broker_key);
	if (err)
		return err;
	agency.code = code;
	agency.signer = *signer;
	options.endpoint = endpoint;
	options.domain = DOMAIN;
	options.agency_count = 1;
	options.agencies = &agency;
	events.resume = on_resume;
	events.answers = on_answers;
	if (strcmp(code, office->receiver) == 0)
		events.deliver = on_deliver;
	events.directory = on_directory;
	events.query = on_query;
	events.bye = on_bye;
	return lt_link_client_new(&options, &events, office, client);
}

/* Asks for the directory first, by the sender's link: the receiver cannot believe anything before it is here. */
static void step(struct office *office, const char *endpoint, struct lt_link_client *sender, struct lt_signer **signers)
{
	static bool asked, sent;
	enum lt_err err = LT_OK;
	if (!asked && lt_link_client_ready(sender)) {
		asked = true;
		err = lt_link_client_directory(sender);
	} else if (office->directory && !office->client) {
		err = connect_as(office, endpoint, office->receiver, &signers[1], &office->client);
	} else if (!sent && office->client && lt_link_client_ready(office->client) && lt_link_client_ready(sender)) {
		sent = true;
		err = send_open(office, sender, signers[0]);
	}
	if (err)
		fail(office, "the link", lt_err_text(err));
}

static void run(struct office *office, const char *endpoint, struct lt_link_client *sender, struct lt_signer **signers)
{
	int64_t end = lt_time_now() + WAIT_US;
	while (!office->failed && !(office->admitted && office->received && office->shown)) {
		step(office, endpoint, sender, signers);
		if (lt_link_client_poll(sender, -1, POLL_MS) ||
		    (office->client && lt_link_client_poll(office->client, -1, POLL_MS)))
			fail(office, "the link", lt_err_text(LT_ECLOSED));
		if (lt_time_now() > end)
			fail(office, "the broker", lt_err_text(LT_ETIMEOUT));
	}
}

int main(int argc, char **argv)
{
	struct office office;
	struct lt_link_client *sender = NULL;
	struct lt_signer *signers[2] = { NULL, NULL };
	memset(&office, 0, sizeof office);
	if (argc != 6 || strlen(argv[3]) >= LT_AGENCY_MAX || strlen(argv[4]) >= LT_AGENCY_MAX) {
		fprintf(stderr, "usage: sdk_send_receive SANDBOX ENDPOINT SENDER RECEIVER OUT\n");
		return 64;
	}
	office.sandbox = argv[1];
	strcpy(office.sender, argv[3]);
	strcpy(office.receiver, argv[4]);
	office.out = argv[5];
	printf("liblienthong %s\n", lt_version());
	enum lt_err err = lt_arena_new(1 << 20, &office.arena);
	if (!err)
		err = load_trust(&office);
	if (!err)
		err = connect_as(&office, argv[2], office.sender, &signers[0], &sender);
	if (err)
		fail(&office, "start", lt_err_text(err));
	else
		run(&office, argv[2], sender, signers);
	lt_link_client_free(sender);
	lt_link_client_free(office.client);
	lt_signer_free(signers[0]);
	lt_signer_free(signers[1]);
	lt_directory_free(office.directory);
	lt_cert_free(office.registrar);
	lt_trust_free(office.trust);
	lt_arena_free(office.arena);
	return office.failed ? 1 : 0;
}
