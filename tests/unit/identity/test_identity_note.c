/* Checkpoints and proofs as texts: the same bytes as those that openssl and a page of Python make of a known key. */
#include "test.h"

#include <lienthong/ledger.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ORIGIN "lienthong.example.vn/000102030405060708090a0b0c0d0e0f"
#define TEXT ORIGIN "\n4711\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ntime 1795478400000000\n"
#define SIGNATURE                                                                                       \
	"\xe2\x80\x94 " ORIGIN                                                                          \
	" EBO/UgcSWzWKDEovQAJmRWXWlLUu60C9j75ln80gY4Jxt0YU7xTNXHzZfW+8mB4dWRmcpNPQzBTyaaWZr4oXfOT4Gwc=" \
	"\n"
#define NOTE TEXT "\n" SIGNATURE
/* Of the secret 01 02 … 20, hexadecimal. */
#define KEY "79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664"
static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
			  "MC4CAQAwBQYDK2VwBCIEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\n"
			  "-----END PRIVATE KEY-----\n";
static uint8_t key[32];
static char folder[] = "/tmp/lienthong-note-XXXXXX";
static char path[64];

static struct lt_bytes bytes_of(const char *text)
{
	return lt_bytes(text, strlen(text));
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/key.pem", folder);
	assert_int_equal(lt_file_write(path, bytes_of(pem), 0600), LT_OK);
	return lt_unhex(KEY, key, 32);
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static struct lt_checkpoint checkpoint(void)
{
	struct lt_checkpoint out = { .origin = ORIGIN, .size = 4711, .time = 1795478400000000 };
	for (uint8_t i = 0; i < 32; i++)
		out.root[i] = i;
	return out;
}

static void signed_as_by_openssl(void **state)
{
	(void)state;
	struct lt_ledger_signer *signer;
	struct lt_checkpoint in = checkpoint(), out;
	struct lt_refusal refusal;
	struct lt_buf note = { 0 };
	assert_int_equal(lt_ledger_signer_open(path, &signer), LT_OK);
	assert_memory_equal(lt_ledger_signer_key(signer), key, 32);
	assert_int_equal(lt_checkpoint_sign(signer, &in, &note), LT_OK);
	assert_int_equal(note.len, strlen(NOTE));
	assert_memory_equal(note.data, NOTE, note.len);
	assert_int_equal(lt_checkpoint_verify(lt_buf_bytes(&note), key, &out, &refusal), LT_REASON_NONE);
	assert_string_equal(out.origin, ORIGIN);
	assert_int_equal(out.size, 4711);
	assert_int_equal(out.time, in.time);
	assert_memory_equal(out.root, in.root, 32);
	lt_buf_fini(&note);
	lt_ledger_signer_free(signer);
}

/* Every bit of a note is under the signature, or is the signature. */
static void no_bit_may_change(void **state)
{
	(void)state;
	char note[] = NOTE;
	struct lt_checkpoint out;
	struct lt_refusal refusal;
	for (size_t bit = 0; bit < 8 * strlen(NOTE); bit++) {
		note[bit / 8] ^= (char)(1 << (bit % 8));
		if (lt_checkpoint_verify(lt_bytes(note, strlen(NOTE)), key, &out, &refusal) == LT_REASON_NONE)
			fail_msg("bit %zu", bit);
		assert_int_equal(refusal.reason, LT_CHECKPOINT_INVALID);
		note[bit / 8] ^= (char)(1 << (bit % 8));
	}
	for (size_t len = 0; len < strlen(NOTE); len++)
		assert_int_equal(lt_checkpoint_verify(lt_bytes(NOTE, len), key, &out, &refusal), LT_CHECKPOINT_INVALID);
	uint8_t other[32] = { 7 };
	assert_int_equal(lt_checkpoint_verify(bytes_of(NOTE), other, &out, &refusal), LT_CHECKPOINT_INVALID);
}

/* A witness's signature, before ours and behind it: ignored. */
static void other_signatures(void **state)
{
	(void)state;
	struct lt_checkpoint out;
	struct lt_refusal refusal;
	static const char other[] = "\xe2\x80\x94 witness.example mJirIklj\n";
	char note[1024];
	snprintf(note, sizeof note, "%s\n%s%s%s", TEXT, other, SIGNATURE, other);
	assert_int_equal(lt_checkpoint_verify(bytes_of(note), key, &out, &refusal), LT_REASON_NONE);
	snprintf(note, sizeof note, "%s\n%s", TEXT, other);
	assert_int_equal(lt_checkpoint_verify(bytes_of(note), key, &out, &refusal), LT_CHECKPOINT_INVALID);
}

static void texts_that_are_none(void **state)
{
	(void)state;
	static const char *const none[] = {
		"",
		"\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n",
		"a b\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n",
		"a+b\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n",
		"a\n01\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n",
		"a\n-1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n",
		"a\n18446744073709551616\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n",
		"a\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n\n",
		"a\n1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ntime 1\ntime 2\n\n",
	};
	struct lt_checkpoint out;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_int_equal(lt_checkpoint_parse(bytes_of(none[i]), &out), LT_EPARSE);
	assert_int_equal(lt_checkpoint_parse(bytes_of("a\n18446744073709551615\n"
						      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nmore\n\n"),
					     &out),
			 LT_OK);
	assert_true(out.size == UINT64_MAX && out.time == 0);
}

static void proofs(void **state)
{
	(void)state;
	static const char text[] = "c2sp.org/tlog-proof@v1\nextra AQID\nindex 4710\n"
				   "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n" NOTE;
	struct lt_ledger_proof proof;
	struct lt_buf out = { 0 };
	assert_int_equal(lt_ledger_proof_parse(bytes_of(text), &proof), LT_OK);
	assert_int_equal(proof.index, 4710);
	assert_int_equal(proof.path_count, 1);
	assert_int_equal(proof.path[0][31], 31);
	assert_true(proof.extra_len == 3 && proof.extra[2] == 3);
	assert_true(lt_bytes_equal(proof.checkpoint, bytes_of(NOTE)));
	assert_int_equal(lt_ledger_proof_text(&proof, &out), LT_OK);
	assert_true(lt_bytes_equal(lt_buf_bytes(&out), bytes_of(text)));
	for (size_t len = 0; len < sizeof text - 1 - strlen(NOTE); len++)
		assert_int_equal(lt_ledger_proof_parse(lt_bytes(text, len), &proof), LT_EPARSE);
	lt_buf_fini(&out);
}

static void keys(void **state)
{
	(void)state;
	struct lt_ledger_signer *signer;
	uint8_t made[32];
	char other[64];
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(lt_ledger_signer_open(path, &signer), LT_EDENIED);
	assert_int_equal(chmod(path, 0600), 0);
	snprintf(other, sizeof other, "%s/new.pem", folder);
	assert_int_equal(lt_ledger_key_new(other, made), LT_OK);
	assert_int_equal(lt_ledger_signer_open(other, &signer), LT_OK);
	assert_memory_equal(lt_ledger_signer_key(signer), made, 32);
	lt_ledger_signer_free(signer);
	assert_int_equal(lt_file_write(other, bytes_of("no key"), 0600), LT_OK);
	assert_int_equal(lt_ledger_signer_open(other, &signer), LT_EPARSE);
	unlink(other);
}

TEST_MAIN_AROUND(set_up, tear_down, cmocka_unit_test(signed_as_by_openssl), cmocka_unit_test(no_bit_may_change),
		 cmocka_unit_test(other_signatures), cmocka_unit_test(texts_that_are_none), cmocka_unit_test(proofs),
		 cmocka_unit_test(keys))
