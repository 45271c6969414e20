/* check_script.h: two files that lie in each zip of evidence: how to read it, and a shell script that checks it without us. */
#ifndef EVIDENCE_CHECK_SCRIPT_H
#define EVIDENCE_CHECK_SCRIPT_H

extern const char check_readme[], check_script[];

#endif
