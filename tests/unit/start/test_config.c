#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "start/config.h"

#define GOOD "[broker]\ndomain=a.vn\nendpoint=tcp://127.0.0.1:7700\ncontrol=c.sock\ndata=data\ncurve_key=broker.conf\n"

static char folder[] = "/tmp/lt-config-XXXXXX";
static char path[64];

static enum lt_err load(const char *text, struct config *config, char error[CONFIG_ERROR_MAX])
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	error[0] = '\0';
	return config_load(path, config, error, CONFIG_ERROR_MAX);
}

static void defaults_stand(void **state)
{
	(void)state;
	struct config config;
	char error[CONFIG_ERROR_MAX], expected[128];
	assert_int_equal(load(GOOD, &config, error), LT_OK);
	assert_string_equal(config.domain, "a.vn");
	assert_int_equal(config.admit_threads, 0);
	assert_int_equal(config.elide_days, 30);
	assert_int_equal(config.horizon_days, 400);
	assert_int_equal(config.digest, 7 * 60 + 1); /* Monday 07:00 */
	assert_int_equal(config.snapshot_records, 10000000);
	assert_int_equal(config.disk_reserve, 1 << 30);
	assert_int_equal(config.segment, 64 << 20);
	assert_int_equal(config.scrub_hours, 24);
	assert_int_equal(config.level, LT_LOG_INFO);
	snprintf(expected, sizeof expected, "%s/c.sock", folder);
	assert_string_equal(config.control, expected);
	config_fini(&config);
}

/* Users and groups of this machine, by name and by number; one that is not there stops the start. */
static void operators_have_roles(void **state)
{
	(void)state;
	struct config config;
	char error[CONFIG_ERROR_MAX];
	assert_int_equal(load(GOOD "[operators]\nobserver=@daemon, 4711\noperator=daemon\nregistrar=daemon @4712\n",
			      &config, error),
			 LT_OK);
	const struct operators *operators = &config.operators;
	struct control_peer peer = { .uid = 4711, .gid = 9 };
	assert_int_equal(operators->self, geteuid());
	assert_int_equal(operators_roles(operators, &peer), OPERATOR_OBSERVER);
	peer = (struct control_peer){ .uid = 1, .gid = 9 }; /* daemon has the number 1 everywhere */
	assert_int_equal(operators_roles(operators, &peer), OPERATOR_OPERATOR | OPERATOR_REGISTRAR);
	peer = (struct control_peer){ .uid = 9, .gid = 4712 };
	assert_int_equal(operators_roles(operators, &peer), OPERATOR_REGISTRAR);
	config_fini(&config);
	assert_int_equal(load(GOOD "[operators]\nauditor=nobody-of-that-name\n", &config, error), LT_EINVAL);
	assert_non_null(strstr(error, "[operators] auditor: this machine has no user \"nobody-of-that-name\""));
	assert_int_equal(load(GOOD "[operators]\nauditor=@4294967295\n", &config, error), LT_EINVAL);
	assert_int_equal(load(GOOD "[operators]\nroot=daemon\n", &config, error), LT_EINVAL);
}

static void everything_can_be_said(void **state)
{
	(void)state;
	struct config config;
	char error[CONFIG_ERROR_MAX];
	assert_int_equal(load(GOOD
			      "admit_threads=3\nlog_level=debug\n[genesis]\nregistrar=broker.conf\nca=/dev/null\n"
			      "directory=broker.conf\ncrl=broker.conf\nprocedures=.\ncalendars=.\nagencies=/dev/null\n"
			      "[signer]\nkey=/dev/null\ncert=broker.conf\ndigest=sun "
			      "23:59\n[limits]\nelide_days=1\nhorizon_days=2\n"
			      "snapshot_records=1000\ndisk_reserve=64M\nsegment=2M\nscrub_hours=3\n"
			      "agency_envelopes=7\nagency_bytes=1M\n",
			      &config, error),
			 LT_OK);
	assert_int_equal(config.admit_threads, 3);
	assert_int_equal(config.level, LT_LOG_DEBUG);
	assert_int_equal(config.digest, 7 * 1440);
	assert_string_equal(config.genesis_ca, "/dev/null");
	assert_string_equal(config.genesis_agencies, "/dev/null");
	assert_string_equal(config.signer_key, "/dev/null");
	assert_int_equal(config.disk_reserve, 64 << 20);
	assert_int_equal(config.segment, 2 << 20);
	assert_int_equal(config.agency_envelopes, 7);
	assert_int_equal(config.agency_bytes, 1 << 20);
	config_fini(&config);
}

static void faults_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *names;
	} faults[] = {
		{ GOOD "speed=9\n", ":7:" },
		{ GOOD "speed=9\n", "speed" },
		{ "[broker]\ndomain=a.vn\n", "endpoint" },
		{ GOOD "admit_threads=99\n", "admit_threads" },
		{ GOOD "log_level=loud\n", "log_level" },
		{ GOOD "transport=plain\n", "transport" },
		{ "[broker]\ndomain=a.vn\nendpoint=tcp://"
		  "0.0.0.0:1\ncontrol=c\ndata=d\ncurve_key=broker.conf\ntransport=null\n",
		  "127.0.0.0/8" },
		{ GOOD "[limits]\nelide_days=soon\n", "elide_days" },
		{ GOOD "[signer]\nkey=/dev/null\n", "[signer]" },
		{ GOOD "[signer]\ndigest=mon 24:00\n", "digest" },
		{ GOOD "[signer]\ndigest=monday 07:00\n", "digest" },
		{ GOOD "[limits]\nmap=1G\n", "map" }, /* the store finds its own address space */
		{ "[broker]\ndomain=A VN\nendpoint=tcp://127.0.0.1:1\ncontrol=c\ndata=d\ncurve_key=broker.conf\n",
		  "domain" },
		{ "[broker]\ndomain=a.vn\nendpoint=http://x\ncontrol=c\ndata=d\ncurve_key=broker.conf\n", "endpoint" },
	};
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		struct config config;
		char error[CONFIG_ERROR_MAX];
		assert_int_equal(load(faults[i].text, &config, error), LT_EINVAL);
		assert_non_null(strstr(error, faults[i].names));
		assert_non_null(strstr(error, path));
	}
	struct config config;
	char error[CONFIG_ERROR_MAX];
	assert_int_equal(load(GOOD "[genesis]\nregistrar=r.pem\n", &config, error), LT_ENOENT);
	assert_non_null(strstr(error, ":8: [genesis] registrar: "));
	assert_int_equal(config_load("/nowhere/broker.conf", &config, error, sizeof error), LT_ENOENT);
	assert_non_null(strstr(error, "/nowhere/broker.conf"));
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/broker.conf", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

TEST_MAIN_AROUND(make_folder, remove_folder, cmocka_unit_test(defaults_stand), cmocka_unit_test(operators_have_roles),
		 cmocka_unit_test(everything_can_be_said), cmocka_unit_test(faults_are_named))
