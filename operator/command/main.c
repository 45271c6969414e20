/* main.c: the table of commands, help, and the only place that reads the environment. */
#include "commands.h"

#include "cli/control_client.h"
#include "program/log.h"
#include "program/near.h"
#include "program/say.h"

#include <locale.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASK CLI_CONTROL
#define ACT (CLI_CONTROL | CLI_ACT)
#define DATA_TEXT                                                                                         \
	"DATA is the broker's data folder, or a copy of one; by default that of --config or --sandbox,\n" \
	"or of /etc/lienthong/broker.conf. The broker must be stopped.\n"
#define CLOSE_TEXT                                                                                           \
	"Codes of dossiers, clocks and signatures stay; what waits passes on; the old key may not sign\n"    \
	"after the date. Successors are listed before: `lienthong agency add`. --dry-run shows what would\n" \
	"pass on, and changes nothing.\n"
static const struct cli_command commands[] = {
	{ "sandbox clock", "DIR [SPAN|TIME]", "show a sandbox's legal time, or move it forward",
	  "SPAN is as +5working_days, +8working_hours, +30minutes or +7calendar_days, by the sandbox's calendars. All "
	  "that\n"
	  "becomes due on the way happens in its order: reminders, notices, silences, stops. Ids and trust keep the\n"
	  "real time.\n",
	  CLI_CONTROL | CLI_WHO | CLI_DRY, 1, 2, cmd_sandbox_clock },
	{ "sandbox", "DIR [AGENCY...]", "make a whole local deployment that works as it is, or run one",
	  "DIR must be empty or not there. Makes a test CA with CRL, the registrar's key, keys and\n"
	  "certificates, CURVE keys, the signed directory, configuration of the broker and of each\n"
	  "adapter, tokens, and sandbox.json, which lists it all for programs.\n"
	  "With --run, DIR is made when it is not there, and the broker and the adapters of the agencies that are\n"
	  "named, or of all, run until Ctrl-C.\n",
	  CLI_SANDBOX, 1, -1, cmd_sandbox },
	{ "sandbox-revoke", "DIR CODE", "put an agency's certificate on the CRL of a sandbox",
	  "The broker learns of it by `lienthong crl import DIR/ca/crl.der`.\n", 0, 2, 2, cmd_sandbox_revoke },
	{ "probe", "A B", "could a dossier pass from agency A to agency B now: each step by its name",
	  "address, key, handshake, clock and certificate of both adapters, rights, one dry hand-off. Nothing is "
	  "sent.\n"
	  "Exit status 69: a step failed. Of an adapter whose configuration is not on this machine the broker's word\n"
	  "counts, and its clock and the hand-off are not tried.\n",
	  ASK | CLI_PROBE, 2, 2, cmd_probe },
	{ "status", "", "is the broker well, what is there to do, what is it doing",
	  "The same as `lienthong` alone. What each thing to do means: docs/alarms.md.\n", ASK | CLI_STATUS, 0, 0,
	  cmd_status },
	{ "watch", "", "the same again and again, until Ctrl-C", "With --json one line each 2 seconds.\n", ASK, 0, 0,
	  cmd_watch },
	{ "metrics", "", "the broker as figures, in Prometheus' text format",
	  "With --listen they are served as /metrics, with /healthz and /readyz beside them.\n", ASK | CLI_LISTEN, 0, 0,
	  cmd_metrics },
	{ "audit", "[FROM]", "what operators did: the user that the kernel named, and the name given",
	  "FROM: the first record to look at; by default the last 100,000 are.\n", ASK | CLI_TABLE, 0, 1, cmd_audit },
	{ "erase", "SEQUENCE...|CODE", "erase what stands in records: personal data that does not belong there",
	  "Header, signature and parts of an envelope, or the words of an operator's act; with CODE all envelopes\n"
	  "of that dossier, and its fields. For good: no backup made from then on has it. Digests, times and\n"
	  "custody stay, so every receipt and proof holds. Records must be below the oldest snapshot; when they are\n"
	  "not, the broker makes snapshots now and says so.\n",
	  ACT, 1, 256, cmd_erase },
	{ "agency list", "", "all agencies of the directory", NULL, ASK | CLI_TABLE, 0, 0, cmd_agency_list },
	{ "agency show", "CODE", "one agency, by code or alias", NULL, ASK, 1, 1, cmd_agency_show },
	{ "agency add", "CODE", "enrol an agency: next version of the directory",
	  "With --sandbox and without --cert, the agency gets keys and an adapter of its own.\n",
	  ACT | CLI_REGISTRAR | CLI_AGENCY, 1, 1, cmd_agency_add },
	{ "agency import", "FILE", "add or change agencies: next version of the directory",
	  "FILE is as conf/schema/agencies.schema.json says. Agencies that it does not name stay as they\n"
	  "are; certificates and keys stay where it names none.\n",
	  ACT | CLI_REGISTRAR, 1, 1, cmd_agency_import },
	{ "enroll show", "FILE", "the fingerprint of an agency's request",
	  "FILE: request.json of `lienthong-adapter enroll`.\n", 0, 1, 1, cmd_enroll_show },
	{ "enroll approve", "FILE", "enrol the keys of a request: next version of the directory",
	  "FILE: request.json of `lienthong-adapter enroll`; --cert: what the CA made of it; --fingerprint: as the\n"
	  "agency reads it on the phone. Beside the keys that the agency has; with --only, when it uses the new ones, "
	  "in\n"
	  "their place. One that the directory does not list needs --name and --level. The broker's own request too.\n",
	  ACT | CLI_REGISTRAR | CLI_AGENCY | CLI_ENROLL | CLI_ONLY, 1, 1, cmd_enroll_approve },
	{ "agency export", "", "print the directory as an agencies file", NULL, ASK, 0, 0, cmd_agency_export },
	{ "agency merge", "CODE... INTO", "close agencies at a date; INTO acts for them from then on", CLOSE_TEXT,
	  ACT | CLI_REGISTRAR | CLI_CLOSE, 2, -1, cmd_agency_merge },
	{ "agency split", "CODE", "close an agency at a date; a field of the dossier says who acts for it", CLOSE_TEXT,
	  ACT | CLI_REGISTRAR | CLI_CLOSE | CLI_SPLIT, 1, 1, cmd_agency_split },
	{ "agency rename", "OLD NEW", "close an agency at a date; it goes on under a new code and name",
	  CLOSE_TEXT "NEW takes level and parent of OLD. With --sandbox and without --cert, it gets keys and an\n"
		     "adapter of its own.\n",
	  ACT | CLI_REGISTRAR | CLI_CLOSE | CLI_RENAMED, 2, 2, cmd_agency_rename },
	{ "agency dissolve", "CODE INTO...", "close an agency at a date; one or several others act for it",
	  CLOSE_TEXT "Several take --field and --rule as `agency split`; the first is the default.\n",
	  ACT | CLI_REGISTRAR | CLI_CLOSE | CLI_SPLIT, 2, -1, cmd_agency_dissolve },
	{ "agency suspend", "CODE", "take nothing more from an agency, and deliver nothing to it", NULL, ACT, 1, 1,
	  cmd_agency_suspend },
	{ "agency drain", "CODE...", "offer nothing new to an agency; what it has had goes on",
	  "Before a reorganisation, or a change of its system. A hand-off of a dossier that it has neither opened nor\n"
	  "held is refused to the sender, with your reason. Until `agency resume`.\n",
	  ACT, 1, -1, cmd_agency_drain },
	{ "agency resume", "CODE...", "lift a suspension, end a drain", NULL, ACT, 1, -1, cmd_agency_resume },
	{ "agency closure", "FROM UNTIL CODE...", "announce that an agency is closed for a time",
	  "FROM and UNTIL are times as 2026-02-13T10:00:00+07:00. What is offered to it waits; who waits is told "
	  "until\n"
	  "when, reminders wait until then, and that it is not connected is no alarm. No due time moves. Given again\n"
	  "it takes the place of the one before.\n",
	  ACT, 3, -1, cmd_agency_closure },
	{ "agency reopen", "CODE...", "withdraw an announced closure, or end it now", NULL, ACT, 1, -1,
	  cmd_agency_reopen },
	{ "agency remind", "CODE...", "tell an agency of a matter of its own, in your words",
	  "A certificate that ends, an adapter that is old, a disk that fills, mail that it does not fetch: your "
	  "reason\n"
	  "comes to the agency, or who acts for it, as a signed notice of no dossier. For a dossier: `dossier "
	  "remind`.\n",
	  ACT, 1, -1, cmd_agency_remind },
	{ "ca list", "", "whose certificates are trusted, and who was withdrawn", NULL, ASK | CLI_TABLE, 0, 0,
	  cmd_ca_list },
	{ "ca add", "FILE", "trust a further CA: next version of the directory",
	  "FILE: its certificate, PEM or DER. Its revocation list follows by `lienthong crl import`.\n",
	  ACT | CLI_REGISTRAR, 1, 1, cmd_ca_add },
	{ "ca withdraw", "SHA256", "a CA's certificates may not sign any more: next version of the directory",
	  "From now on, or from --effective on. What was recorded before stays good. Agencies that have no\n"
	  "certificate of another CA are named; --dry-run only names them.\n",
	  ACT | CLI_REGISTRAR | CLI_CLOSE, 1, 1, cmd_ca_withdraw },
	{ "crl import", "FILE", "put a revocation list in force (DER or PEM)", NULL, ACT, 1, 1, cmd_crl_import },
	{ "crl list", "", "the revocation list of each CA, and until when it is good", NULL, ASK | CLI_TABLE, 0, 0,
	  cmd_crl_list },
	{ "crl withdraw", "SHA256", "take a revocation list out of force",
	  "Nobody whom its CA issued a certificate to is cleared before the next `crl import`.\n", ACT, 1, 1,
	  cmd_crl_withdraw },
	{ "crl grace", "HOURS", "how long work goes on with a revocation list past its next update",
	  "24 hours unless it is set. What is admitted so is marked in the journal and in `trace`.\n", ACT, 1, 1,
	  cmd_crl_grace },
	{ "procedure check", "FILE...", "check procedure files and print their routes; needs no broker",
	  "Checks agencies and roles, that every leg is reached and ends, forks and joins, the longest way\n"
	  "against the published total, and that no two of the versions are in force on one day.\n",
	  CLI_ROUTE | CLI_FILES, 1, -1, cmd_procedure_check },
	{ "procedure import", "FILE", "check a version of a procedure and give it to the broker",
	  "It comes into force on its day, for dossiers that are opened from then on.\n", ACT, 1, 1,
	  cmd_procedure_import },
	{ "procedure list", "", "the versions of all procedures", NULL, ASK | CLI_TABLE, 0, 0, cmd_procedure_list },
	{ "procedure show", "CODE [VERSION]", "the route of a procedure; without a version the newest", NULL,
	  ASK | CLI_ROUTE, 1, 2, cmd_procedure_show },
	{ "procedure diff", "[OLD] FILE", "what FILE has otherwise than OLD, or than the broker's newest version",
	  "OLD and FILE are procedure files; with both, no broker is needed.\n", ASK, 1, 2, cmd_procedure_diff },
	{ "calendar check", "FILE...", "check calendar files and print their days; needs no broker", NULL, 0, 1, -1,
	  cmd_calendar_check },
	{ "calendar import", "FILE...", "put calendar years in force; a higher version replaces a year",
	  "Years in force follow each other without a gap. Due times that were told before stay.\n", ACT, 1, -1,
	  cmd_calendar_import },
	{ "office import", "FILE", "put the office hours of an agencies file in force", NULL, ACT, 1, 1,
	  cmd_office_import },
	{ "outage", "FROM TO", "leave an interval out of the counting of legal clocks",
	  "FROM and TO are times as 2026-02-13T10:00:00+07:00, in the past. The due times of clocks that ran\n"
	  "in it move by its working minutes; the original due times stay.\n",
	  ACT, 2, 2, cmd_outage },
	{ "carry open", "SUBJECT FROM UNTIL", "propose a window in which dossiers of before are carried over",
	  "SUBJECT: an agency, with those under it, or a procedure. While the window is open these agencies open, "
	  "with\n"
	  "their true dates, dossiers that they had received before FROM. Another user confirms it.\n",
	  ACT, 3, 3, cmd_carry_open },
	{ "carry confirm", "SUBJECT RECORD", "confirm the window that another user has proposed",
	  "RECORD: of the proposal, as it was told and as `lienthong carry list` shows it.\n", ACT, 2, 2,
	  cmd_carry_confirm },
	{ "carry close", "SUBJECT", "end a window now, and drop what is proposed for it", NULL, ACT, 1, 1,
	  cmd_carry_close },
	{ "carry list", "", "the windows in which dossiers of before are carried over", NULL, ASK | CLI_TABLE, 0, 0,
	  cmd_carry_list },
	{ "rules activate", "VERSION", "let the rules of a higher version make the records that follow",
	  "There is no way back, nor to a broker that does not know them: make a backup before.\n", ACT, 1, 1,
	  cmd_rules_activate },
	{ "rules", "", "the version of the rules in force, and the newest that this broker knows", NULL, ASK, 0, 0,
	  cmd_rules },
	{ "due", "", "when a limit ends, and how that was counted; needs no broker",
	  "Counts from the files: calendars/*.json, agencies.json and procedures/*.json of --conf.\n", CLI_DUE, 0, 0,
	  cmd_due },
	{ "directory new", "FILE", "make and sign version 1 of the directory, before a broker's first start",
	  "FILE: request.json of `lienthong-broker enroll`; --fingerprint: as the broker's side reads it on the "
	  "phone;\n"
	  "--cert: what the CA made of it. Version 1 has that broker and the agencies of --agencies; it goes to the\n"
	  "broker as [genesis] directory=. Needs no broker.\n",
	  CLI_REGISTRAR | CLI_ENROLL | CLI_FIRST, 1, 1, cmd_directory_new },
	{ "directory show", "", "a version of the directory: agencies, CAs, certificates, keys",
	  "As the registrar signed it; without --version the one in force. -o FILE writes its exact bytes.\n",
	  ASK | CLI_VERSION, 0, 0, cmd_directory_show },
	{ "definition export", "SEQUENCE FILE", "write a definition as it was given: the bytes of its record",
	  "A directory, revocation list, procedure, calendar or office hours, in force or not any more; `audit`\n"
	  "names the sequences.\n",
	  ASK, 2, 2, cmd_definition_export },
	{ "definitions export", "DIR", "write all definitions in force into a folder, as the files that imports take",
	  "agencies.json with office hours, ca/, crl/, calendars/, procedures/. DIR must be empty or not there. The\n"
	  "broker's own entry in the directory is not among them.\n",
	  ASK, 1, 1, cmd_definitions_export },
	{ "definitions diff", "DIR", "what an import of the folder would change, and what the broker alone has",
	  "DIR is as `definitions export` writes it; what is missing there (a folder, agencies.json) is not "
	  "compared.\n",
	  ASK, 1, 1, cmd_definitions_diff },
	{ "definitions import", "DIR", "give the broker what DIR has otherwise, each as its own act",
	  "In order: CAs and agencies as the next version of the directory, revocation lists, calendars, office "
	  "hours,\n"
	  "procedures. It stops at the first refusal and says what was done; nothing is taken away. --dry-run says "
	  "what\n"
	  "it would do.\n",
	  ACT | CLI_REGISTRAR, 1, 1, cmd_definitions_import },
	{ "dossier show", "CODE", "where a dossier is: who has to do what, who is late, who may do what", NULL,
	  ASK | CLI_VIEW, 1, 1, cmd_dossier_show },
	{ "dossier list", "", "many dossiers: who owes what, who is late, what is due",
	  "All that is asked for must be so. Sorted by the time until which something is owed.\n",
	  ASK | CLI_TABLE | CLI_LIST, 0, 0, cmd_dossier_list },
	{ "dossier find", "", "the dossiers that were opened with a code of another system",
	  "Several may have the same code. Exit status 66: none has.\n", ASK | CLI_TABLE | CLI_FIND, 0, 0,
	  cmd_dossier_find },
	{ "dossier repair", "CODE", "propose where a frozen dossier goes on: who holds it, at which leg",
	  "Its record was skipped, so nobody can act on it. Another user confirms the proposal. Statuses: 2 received,\n"
	  "4 in progress, 8 stopped.\n",
	  ACT | CLI_REPAIR, 1, 1, cmd_dossier_repair },
	{ "dossier close", "CODE", "propose that a frozen dossier ends",
	  "Another user confirms the proposal; then all parties get a notice.\n", ACT, 1, 1, cmd_dossier_close },
	{ "dossier correct", "CODE STAY", "say what was wrong in a stay that has ended, by a row beside it",
	  "STAY: its number. With another verdict it is proposed, and another user confirms it.\n", ACT | CLI_CORRECT,
	  2, 2, cmd_dossier_correct },
	{ "dossier remind", "CODE [RECORD]", "tell who owes something in a dossier that it is waited for, and why",
	  "By a notice of the broker, with --reason as its words. RECORD: one that its receiver could not take: then "
	  "who\n"
	  "holds the dossier is asked to send it again.\n",
	  ACT, 1, 2, cmd_dossier_remind },
	{ "dossier offer-back", "CODE BRANCH", "propose that an offer which nobody answers comes back to its holder",
	  "Its time to be answered is over, or its receiver is suspended or closed. Another user confirms the "
	  "proposal.\n",
	  ACT, 2, 2, cmd_dossier_offer_back },
	{ "dossier confirm", "CODE RECORD", "confirm what another user has proposed for a dossier",
	  "RECORD: of the proposal, as it was told and as `lienthong audit` shows it.\n", ACT, 2, 2,
	  cmd_dossier_confirm },
	{ "trace", "CODE", "the same, with every hop: who, when, time spent; --proof: signed by, receipt", NULL,
	  ASK | CLI_VIEW, 1, 1, cmd_trace },
	{ "envelope export", "SEQUENCE[/N] DIR", "write one envelope as files that openssl can check",
	  "Of a record that made notices of the broker, /N takes the Nth; of a clock's record the first is taken.\n",
	  ASK, 2, 2, cmd_envelope_export },
	{ "evidence", "CODE", "write all envelopes of a dossier, with their proofs, as one zip that openssl can check",
	  "Refused ones of its parties and the broker's notices too, each with its signature, its parts as far as "
	  "they\n"
	  "are kept and its place in the ledger. `sh check.sh` in it needs a shell and openssl, and nothing of ours.\n",
	  ASK | CLI_EVIDENCE, 1, 1, cmd_evidence },
	{ "report", "NAME", "counts for a period, out of the console's projection",
	  "NAME: agencies, sectors, procedures, channels (received, done, in hand, waiting; the rate in time), delays "
	  "(who\n"
	  "caused them), legs (that overrun), reasons (of lateness) or ranking (of offices of one --level).\n"
	  "--dossiers COLUMN lists what lies behind a number. delays --signed FILE: an extract that the broker has "
	  "counted and\n"
	  "signed, with stays, waits and records, of one --dossier or of all that were late; docs/evidence.md says how "
	  "to\n"
	  "check it.\n",
	  CLI_REPORT, 1, 1, cmd_report },
	{ "form", "NN [CODE]", "print one of the forms 01 to 07 of TT 03/2025/TT-VPCP as PDF",
	  "NN: 01 receipt, 02 request for supplements, 03 refusal, 04 apology, 05 stop, 06 control sheet of\n"
	  "the dossier CODE; 07 register of --agency from --from to --to. --json prints the form's data.\n",
	  ASK | CLI_FORM, 1, 2, cmd_form },
	{ "console login", "", "an address at which a browser enters the console as you",
	  "Good once, for 10 minutes. The session acts over a connection that is yours, and with your roles alone.\n",
	  ASK | CLI_CONSOLE, 0, 0, cmd_console_login },
	{ "ledger head", "", "the newest checkpoint of the ledger, as it was signed", NULL, ASK, 0, 0,
	  cmd_ledger_head },
	{ "ledger prove", "SEQUENCE", "the proof that a record stands in the ledger, as a tlog-proof",
	  "What is proved is made of digests: it shows nothing of the record but sequence, time and dossier chain.\n",
	  ASK | CLI_LEDGER, 1, 1, cmd_ledger_prove },
	{ "ledger check", "[FILE]", "check a proof, or that the ledger has grown out of a checkpoint that was kept",
	  "FILE is what `ledger prove` wrote: with --key no broker is needed. Or a checkpoint that was kept: the\n"
	  "broker must prove that its ledger has grown out of it. Without FILE: the newest checkpoint's signature.\n",
	  ASK | CLI_LEDGER, 0, 1, cmd_ledger_check },
	{ "ledger declare", "", "the registrar signs that the ledger goes on after a restore",
	  "Adapters take the broker's new origin only when the directory says from which one it goes on and how\n"
	  "far both are the same. Until then they submit nothing.\n",
	  ACT | CLI_REGISTRAR, 0, 0, cmd_ledger_declare },
	{ "mailbox list", "[CODE]", "what waits for each agency", NULL, ASK | CLI_TABLE, 0, 1, cmd_mailbox_list },
	{ "mailbox redeliver", "CODE NUMBER", "send an item again, as one that its receiver could not take",
	  "Under a new number of the same mailbox. Nothing else moves: custody stays until the receiver answers.\n"
	  "With --from instead of NUMBER: where an adapter begins that comes with less than the mailbox still keeps, "
	  "as a\n"
	  "new machine without the old one's data. It holds for one session.\n",
	  ACT | CLI_FROM, 1, 2, cmd_mailbox_redeliver },
	{ "time show", "[SEQUENCE]", "what the broker holds for the time, and the acts that set it",
	  "SEQUENCE: of such an act: also the dossiers with records under the time that it set aside.\n", ASK, 0, 1,
	  cmd_time_show },
	{ "time confirm", "", "the machine's clock is right: go on by it, never back", NULL, ACT, 0, 0,
	  cmd_time_confirm },
	{ "time set", "TIME", "the machine's clock is right: go on by it, also back",
	  "TIME: what another clock shows now, as 2026-02-13T10:00:00+07:00. It is refused when the machine's clock "
	  "is\n"
	  "over 10 seconds off: set that first. Raises the time generation of the records.\n",
	  ACT, 1, 1, cmd_time_set },
	{ "backup", "DIR", "copy the running broker's journal and state into a new folder",
	  "Changes nothing, so operator and reason are not journaled.\n", ASK | CLI_WHO, 1, 1, cmd_backup },
	{ "restore confirm", "", "after a restore: what was defined in the lost time is in force again",
	  "Directory and revocation lists come back from the adapters by themselves. Suspensions, procedures, "
	  "calendars,\n"
	  "office hours, outages and the acts of trust do not: bring back what is missing, then say so.\n",
	  ACT, 0, 0, cmd_restore_confirm },
	{ "restore", "BACKUP [DATA]", "make a data folder from a backup",
	  "DATA must be empty or not there.\n" DATA_TEXT, CLI_DATA | CLI_WHO, 1, 2, cmd_restore },
	{ "store check", "[DATA]", "check journal and store of a stopped broker", DATA_TEXT, CLI_DATA, 0, 1,
	  cmd_store_check },
	{ "store rebuild", "[DATA]", "make the store anew from snapshot and journal", DATA_TEXT, CLI_DATA | CLI_LOSE, 0,
	  1, cmd_store_rebuild },
	{ "store stat", "[DATA]", "sizes and sequences of a stopped broker's data", DATA_TEXT, CLI_DATA, 0, 1,
	  cmd_store_stat },
	{ "store skip", "SEQUENCE [DATA]", "take a record that crashes the replay out of it, and freeze its dossier",
	  DATA_TEXT, CLI_DATA | CLI_ACT, 1, 2, cmd_store_skip },
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

/* The part of argv that a command's name matches; 0: it is another. */
static int matches(const struct cli_command *command, int argc, char **argv)
{
	const char *space = strchr(command->name, ' ');
	if (!space)
		return argc > 0 && strcmp(argv[0], command->name) == 0;
	size_t len = (size_t)(space - command->name);
	bool same = argc > 1 && strlen(argv[0]) == len && strncmp(argv[0], command->name, len) == 0 &&
		    strcmp(argv[1], space + 1) == 0;
	return same ? 2 : 0;
}

static const struct cli_command *find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if ((*words = matches(&commands[i], argc, argv)) > 0)
			return &commands[i];
	return NULL;
}

