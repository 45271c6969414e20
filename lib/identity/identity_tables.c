/* identity_tables.c: P-256 for the keys that sign most.
 *
 * To verify is to make u1 G + u2 Q of a generator and a key (SEC 1 section 4.1.4). OpenSSL has a table of multiples of G, and
 * with it the first product takes a sixth of the second. It makes such a table for any generator, and so for Q in the place of
 * one: then a check takes 23 us instead of 42. A table is 150 KiB and takes as long as hundreds of checks: so only
 * keys that sign much have one, for as long as they do.
 *
 * Which ones, is found by counting (Misra and Gries, 1982): a key that has a place counts up; one that has none takes a place
 * that has counted down to nothing, or else counts all down. Who signs more than one part in TABLES_MAX + 1 keeps a place, and
 * where thousands sign in turns nobody gets a table.
 *
 * Arithmetic is OpenSSL's throughout; nothing here is secret. Like identity_direct.c, which asks, it only ever says yes: odd encodings
 * and all that does not hold are left to EVP_PKEY_verify. */
#define OPENSSL_SUPPRESS_DEPRECATED /* EC_GROUP_precompute_mult: 3.0 says it is no longer needed, which it is for G alone */
#include "identity_internal.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <string.h>

enum {
	COUNT_MAX = 2 * IDENTITY_TABLE_AFTER, /* a key that has stopped goes after so many signatures of others */
	SCALAR_LEN = 32,
};

static struct identity_table *place_of(struct identity_tables *tables, const uint8_t sha256[32])
{
	struct identity_table *free_place = NULL;
	for (size_t i = 0; i < IDENTITY_TABLES_MAX; i++) {
		struct identity_table *table = &tables->tables[i];
		if (table->count == 0)
			free_place = table;
		else if (memcmp(table->sha256, sha256, 32) == 0)
			return table;
	}
	if (free_place) {
		EC_GROUP_free(free_place->group);
		memcpy(free_place->sha256, sha256, 32);
		free_place->group = NULL;
		return free_place;
	}
	for (size_t i = 0; i < IDENTITY_TABLES_MAX; i++)
		tables->tables[i].count--;
	return NULL;
}

/* P-256 with the key in the generator's place, and the table of its multiples; NULL: not to be had. */
static EC_GROUP *make_group(const struct lt_cert *cert, BN_CTX *ctx)
{
	uint8_t encoded[1 + 2 * SCALAR_LEN];
	size_t len;
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	bool made = point &&
		    EVP_PKEY_get_octet_string_param(X509_get0_pubkey(cert->x509), "pub", encoded, sizeof encoded,
						    &len) == 1 &&
		    EC_POINT_oct2point(group, point, encoded, len, ctx) == 1 &&
		    EC_GROUP_set_generator(group, point, EC_GROUP_get0_order(group), BN_value_one()) == 1 &&
		    EC_GROUP_precompute_mult(group, ctx) == 1;
	EC_POINT_free(point);
	if (made)
		return group;
	EC_GROUP_free(group);
	ERR_clear_error();
	return NULL;
}

static bool prepare(struct identity_tables *tables)
{
	if (tables->ctx)
		return true;
	tables->curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	tables->sum = tables->curve ? EC_POINT_new(tables->curve) : NULL;
	tables->product = tables->curve ? EC_POINT_new(tables->curve) : NULL;
	tables->ctx = tables->sum && tables->product ? BN_CTX_new() : NULL;
	if (!tables->ctx)
		identity_tables_fini(tables);
	return tables->ctx != NULL;
}

/* The key's group, when it signs often enough. */
static const EC_GROUP *group_of(struct identity_tables *tables, const struct lt_cert *cert)
{
	struct identity_table *table = place_of(tables, cert->sha256);
	if (!table)
		return NULL;
	if (table->count < COUNT_MAX)
		table->count++;
	if (!table->group && table->count == IDENTITY_TABLE_AFTER && prepare(tables))
		table->group = make_group(cert, tables->ctx);
	return table->group;
}

/* A positive INTEGER in its shortest form, 0 < it < order. */
static bool take_scalar(struct lt_bytes *rest, const BIGNUM *order, BIGNUM *out)
{
	uint8_t tag;
	struct lt_bytes body;
	if (!identity_der_next(rest, &tag, &body) || tag != V_ASN1_INTEGER || body.len == 0 ||
	    body.len > SCALAR_LEN + 1 || body.data[0] >= 0x80)
		return false;
	if (body.data[0] == 0 && (body.len == 1 || body.data[1] < 0x80))
		return false;
	return BN_bin2bn(body.data, (int)body.len, out) && BN_cmp(out, order) < 0;
}

/* Ecdsa-Sig-Value (RFC 3279 section 2.2.3). */
static bool read_signature(struct lt_bytes der, const BIGNUM *order, BIGNUM *r, BIGNUM *s)
{
	uint8_t tag;
	struct lt_bytes body;
	return identity_der_next(&der, &tag, &body) && tag == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) && der.len == 0 &&
	       take_scalar(&body, order, r) && take_scalar(&body, order, s) && body.len == 0;
}

static bool equation_holds(const struct identity_tables *tables, const EC_GROUP *key, const uint8_t digest[32],
			   struct lt_bytes signature)
{
	BN_CTX *ctx = tables->ctx;
	const BIGNUM *order = EC_GROUP_get0_order(tables->curve);
	BIGNUM *r = BN_CTX_get(ctx), *s = BN_CTX_get(ctx), *u1 = BN_CTX_get(ctx), *u2 = BN_CTX_get(ctx),
	       *x = BN_CTX_get(ctx);
	return x && read_signature(signature, order, r, s) && BN_mod_inverse(s, s, order, ctx) &&
	       BN_bin2bn(digest, SCALAR_LEN, u1) && BN_mod_mul(u1, u1, s, order, ctx) &&
	       BN_mod_mul(u2, r, s, order, ctx) && EC_POINT_mul(tables->curve, tables->sum, u1, NULL, NULL, ctx) &&
	       EC_POINT_mul(key, tables->product, u2, NULL, NULL, ctx) &&
	       EC_POINT_add(tables->curve, tables->sum, tables->sum, tables->product, ctx) &&
	       !EC_POINT_is_at_infinity(tables->curve, tables->sum) &&
	       EC_POINT_get_affine_coordinates(tables->curve, tables->sum, x, NULL, ctx) &&
	       BN_nnmod(x, x, order, ctx) && BN_cmp(x, r) == 0;
}

bool identity_tables_verify(struct identity_tables *tables, const struct lt_cert *cert, const uint8_t digest[32],
			    struct lt_bytes signature)
{
	if (cert->key != IDENTITY_KEY_P256)
		return false;
	const EC_GROUP *group = group_of(tables, cert);
	if (!group)
		return false;
	BN_CTX_start(tables->ctx);
	bool holds = equation_holds(tables, group, digest, signature);
	BN_CTX_end(tables->ctx);
	if (!holds)
		ERR_clear_error();
	return holds;
}

void identity_tables_fini(struct identity_tables *tables)
{
	for (size_t i = 0; i < IDENTITY_TABLES_MAX; i++)
		EC_GROUP_free(tables->tables[i].group);
	EC_POINT_free(tables->sum);
	EC_POINT_free(tables->product);
	EC_GROUP_free(tables->curve);
	BN_CTX_free(tables->ctx);
	*tables = (struct identity_tables){ 0 };
}
