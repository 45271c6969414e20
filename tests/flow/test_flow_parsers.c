/* test_flow_parsers.c: no outcome of a record hangs on how a library reads certificates and lists: a journal with a changed directory
 * and with revocation lists, one of them refused, is replayed while OpenSSL's readers fail, and gives the same state. */
#include "test.h"

#include "simcut.h"
#include "trust/trust.h"

/* OpenSSL's readers of certificates, lists and signatures (linked with --wrap): while `unread` is set they fail, as those of another
 * version of the library may. */
static bool unread;
void *__real_d2i_X509(void *out, const unsigned char **in, long len);
void *__wrap_d2i_X509(void *out, const unsigned char **in, long len);
void *__wrap_d2i_X509(void *out, const unsigned char **in, long len)
{
	return unread ? NULL : __real_d2i_X509(out, in, len);
}

void *__real_d2i_X509_CRL(void *out, const unsigned char **in, long len);
void *__wrap_d2i_X509_CRL(void *out, const unsigned char **in, long len);
void *__wrap_d2i_X509_CRL(void *out, const unsigned char **in, long len)
{
	return unread ? NULL : __real_d2i_X509_CRL(out, in, len);
}

int __real_ASN1_get_object(const unsigned char **in, long *len, int *tag, int *type, long max);
int __wrap_ASN1_get_object(const unsigned char **in, long *len, int *tag, int *type, long max);
int __wrap_ASN1_get_object(const unsigned char **in, long *len, int *tag, int *type, long max)
{
	return unread ? 0x80 : __real_ASN1_get_object(in, len, tag, type, max);
}

static void define_crl(struct sim *sim, const struct lt_buf *der)
{
	struct lt_command command = { .type = LT_COMMAND_DEFINE };
	struct lt_refusal refusal;
	struct lt_buf bytes = { 0 };
	uint8_t list[32];
	command.u.define = (struct lt_define_command){
		.type = LT_DEFINE_CRL, .data = lt_buf_bytes(der), .operator_name = "tester", .reason = "test"
	};
	assert_int_equal(trust_read_crl(lt_buf_bytes(der), list, &command.u.define.crl, &refusal), 0);
	assert_int_equal(lt_command_encode(&command, &bytes), LT_OK);
	struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&bytes) };
	sim_take(sim, &input);
	sim_run(sim);
	lt_buf_fini(&bytes);
}

static void test_replay_reads_nothing(void **state)
{
	struct simcut cut;
	struct lt_buf early = { 0 }, late = { 0 };
	uint8_t live[32], again[32];
	(void)state;
	simcut_begin(&cut, 1);
	struct sim *sim = cut.sim;
	simcut_make_dossiers(&cut);
	simcut_put_directory(&cut);
	testpki_crl(cut.reform->pki, sim->now - 2 * SIM_DAY, sim->now + 30 * SIM_DAY, &early);
	testpki_crl(cut.reform->pki, sim->now - SIM_DAY, sim->now + 30 * SIM_DAY, &late);
	define_crl(sim, &late);
	define_crl(sim, &early);
	assert_int_equal(rulebook_list_count(sim->rulebook), 1);
	sim_hash(sim, live);
	unread = true;
	sim_rebuild(sim);
	unread = false;
	sim_hash(sim, again);
	assert_memory_equal(live, again, 32);
	simcut_end(&cut);
	lt_buf_fini(&early);
	lt_buf_fini(&late);
}

TEST_MAIN(cmocka_unit_test(test_replay_reads_nothing))
