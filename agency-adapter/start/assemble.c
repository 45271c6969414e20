/* assemble.c: puts the parts together and takes them apart. */
#include "assemble.h"

#include "link/link_thread.h"
#include "mail/history/comeback.h"

#include "program/log.h"

#include <lienthong/time.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CERT_MAX (64u * 1024u) /* of the pinned registrar certificate's DER */
#define ARENA_MAX (256u * 1024u)

static enum lt_err make_folder(const char *path, char *error, size_t error_size)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return LT_OK;
	snprintf(error, error_size, "%s: %s", path, strerror(errno));
	return LT_EIO;
}

static enum lt_err open_agencies(struct adapter *adapter, const struct adapter_options *options, char *error,
				 size_t error_size)
{
	if (options->agency_count == 0 || options->agency_count > LINK_AGENCIES_MAX) {
		snprintf(error, error_size, "1 to %u agencies are needed", LINK_AGENCIES_MAX);
		return LT_EINVAL;
	}
	adapter->speaker.agencies = calloc(options->agency_count, sizeof(*adapter->speaker.agencies));
	if (!adapter->speaker.agencies)
		return LT_ENOMEM;
	for (size_t i = 0; i < options->agency_count; i++) {
		const struct adapter_agency *from = &options->agencies[i];
		struct speaker_agency *to = &adapter->speaker.agencies[i];
		if (!lt_agency_code_valid(from->code)) {
			snprintf(error, error_size, "agency %s: not a canonical agency code", from->code);
			return LT_EINVAL;
		}
		memcpy(to->code, from->code, strlen(from->code) + 1);
		to->sign_each = from->sign_each;
		adapter->speaker.agency_count = i + 1;
		struct lt_signer *signer = NULL;
		enum lt_err err = lt_signer_open(from->key, from->cert, from->pss, &signer);
		if (!err)
			speaker_take_signer(to, signer);
		if (!err)
			err = lt_signer_open(from->key, from->cert, from->pss, &adapter->link_signers[i]);
		if (!err)
			err = lt_cert_new(lt_signer_certificate(to->signer), &adapter->own_certs[i]);
		memcpy(adapter->renewed[i], to->certificate, sizeof(adapter->renewed[i]));
		if (err) {
			snprintf(error, error_size, "agency %s: key %s, certificate %s: %s", from->code, from->key,
				 from->cert, lt_signer_why(err));
			return err;
		}
	}
	return LT_OK;
}

/* Two certificates in the registrar's file would leave open which one is trusted. */
static enum lt_err only_der(void *ctx, struct lt_bytes der)
{
	struct lt_buf *out = ctx;
	return out->len || der.len > CERT_MAX ? LT_EPARSE : lt_buf_append(out, der.data, der.len);
}

static void load_directory(struct adapter *adapter, const char *path)
{
	struct lt_buf file = { 0 };
	struct lt_refusal refusal = { 0 };
	if (!path || lt_file_read(path, LT_DIRECTORY_MAX + LT_DIRECTORY_MAX / 64, &file))
		return; /* none yet; it comes over the link */
	if (directory_current_take(adapter->book, lt_buf_bytes(&file), verifier_trust(adapter->verifier),
				   adapter->speaker.now(), &refusal))
		lt_log(LT_LOG_ERROR, "the directory on disk is refused", "path", path, "reason",
		       lt_reason_name(refusal.reason), "detail", refusal.detail, NULL);
	lt_buf_fini(&file);
}

static enum lt_err open_trust(struct adapter *adapter, const struct adapter_options *options, char *error,
			      size_t error_size)
{
	struct lt_buf registrar = { 0 };
	char lists[4096];
	snprintf(lists, sizeof(lists), "%s/lists", options->data);
	struct verify_files files = { .ca = options->ca, .crl = options->crl, .lists = lists };
	enum lt_err err = verifier_new(options->domain, &files, &adapter->verifier, error, error_size);
	if (err)
		return err;
	err = lt_certs_read(options->registrar, only_der, &registrar);
	if (!err)
		err = directory_current_new(lt_buf_bytes(&registrar), options->domain, &adapter->book);
	if (err)
		snprintf(error, error_size, "%s: %s", options->registrar,
			 err == LT_EIO ? strerror(errno) : lt_err_text(err));
	lt_buf_fini(&registrar);
	if (err)
		return err;
	adapter->speaker.book = adapter->book;
	load_directory(adapter, adapter->directory_path);
	load_directory(adapter, options->directory);
	struct directory_page *page = directory_current_ref(adapter->book);
	if (page)
		verifier_directory(adapter->verifier, directory_current_directory(page));
	directory_current_unref(page);
	return LT_OK;
}

