/* commands.h: the commands, one function each; main.c has the table. Each returns an exit code after sysexits.h, or
 * its verdict (program/say.h). */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

int cmd_sandbox(struct cli *cli);
int cmd_sandbox_clock(struct cli *cli);
int cmd_probe(struct cli *cli);
int cmd_sandbox_revoke(struct cli *cli);

int cmd_status(struct cli *cli);
int cmd_metrics(struct cli *cli);
int cmd_watch(struct cli *cli);
int cmd_audit(struct cli *cli);
int cmd_console_login(struct cli *cli);
int cmd_erase(struct cli *cli);
int cmd_time_show(struct cli *cli);
int cmd_time_confirm(struct cli *cli);
int cmd_time_set(struct cli *cli);
int cmd_mailbox_list(struct cli *cli);
int cmd_mailbox_redeliver(struct cli *cli);

int cmd_agency_list(struct cli *cli);
int cmd_agency_show(struct cli *cli);
int cmd_agency_suspend(struct cli *cli);
int cmd_agency_drain(struct cli *cli);
int cmd_agency_closure(struct cli *cli);
int cmd_agency_reopen(struct cli *cli);
int cmd_agency_remind(struct cli *cli);
int cmd_agency_resume(struct cli *cli);
int cmd_agency_add(struct cli *cli);
int cmd_agency_import(struct cli *cli);
int cmd_agency_export(struct cli *cli);
int cmd_enroll_show(struct cli *cli);
int cmd_enroll_approve(struct cli *cli);
int cmd_directory_new(struct cli *cli);
int cmd_directory_show(struct cli *cli);
int cmd_definition_export(struct cli *cli);
int cmd_definitions_export(struct cli *cli);
int cmd_definitions_diff(struct cli *cli);
int cmd_definitions_import(struct cli *cli);
int cmd_agency_merge(struct cli *cli);
int cmd_agency_split(struct cli *cli);
int cmd_agency_rename(struct cli *cli);
int cmd_agency_dissolve(struct cli *cli);

int cmd_crl_import(struct cli *cli);
int cmd_crl_list(struct cli *cli);
int cmd_crl_withdraw(struct cli *cli);
int cmd_crl_grace(struct cli *cli);
int cmd_ca_list(struct cli *cli);
int cmd_ca_add(struct cli *cli);
int cmd_ca_withdraw(struct cli *cli);
/* "revocation list", "ends soon" */
const char *cli_trust_type(uint32_t type);
const char *cli_trust_state(uint32_t state);
/* Of a broker that was restored from a backup: cmd_restore.c. */
struct control_client;
const char *cli_restored(uint32_t restored); /* a sentence; "": it was not, or all is confirmed */
const char *cli_restored_name(uint32_t restored);
/* Waits while the broker asks its adapters for newer definitions: what is made before they have answered could lose one. */
int cli_restored_wait(struct control_client *control, uint32_t *restored);
/* A field that no procedure of the broker names is refused, with those that are named; `agency`: none of whose open dossiers has it. */
int cli_check_field(struct control_client *control, const char *field, const char *agency);
int cmd_procedure_import(struct cli *cli);
/* A procedure file against the directory in force, and against the versions that the broker has. An exit code, said. */
int cli_check_procedure(struct control_client *control, const char *path);
int cmd_rules(struct cli *cli);
int cmd_rules_activate(struct cli *cli);
int cmd_procedure_check(struct cli *cli);
int cmd_procedure_list(struct cli *cli);
int cmd_procedure_show(struct cli *cli);
int cmd_procedure_diff(struct cli *cli);
int cmd_calendar_check(struct cli *cli);
int cmd_calendar_import(struct cli *cli);
int cmd_office_import(struct cli *cli);
int cmd_outage(struct cli *cli);
int cmd_carry_open(struct cli *cli);
int cmd_carry_confirm(struct cli *cli);
int cmd_carry_close(struct cli *cli);
int cmd_carry_list(struct cli *cli);
int cmd_due(struct cli *cli);

int cmd_dossier_find(struct cli *cli);
int cmd_dossier_list(struct cli *cli);
int cmd_dossier_show(struct cli *cli);
int cmd_dossier_repair(struct cli *cli);
int cmd_dossier_close(struct cli *cli);
int cmd_dossier_confirm(struct cli *cli);
int cmd_dossier_correct(struct cli *cli);
int cmd_dossier_remind(struct cli *cli);
int cmd_dossier_offer_back(struct cli *cli);
int cmd_trace(struct cli *cli);
int cmd_envelope_export(struct cli *cli);
int cmd_evidence(struct cli *cli);
int cmd_form(struct cli *cli);
int cmd_report(struct cli *cli);
int cmd_ledger_head(struct cli *cli);
int cmd_ledger_prove(struct cli *cli);
int cmd_ledger_check(struct cli *cli);
int cmd_ledger_declare(struct cli *cli);

int cmd_backup(struct cli *cli);
int cmd_restore(struct cli *cli);
int cmd_restore_confirm(struct cli *cli);
int cmd_store_check(struct cli *cli);
int cmd_store_rebuild(struct cli *cli);
int cmd_store_stat(struct cli *cli);
int cmd_store_skip(struct cli *cli);

#endif