/* Prints the commands whose name begins with `first` (all of them when NULL); how many. */
static int print_commands(FILE *out, const char *first)
{
	int shown = 0;
	size_t len = first ? strlen(first) : 0;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct cli_command *c = &commands[i];
		char head[80];
		if (len > 0 && (strncmp(c->name, first, len) != 0 || (c->name[len] != ' ' && c->name[len] != '\0')))
			continue;
		snprintf(head, sizeof(head), "%s %s", c->name, c->arguments);
		fprintf(out, "  %-32s %s\n", head, c->summary);
		shown++;
	}
	return shown;
}

static int print_command(const struct cli_command *command)
{
	printf("Usage: lienthong %s %s [OPTIONS]\n%c%s.\n", command->name, command->arguments,
	       command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->text)
		printf("\n%s", command->text);
	cli_print_options(stdout, command);
	return EX_OK;
}

static int print_overview(FILE *out)
{
	fputs("Usage: lienthong COMMAND [ARGUMENTS] [OPTIONS]\n"
	      "The operator's tool of the lienthong broker.\n\nCommands:\n",
	      out);
	print_commands(out, NULL);
	fputs("\n  help [COMMAND], COMMAND --help   how a command is used\n"
	      "  --version                        the version\n"
	      "\nThe broker is found by --control PATH, --sandbox DIR, $LIENTHONG_CONTROL or\n"
	      "./broker/control.sock, or /run/lienthong/control. Exit status: 0 done, 1 and 2\n"
	      "a verdict that is not healthy, else as in sysexits.h. More: lienthong(1).\n",
	      out);
	return EX_OK;
}