static enum lt_err load_received(struct adapter *adapter)
{
	struct vault_tx *tx;
	enum lt_err err = vault_read_begin(adapter->vault, &tx);
	if (err)
		return err;
	for (size_t i = 0; i < adapter->speaker.agency_count && !err; i++) {
		uint64_t number = 0;
		err = inbox_received(tx, adapter->speaker.agencies[i].code, &number);
		atomic_store(&adapter->stored[i], number);
	}
	vault_read_end(tx);
	return err;
}

static enum lt_err open_link(struct adapter *adapter, const struct adapter_options *options)
{
	struct lt_link_agency agencies[LINK_AGENCIES_MAX];
	struct lt_link_options link = {
		.endpoint = options->endpoint,
		.domain = options->domain,
		.key = options->curve,
		.software = "lienthong-adapter/" LT_VERSION,
		.agency_count = options->agency_count,
		.agencies = agencies,
	};
	memcpy(adapter->renewed_curve, options->curve.public_key, sizeof(adapter->renewed_curve));
	memcpy(link.broker_key, options->broker_key, sizeof(link.broker_key));
	memcpy(adapter->broker_keys[0], options->broker_key, 32);
	memcpy(adapter->broker_keys[1], options->broker_next_key, 32);
	adapter->has_next_key = options->has_next_key;
	for (size_t i = 0; i < options->agency_count; i++)
		agencies[i] = (struct lt_link_agency){ .code = adapter->speaker.agencies[i].code,
						       .signer = adapter->link_signers[i] };
	return lt_link_client_new(&link, &link_thread_events, adapter, &adapter->client);
}

/* What waited for a large part is looked at again. */
static void on_moved(void *ctx)
{
	struct adapter *adapter = ctx;
	link_held_again(adapter);
	adapter_wake(adapter);
}

static enum lt_err open_carry(struct adapter *adapter, const struct adapter_options *options)
{
	struct carry_options carry = { .endpoint = options->endpoint,
				       .key = options->curve,
				       .files = adapter->files,
				       .vault = adapter->vault,
				       .now = adapter->speaker.now,
				       .moved = on_moved,
				       .ctx = adapter };
	memcpy(carry.broker_key, options->broker_key, sizeof(carry.broker_key));
	return carry_new(&carry, &adapter->carry);
}

