/* rulebook.c: directory, trust and suspensions as one immutable snapshot.
 *
 * Admit workers, gate and control need them while the engine changes them. So a change makes a new rulebook, whole,
 * and publishes it once the record that made it is on disk; who holds the old one goes on with it and lets it go.
 * Counted references, no lock on the way of a reader: a number tells whether there is a newer one. What was judged by
 * an older rulebook is judged again before it counts. */
#include "rulebook_internal.h"

#include <stdlib.h>
#include <string.h>

#include "directory/directory_read.h"
#include "program/log.h"

static void made_init(struct made *made)
{
	LT_ASSERT(pthread_mutex_init(&made->lock, NULL) == 0);
}

static void made_fini(struct made *made)
{
	if (made->object)
		made->end(made->object);
	pthread_mutex_destroy(&made->lock);
}

static void directory_unref(struct directory_ref *ref)
{
	if (!ref || atomic_fetch_sub(&ref->refs, 1) != 1)
		return;
	made_fini(&ref->made);
	lt_directory_free(ref->directory);
	lt_buf_fini(&ref->signed_bytes);
	free(ref);
}

struct rulebook *rulebook_ref(struct rulebook *rulebook)
{
	if (rulebook)
		atomic_fetch_add(&rulebook->refs, 1);
	return rulebook;
}

void rulebook_unref(struct rulebook *rulebook)
{
	if (!rulebook || atomic_fetch_sub(&rulebook->refs, 1) != 1)
		return;
	made_fini(&rulebook->made);
	directory_unref(rulebook->directory);
	lt_buf_fini(&rulebook->registrar);
	lt_buf_fini(&rulebook->ca);
	for (size_t i = 0; i < rulebook->crl_count; i++)
		lt_buf_fini(&rulebook->crls[i]);
	free(rulebook->crls);
	free(rulebook->crl_sha256);
	free(rulebook->suspended);
	for (size_t i = 0; i < rulebook->announced_count; i++)
		lt_buf_fini(&rulebook->announced[i].value);
	free(rulebook->announced);
	free(rulebook);
}

/* Reads one length-delimited field of a SignedDirectory; its two fields are both bytes. */
static bool read_field(struct lt_bytes *in, uint8_t *tag, struct lt_bytes *value)
{
	size_t at = 1, len = 0;
	unsigned shift = 0;
	if (in->len < 2)
		return false;
	*tag = in->data[0];
	do {
		if (at == in->len || shift > 28)
			return false;
		len |= (size_t)(in->data[at] & 0x7f) << shift;
		shift += 7;
	} while (in->data[at++] & 0x80);
	if (len > in->len - at)
		return false;
	*value = lt_bytes(in->data + at, len);
	*in = lt_bytes(in->data + at + len, in->len - at - len);
	return true;
}

static bool signed_directory_body(struct lt_bytes bytes, struct lt_bytes *out)
{
	uint8_t tag;
	struct lt_bytes cms;
	return read_field(&bytes, &tag, out) && tag == 0x0a && read_field(&bytes, &tag, &cms) && tag == 0x12 &&
	       bytes.len == 0;
}

static enum lt_reason directory_ref_new(struct lt_bytes signed_directory, const char *domain,
					struct directory_ref **out, struct lt_refusal *refusal)
{
	struct lt_bytes body;
	if (signed_directory.len > LT_DIRECTORY_MAX || !signed_directory_body(signed_directory, &body))
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "not a SignedDirectory");
	struct directory_ref *ref = calloc(1, sizeof(*ref));
	LT_ASSERT(ref);
	atomic_init(&ref->refs, 1);
	made_init(&ref->made);
	enum lt_reason reason = directory_read(body, DIRECTORY_CERTIFICATES_NONE, &ref->directory, refusal);
	if (!reason && strcmp(lt_directory_domain(ref->directory), domain) != 0)
		reason = lt_refuse(refusal, LT_DIRECTORY_INVALID, "domain: %s, this broker is %s",
				   lt_directory_domain(ref->directory), domain);
	ref->body_at = (size_t)(body.data - signed_directory.data);
	ref->body_len = body.len;
	if (!reason && lt_buf_append(&ref->signed_bytes, signed_directory.data, signed_directory.len))
		lt_fatal("out of memory");
	size_t count = reason ? 0 : lt_directory_count(ref->directory);
	for (size_t i = 0; i < count && !ref->broker; i++) {
		const struct lt_agency *agency = lt_directory_at(ref->directory, i);
		ref->broker = agency->level == LT_LEVEL_BROKER ? agency : NULL;
	}
	if (reason)
		directory_unref(ref);
	else
		*out = ref;
	return reason;
}