static const char *name_at(void *ctx, size_t index)
{
	(void)ctx;
	return index < COMMAND_COUNT ? commands[index].name : NULL;
}

/* The first words. */
static const char *first_at(void *ctx, size_t index)
{
	static char words[COMMAND_COUNT][32];
	(void)ctx;
	if (index >= COMMAND_COUNT)
		return NULL;
	snprintf(words[index], sizeof(words[index]), "%.*s", (int)strcspn(commands[index].name, " "),
		 commands[index].name);
	return words[index];
}

/* No such command: names the nearest, or the second words that exist. */
static int unknown(int argc, char **argv)
{
	char word[128];
	if (argv[0][0] == '-')
		return say_fail(EX_USAGE,
				"options stand behind the command: `lienthong COMMAND %s`; see `lienthong help`",
				argv[0]);
	snprintf(word, sizeof(word), "%s%s%s", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	const char *near = near_word(word, name_at, NULL);
	if (!near)
		near = near_word(argv[0], name_at, NULL);
	if (near)
		return say_fail(EX_USAGE, "unknown command \"%s\"; did you mean `lienthong %s`?", word, near);
	int known = print_commands(stderr, argv[0]);
	if (known > 0)
		return say_fail(EX_USAGE, "\"%s\" needs one of the words above", argv[0]);
	near = near_word(argv[0], first_at, NULL);
	if (near)
		return say_fail(EX_USAGE, "unknown command \"%s\"; did you mean `lienthong %s`?", argv[0], near);
	return say_fail(EX_USAGE, "unknown command \"%s\"; see `lienthong help`", argv[0]);
}

static int help(int argc, char **argv)
{
	int words;
	if (argc == 0)
		return print_overview(stdout);
	const struct cli_command *command = find(argc, argv, &words);
	if (command)
		return print_command(command);
	return print_commands(stdout, argv[0]) > 0 ? EX_OK : unknown(argc, argv);
}

static const char *login_name(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(getuid());
	if (sudo && sudo[0] != '\0')
		return sudo;
	return user ? user->pw_name : NULL;
}

/* https://no-color.org */
static bool has_colors(void)
{
	const char *forbidden = getenv("NO_COLOR"), *terminal = getenv("TERM");
	return isatty(STDOUT_FILENO) && (!forbidden || forbidden[0] == '\0') && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

/* As gettext has it; by name, since the locale itself need not be installed. */
static enum lt_language locale_language(void)
{
	const char *all = getenv("LC_ALL"), *messages = getenv("LC_MESSAGES"), *lang = getenv("LANG");
	const char *said = all && *all ? all : messages && *messages ? messages : lang ? lang : "";
	return strncmp(said, "vi", 2) == 0 && strchr("_.@", said[2]) ? LT_VIETNAMESE : LT_ENGLISH;
}

static struct cli new_cli(void)
{
	return (struct cli){ .env_control = getenv("LIENTHONG_CONTROL"),
			     .env_console = getenv("LIENTHONG_CONSOLE"),
			     .login = login_name(),
			     .language = locale_language(),
			     .color = has_colors() };
}

static int run(int argc, char **argv)
{
	int words;
	struct cli cli = new_cli();
	cli.command = find(argc, argv, &words);
	if (!cli.command)
		return argc > 1 && strcmp(argv[argc - 1], "--help") == 0 ? help(argc - 1, argv) : unknown(argc, argv);
	int code = cli_parse(&cli, argc - words, argv + words);
	if (code != EX_OK)
		return code;
	return cli.help ? print_command(cli.command) : cli.command->run(&cli);
}

/* Without a word: how the broker is, where one is found; else what there is to say. */
static int bare(void)
{
	static char status[] = "status";
	char *argv[] = { status, NULL };
	struct cli cli = new_cli();
	if (access(control_where(&cli), F_OK) == 0)
		return run(1, argv);
	print_overview(stderr);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	/* libsmartcols measures text by the locale: without UTF-8 every Vietnamese letter would be escaped. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
	if (say_check_unicode() != EX_OK)
		return EX_OSFILE;
	lt_log_init("lienthong", LT_LOG_ERROR); /* the broker's functions log; a command says itself what it did */
	if (argc < 2)
		return bare();
	int code = EX_OK;
	if (strcmp(argv[1], "--version") == 0)
		printf("lienthong %s\n", LT_VERSION);
	else if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		code = help(argc - 2, argv + 2);
	else
		code = run(argc - 1, argv + 1);
	return say_ended(code);
}