static int64_t boottime(void)
{
	struct timespec at;
	LT_ASSERT(clock_gettime(CLOCK_BOOTTIME, &at) == 0);
	return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static enum lt_err open_all(struct adapter *adapter, const struct adapter_options *options, char *error, size_t size)
{
	adapter->speaker.now = options->now ? options->now : lt_time_now;
	adapter->clock.boot = boottime;
	adapter->speaker.clock = &adapter->clock;
	adapter->inbox_keep = options->inbox_keep ? options->inbox_keep : INBOX_KEEP_US;
	adapter->outbox_keep = options->outbox_keep ? options->outbox_keep : OUTBOX_KEEP_US;
	char *domain = strdup(options->domain);
	adapter->speaker.domain = domain;
	adapter->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	adapter->housekeeping = housekeeping_new(adapter);
	if (!domain || adapter->wake_fd < 0 || !adapter->housekeeping ||
	    asprintf(&adapter->directory_path, "%s/directory.bin", options->data) < 0)
		return LT_ENOMEM;
	enum lt_err err = make_folder(options->data, error, size);
	if (!err)
		err = open_agencies(adapter, options, error, size);
	if (!err)
		err = open_trust(adapter, options, error, size);
	if (err)
		return err;
	struct vault_limits limits = { .map_bytes = options->map_bytes ? options->map_bytes : ADAPTER_MAP_BYTES,
				       .disk_reserve = options->disk_reserve };
	err = vault_open(options->data, &limits, &adapter->vault);
	for (int i = 0; i < VAULT_TABLES && !err; i++)
		link_check_table(adapter, (enum vault_table)i);
	if (!err)
		err = load_received(adapter);
	if (err)
		snprintf(error, size, "%s/store.mdb: %s%s%s", options->data, lt_err_text(err),
			 err == LT_EIO ? ": " : "", err == LT_EIO ? strerror(errno) : "");
	if (!err)
		err = part_files_open(options->data, limits.disk_reserve, &adapter->files);
	if (!err)
		err = open_carry(adapter, options);
	if (!err)
		err = sender_new(&adapter->sender);
	if (!err)
		err = lt_arena_new(ARENA_MAX, &adapter->arena);
	if (!err) {
		err = open_link(adapter, options);
		if (err)
			snprintf(error, size, "link to %s: %s", options->endpoint, lt_err_text(err));
	}
	return err;
}

enum lt_err adapter_new(const struct adapter_options *options, const struct adapter_events *events, void *ctx,
			struct adapter **out, char *error, size_t error_size)
{
	struct adapter *adapter = calloc(1, sizeof(*adapter));
	if (!adapter)
		return LT_ENOMEM;
	adapter->wake_fd = -1;
	adapter->held_last = &adapter->held_first;
	pthread_mutex_init(&adapter->queries_mutex, NULL);
	pthread_mutex_init(&adapter->own_mutex, NULL);
	if (events)
		adapter->events = *events;
	adapter->ctx = ctx;
	snprintf(error, error_size, "out of memory");
	enum lt_err err = open_all(adapter, options, error, error_size);
	if (err) {
		adapter_free(adapter);
		return err;
	}
	*out = adapter;
	return LT_OK;
}

/* The directory is kept beside the store when a session has brought it. */
static enum lt_err run_begin(void *ctx, struct vault_tx *tx)
{
	struct adapter *adapter = ctx;
	bool met = access(adapter->directory_path, F_OK) == 0;
	bool alone = false;
	enum lt_err err = comeback_begin(tx, adapter->speaker.now(), vault_mark(adapter->vault), met);
	if (!err)
		err = comeback_alone(tx, &alone);
	atomic_store(&adapter->alone, alone);
	return err;
}

enum lt_err adapter_start(struct adapter *adapter)
{
	enum lt_err err = vault_start(adapter->vault);
	if (!err)
		err = vault_run(adapter->vault, run_begin, adapter);
	if (err)
		return err;
	adapter->link_since = adapter->speaker.now();
	if (pthread_create(&adapter->thread, NULL, link_thread_main, adapter) != 0)
		return LT_EIO;
	pthread_setname_np(adapter->thread, "link");
	carry_start(adapter->carry);
	adapter->started = true;
	return LT_OK;
}

void adapter_free(struct adapter *adapter)
{
	if (!adapter)
		return;
	atomic_store(&adapter->stopping, true);
	if (adapter->started) {
		adapter_wake(adapter);
		pthread_join(adapter->thread, NULL);
	}
	if (adapter->carry)
		carry_stop(adapter->carry);
	vault_close(adapter->vault);
	carry_free(adapter->carry);
	part_files_close(adapter->files);
	lt_link_client_free(adapter->client);
	link_drop_held(adapter);
	link_renew_drop(adapter);
	link_ledger_fini(&adapter->ledger);
	sender_free(adapter->sender);
	lt_arena_free(adapter->arena);
	verifier_free(adapter->verifier);
	directory_current_free(adapter->book);
	for (size_t i = 0; i < adapter->speaker.agency_count; i++) {
		lt_signer_free(adapter->speaker.agencies[i].signer);
		lt_signer_free(adapter->link_signers[i]);
		lt_cert_free(adapter->own_certs[i]);
	}
	free(adapter->speaker.agencies);
	free((char *)(uintptr_t)adapter->speaker.domain);
	free(adapter->directory_path);
	housekeeping_free(adapter->housekeeping);
	pthread_mutex_destroy(&adapter->queries_mutex);
	pthread_mutex_destroy(&adapter->own_mutex);
	if (adapter->wake_fd >= 0)
		close(adapter->wake_fd);
	free(adapter);
}