static enum lt_reason take_directory(struct rulebook *rulebook, const struct rulebook_parts *parts,
				     struct rulebook *previous, struct lt_refusal *refusal)
{
	if (parts->signed_directory.len == 0)
		return LT_REASON_NONE;
	if (previous && previous->directory && parts->directory_version != 0 &&
	    parts->directory_version == previous->directory_version) {
		rulebook->directory = previous->directory;
		atomic_fetch_add(&rulebook->directory->refs, 1);
	} else {
		enum lt_reason reason =
			directory_ref_new(parts->signed_directory, parts->domain, &rulebook->directory, refusal);
		if (reason)
			return reason;
	}
	rulebook->directory_version = lt_directory_version(rulebook->directory->directory);
	if (parts->directory_version != 0 && parts->directory_version != rulebook->directory_version)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "version: %llu, expected %llu",
				 (unsigned long long)rulebook->directory_version,
				 (unsigned long long)parts->directory_version);
	return LT_REASON_NONE;
}

static void keep(struct lt_buf *out, struct lt_bytes bytes)
{
	LT_ASSERT(lt_buf_append(out, bytes.data, bytes.len) == LT_OK);
}

static enum lt_reason take_trust(struct rulebook *rulebook, const struct rulebook_parts *parts,
				 struct lt_refusal *refusal)
{
	if (parts->registrar.len == 0 || parts->ca.len == 0)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "registrar and ca: none");
	keep(&rulebook->registrar, parts->registrar);
	keep(&rulebook->ca, parts->ca);
	rulebook->crls = calloc(parts->crl_count + 1, sizeof(*rulebook->crls));
	rulebook->crl_sha256 = calloc(parts->crl_count + 1, sizeof(*rulebook->crl_sha256));
	LT_ASSERT(rulebook->crls && rulebook->crl_sha256);
	for (size_t i = 0; i < parts->crl_count; i++) {
		lt_sha256(parts->crls[i], rulebook->crl_sha256[i]);
		keep(&rulebook->crls[rulebook->crl_count++], parts->crls[i]);
	}
	return LT_REASON_NONE;
}

static int compare_codes(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void take_suspended(struct rulebook *rulebook, const struct rulebook_parts *parts)
{
	rulebook->suspended = calloc(parts->suspended_count + 1, sizeof(*rulebook->suspended));
	LT_ASSERT(rulebook->suspended);
	for (size_t i = 0; i < parts->suspended_count; i++) {
		size_t len = strlen(parts->suspended[i]);
		LT_ASSERT(len < LT_AGENCY_MAX);
		memcpy(rulebook->suspended[i], parts->suspended[i], len + 1);
	}
	rulebook->suspended_count = parts->suspended_count;
	qsort(rulebook->suspended, rulebook->suspended_count, sizeof(*rulebook->suspended), compare_codes);
}

static void take_announced(struct rulebook *rulebook, const struct rulebook_parts *parts)
{
	rulebook->announced = calloc(parts->announced_count + 1, sizeof(*rulebook->announced));
	LT_ASSERT(rulebook->announced);
	for (size_t i = 0; i < parts->announced_count; i++) {
		struct announced_of *of = &rulebook->announced[rulebook->announced_count++];
		size_t len = strlen(parts->announced[i].code);
		LT_ASSERT(len < LT_AGENCY_MAX);
		memcpy(of->code, parts->announced[i].code, len + 1);
		keep(&of->value, parts->announced[i].value);
		enum lt_err err = announced_read(lt_buf_bytes(&of->value), &of->announced);
		LT_ASSERT(!err);
	}
	qsort(rulebook->announced, rulebook->announced_count, sizeof(*rulebook->announced), compare_codes);
}

enum lt_reason rulebook_new(const struct rulebook_parts *parts, struct rulebook *previous, struct rulebook **out,
			    struct lt_refusal *refusal)
{
	size_t len = strlen(parts->domain);
	if (len == 0 || len >= LT_DOMAIN_MAX)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "domain: 1 to %u bytes", LT_DOMAIN_MAX - 1);
	struct rulebook *rulebook = calloc(1, sizeof(*rulebook));
	LT_ASSERT(rulebook);
	atomic_init(&rulebook->refs, 1);
	made_init(&rulebook->made);
	memcpy(rulebook->domain, parts->domain, len + 1);
	rulebook->trust_version = parts->trust_version;
	rulebook->crl_required = parts->crl_required;
	rulebook->grace = parts->grace;
	rulebook->restoring = parts->restoring;
	enum lt_reason reason = take_directory(rulebook, parts, previous, refusal);
	if (!reason)
		reason = take_trust(rulebook, parts, refusal);
	if (reason) {
		rulebook_unref(rulebook);
		return reason;
	}
	take_suspended(rulebook, parts);
	take_announced(rulebook, parts);
	*out = rulebook;
	return LT_REASON_NONE;
}

const char *rulebook_domain(const struct rulebook *rulebook)
{
	return rulebook->domain;
}

uint64_t rulebook_directory_version(const struct rulebook *rulebook)
{
	return rulebook->directory_version;
}

uint64_t rulebook_trust_version(const struct rulebook *rulebook)
{
	return rulebook->trust_version;
}

