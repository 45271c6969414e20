/* status.h: the national list of dossier statuses, its table of legal edges and the one setter. Source: DOMAIN section 5
 * (list of the National Portal; the edges are our own reading of two code bases). Pure functions. */
#ifndef BROKER_STATUS_H
#define BROKER_STATUS_H

#include <lienthong/reason.h>

enum status {
	STATUS_NONE = 0,     /* before OPEN */
	STATUS_REGISTERED,   /* 1 Moi dang ky */
	STATUS_RECEIVED,     /* 2 Duoc tiep nhan */
	STATUS_NOT_RECEIVED, /* 3 Khong duoc tiep nhan; final */
	STATUS_IN_PROGRESS,  /* 4 Dang xu ly */
	STATUS_SUPPLEMENT,   /* 5 Yeu cau bo sung giay to */
	STATUS_FEE,          /* 6 Yeu cau thuc hien nghia vu tai chinh */
	STATUS_WITHDRAWAL,   /* 7 Cong dan yeu cau rut ho so */
	STATUS_STOPPED,      /* 8 Dung xu ly */
	STATUS_DONE,         /* 9 Da xu ly xong */
	STATUS_HANDED_OVER,  /* 10 Da tra ket qua; final */
	STATUS_COUNT,
};

const char *status_name(enum status status); /* English, for details and logs */
bool status_edge(enum status from, enum status to);
/* The only place where a dossier's status changes. STATUS_EDGE_ILLEGAL names what is allowed; then nothing has changed. */
enum lt_reason status_set(enum status *status, enum status to, struct lt_refusal *refusal);

#endif
