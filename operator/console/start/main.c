/* main.c: lienthong-console: its options. */
#include "serve.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "program/say.h"

static void usage(FILE *out)
{
	fputs("usage: lienthong-console --config FILE [--check]\n"
	      "\n"
	      "The operators' pages: what is owed, where a dossier is, which agencies are there.\n"
	      "  --config FILE  configuration, see lienthong-console(8)\n"
	      "  --check        reads the configuration, then ends\n"
	      "  --help, --version\n"
	      "A session begins with the address that `lienthong console login` prints. SIGTERM stops.\n",
	      out);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "check", no_argument, NULL, 'k' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'v' },
						 { NULL, 0, NULL, 0 } };
	const char *conf = NULL;
	bool check = false;
	if (say_check_unicode() != EX_OK)
		return EX_OSFILE;
	for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		switch (option) {
		case 'c':
			conf = optarg;
			break;
		case 'k':
			check = true;
			break;
		case 'h':
			usage(stdout);
			return say_ended(EX_OK);
		case 'v':
			puts("lienthong-console " LT_VERSION);
			return say_ended(EX_OK);
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (!conf || optind < argc) {
		usage(stderr);
		return EX_USAGE;
	}
	return say_ended(check ? serve_check(conf) : serve_run(conf));
}
