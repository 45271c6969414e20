/* sim_genesis.c: what a new broker is given: registrar, CA, directory, procedure. */
#include "sim_internal.h"

#include <string.h>

#include "testpki.h"
#include "record/definitions.h"
#include "record/record.h"

const char *const sim_codes[SIM_AGENCIES] = { "H37.02.01", "H37.02", "H37.14", "G09.20", "H38.14" };

static void keep(struct lt_buf *buf, struct lt_bytes bytes)
{
	assert_int_equal(lt_buf_append(buf, bytes.data, bytes.len), LT_OK);
}

static void make_directory(struct sim *sim, struct testpki *pki, struct lt_signer *registrar)
{
	static char names[SIM_AGENCIES][32];
	uint8_t keys[SIM_AGENCIES][1][32];
	struct lt_cert *certs[SIM_AGENCIES];
	struct lt_agency agencies[SIM_AGENCIES];
	char received[SIM_AGENCIES][2][LT_AGENCY_MAX] = { 0 };
	char old_codes[2][LT_AGENCY_MAX] = { "000.00.02.H37", "H37.2" };
	struct lt_refusal refusal;
	memset(agencies, 0, sizeof(agencies));
	for (int i = 0; i < SIM_AGENCIES; i++) {
		memset(keys[i], 0x10 + i, 32);
		memcpy(names[i], "agency", 7);
		certs[i] = testpki_cert(testpki_issue(pki, sim_codes[i], NULL));
		agencies[i].name = names[i];
		agencies[i].name_en = names[i];
		agencies[i].level = LT_LEVEL_DEPARTMENT;
		agencies[i].cert_count = 1;
		agencies[i].certs = &certs[i];
		agencies[i].curve_count = 1;
		agencies[i].curve_keys = keys[i];
		memcpy(agencies[i].code, sim_codes[i], strlen(sim_codes[i]) + 1);
	}
	/* Any of them opens dossiers under the codes of commune and district, as the tests please. */
	strcpy(agencies[COMMUNE].parent, sim_codes[DISTRICT]);
	agencies[DISTRICT].aliases = old_codes;
	agencies[DISTRICT].alias_count = 2;
	for (int i = DISTRICT; i < SIM_AGENCIES; i++) {
		strcpy(received[i][0], sim_codes[COMMUNE]);
		strcpy(received[i][1], sim_codes[DISTRICT]);
		agencies[i].receives_for = received[i];
		agencies[i].receives_count = i == DISTRICT ? 1 : 2;
	}
	agencies[OTHER].answers_for = &received[OTHER][1]; /* the portal of the district */
	agencies[OTHER].answers_count = 1;
	assert_int_equal(lt_directory_encode("lienthong.test", 1, sim->now, agencies, SIM_AGENCIES, &pki->ca->der, 1,
					     registrar, &sim->directory, &refusal),
			 LT_OK);
	for (int i = 0; i < SIM_AGENCIES; i++)
		lt_cert_free(certs[i]);
}

/* Leg 1 is the origin's, then each agency has one, which the holder of any of them may send it to and which makes the result, and
 * leg 7 is where the origin hands it over: tests may walk as they please. */
static void make_route(struct lt_route_leg legs[SIM_LEGS])
{
	static const char *const ids[] = { "leg-1", "leg-2", "leg-3", "leg-4", "leg-5", "leg-6", "leg-7" };
	static const int agencies[] = { -1, DEPARTMENT, DISTRICT, COMMUNE, MINISTRY, OTHER, -1 };
	static const char *makes[] = { "KQ" };
	static uint32_t next[SIM_LEGS][SIM_LEGS];
	for (uint32_t i = 0; i < SIM_LEGS; i++) {
		size_t count = 0;
		for (uint32_t to = 2; to <= SIM_LEGS && i + 1 < SIM_LEGS; to++) {
			if (to != i + 1 && (i > 0 || to < SIM_LEGS))
				next[i][count++] = to;
		}
		legs[i] = (struct lt_route_leg){ .number = i + 1,
						 .id = ids[i],
						 .name = "Xu ly",
						 .name_en = "work",
						 .agency = agencies[i] < 0 ? "origin" : sim_codes[agencies[i]],
						 .next = next[i],
						 .next_count = count,
						 .choose = count > 1 ? LT_CHOOSE_ONE : LT_CHOOSE_ALL,
						 .makes = makes,
						 .make_count = i > 0 && i + 1 < SIM_LEGS };
	}
}

/* Made once for the process: keys are random, and the same seed must give the same state. */
static void make_genesis(struct sim *sim)
{
	struct testpki *pki = testpki_new(sim->now);
	const struct testpki_id *id = testpki_issue(pki, "registrar", NULL);
	struct lt_signer *registrar = testpki_signer(id, false);
	struct lt_route_leg legs[SIM_LEGS];
	make_route(legs);
	struct lt_procedure procedure = { .code = SIM_PROCEDURE, .version = 1, .name = "Thu tuc", .lead = "" };
	procedure.name_en = "procedure";
	procedure.leg_count = SIM_LEGS;
	procedure.legs = legs;
	keep(&sim->registrar, id->der);
	keep(&sim->ca, pki->ca->der);
	make_directory(sim, pki, registrar);
	assert_int_equal(lt_procedure_encode(&procedure, &sim->procedure), LT_OK);
	lt_signer_free(registrar);
	testpki_free(pki);
}

void sim_genesis(struct sim *sim)
{
	static uint8_t kept[4][16384];
	static size_t lens[4];
	struct lt_buf *bufs[4] = { &sim->registrar, &sim->ca, &sim->directory, &sim->procedure };
	if (lens[0] == 0) {
		make_genesis(sim);
		for (int i = 0; i < 4; i++) {
			assert_true(bufs[i]->len <= sizeof(kept[i]));
			memcpy(kept[i], bufs[i]->data, bufs[i]->len);
			lens[i] = bufs[i]->len;
		}
		return;
	}
	for (int i = 0; i < 4; i++)
		keep(bufs[i], lt_bytes(kept[i], lens[i]));
}