const struct lt_directory *rulebook_directory(const struct rulebook *rulebook)
{
	return rulebook->directory ? rulebook->directory->directory : NULL;
}

struct lt_bytes rulebook_signed_directory(const struct rulebook *rulebook)
{
	return rulebook->directory ? lt_buf_bytes(&rulebook->directory->signed_bytes) : (struct lt_bytes){ 0 };
}

struct lt_bytes rulebook_directory_body(const struct rulebook *rulebook)
{
	const struct directory_ref *ref = rulebook->directory;
	return ref ? lt_bytes(ref->signed_bytes.data + ref->body_at, ref->body_len) : (struct lt_bytes){ 0 };
}

struct lt_bytes rulebook_registrar(const struct rulebook *rulebook)
{
	return lt_buf_bytes(&rulebook->registrar);
}

struct lt_bytes rulebook_ca(const struct rulebook *rulebook)
{
	return lt_buf_bytes(&rulebook->ca);
}

int64_t rulebook_grace(const struct rulebook *rulebook)
{
	return rulebook->grace;
}

bool rulebook_crl_required(const struct rulebook *rulebook)
{
	return rulebook->crl_required;
}

void *rulebook_made(struct rulebook *rulebook, enum rulebook_slot slot, void *(*make)(struct rulebook *rulebook),
		    void (*end)(void *made))
{
	LT_ASSERT(slot == RULEBOOK_WHOLE || rulebook->directory);
	struct made *made = slot == RULEBOOK_WHOLE ? &rulebook->made : &rulebook->directory->made;
	pthread_mutex_lock(&made->lock);
	if (!made->object) {
		made->object = make(rulebook);
		made->end = end;
	}
	void *object = made->object;
	pthread_mutex_unlock(&made->lock);
	return object;
}

bool rulebook_restoring(const struct rulebook *rulebook)
{
	return rulebook->restoring;
}

size_t rulebook_list_count(const struct rulebook *rulebook)
{
	return rulebook->crl_count;
}

struct lt_bytes rulebook_list(const struct rulebook *rulebook, size_t index)
{
	return lt_buf_bytes(&rulebook->crls[index]);
}

const uint8_t *rulebook_list_sha256(const struct rulebook *rulebook, size_t index)
{
	return rulebook->crl_sha256[index];
}

const struct lt_agency *rulebook_agency(const struct rulebook *rulebook, const char *code)
{
	return rulebook->directory ? lt_directory_find(rulebook->directory->directory, code) : NULL;
}

const struct lt_agency *rulebook_broker(const struct rulebook *rulebook)
{
	return rulebook->directory ? rulebook->directory->broker : NULL;
}

bool rulebook_suspended(const struct rulebook *rulebook, const char *code)
{
	return rulebook->suspended_count > 0 && bsearch(code, rulebook->suspended, rulebook->suspended_count,
							sizeof(*rulebook->suspended), compare_codes) != NULL;
}

const struct announced *rulebook_announced(const struct rulebook *rulebook, const char *code)
{
	const struct announced_of *of = rulebook->announced_count == 0
						? NULL
						: bsearch(code, rulebook->announced, rulebook->announced_count,
							  sizeof(*rulebook->announced), compare_codes);
	return of ? &of->announced : NULL;
}

size_t rulebook_announced_count(const struct rulebook *rulebook)
{
	return rulebook->announced_count;
}

const struct announced *rulebook_announced_at(const struct rulebook *rulebook, size_t index, const char **code)
{
	*code = rulebook->announced[index].code;
	return &rulebook->announced[index].announced;
}

/* ---- the one in force, for other threads ---- */

void rulebook_current_init(struct rulebook_current *current)
{
	*current = (struct rulebook_current){ 0 };
	LT_ASSERT(pthread_mutex_init(&current->lock, NULL) == 0);
}

void rulebook_current_fini(struct rulebook_current *current)
{
	if (!current)
		return;
	if (current->rulebook)
		rulebook_unref(current->rulebook);
	pthread_mutex_destroy(&current->lock);
}

void rulebook_current_put(struct rulebook_current *current, struct rulebook *rulebook)
{
	pthread_mutex_lock(&current->lock);
	struct rulebook *before = current->rulebook;
	current->rulebook = rulebook_ref(rulebook);
	atomic_fetch_add(&current->number, 1);
	pthread_mutex_unlock(&current->lock);
	if (before)
		rulebook_unref(before);
}

bool rulebook_current_refresh(struct rulebook_current *current, struct rulebook **mine, uint64_t *seen)
{
	if (atomic_load(&current->number) == *seen)
		return false;
	pthread_mutex_lock(&current->lock);
	struct rulebook *before = *mine;
	*mine = rulebook_ref(current->rulebook);
	*seen = atomic_load(&current->number);
	pthread_mutex_unlock(&current->lock);
	if (before)
		rulebook_unref(before);
	return true;
}
