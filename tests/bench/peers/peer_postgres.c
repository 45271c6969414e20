/* A queue in PostgreSQL, synchronous_commit on: a batch of rows a transaction in, a batch deleted a transaction out. */
#include "peer.h"

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static PGconn *dial(const char *address)
{
	PGconn *c = PQconnectdb(address);
	if (PQstatus(c) != CONNECTION_OK)
		peer_die("postgres: %s", PQerrorMessage(c));
	return c;
}

static PGresult *checked(PGconn *c, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		peer_die("postgres: %s", PQerrorMessage(c));
	return result;
}

static void execute(PGconn *c, const char *sql)
{
	PQclear(checked(c, PQexec(c, sql)));
}

static void prepare(const char *address)
{
	PGconn *c = dial(address);
	char sql[240];
	for (int q = 0; q < PEER_QUEUES; q++) {
		snprintf(sql, sizeof sql,
			 "SET client_min_messages = warning; DROP TABLE IF EXISTS q%d; CREATE TABLE q%d (id bigserial "
			 "PRIMARY KEY, m bytea NOT NULL)",
			 q, q);
		execute(c, sql);
	}
	PQfinish(c);
}

/* One COPY a batch: the quickest way in that PostgreSQL has. */
static void produce(struct peer_run *run, const char *address, int index)
{
	PGconn *c = dial(address);
	uint8_t message[PEER_MESSAGE];
	char sql[80];
	static const char head[] =
		"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"; /* with the NUL that the literal ends in: 19 bytes */
	const uint16_t one = htons(1), end = htons(0xffff);
	snprintf(sql, sizeof sql, "COPY q%d (m) FROM STDIN (FORMAT binary)", index);
	while (!peer_stopped(run)) {
		size_t count = peer_claim(run);
		if (count == 0)
			continue;
		PGresult *result = PQexec(c, sql);
		if (PQresultStatus(result) != PGRES_COPY_IN)
			peer_die("postgres: %s", PQerrorMessage(c));
		PQclear(result);
		PQputCopyData(c, head, 19);
		for (size_t i = 0; i < count; i++) {
			size_t len = peer_make(run, message);
			uint32_t size = htonl((uint32_t)len);
			PQputCopyData(c, (const char *)&one, 2);
			PQputCopyData(c, (const char *)&size, 4);
			PQputCopyData(c, (const char *)message, (int)len);
		}
		PQputCopyData(c, (const char *)&end, 2);
		PQputCopyEnd(c, NULL);
		while ((result = PQgetResult(c)) != NULL)
			PQclear(checked(c, result));
	}
	PQfinish(c);
}

static void consume(struct peer_run *run, const char *address, int index)
{
	PGconn *c = dial(address);
	char sql[240];
	snprintf(sql, sizeof sql,
		 "WITH front AS (SELECT id FROM q%d ORDER BY id LIMIT %d FOR UPDATE SKIP LOCKED) "
		 "DELETE FROM q%d USING front WHERE q%d.id = front.id RETURNING q%d.m",
		 index, PEER_BATCH, index, index, index);
	PQclear(checked(c, PQprepare(c, "take", sql, 0, NULL)));
	while (!peer_stopped(run)) {
		PGresult *result = checked(c, PQexecPrepared(c, "take", 0, NULL, NULL, NULL, 1));
		int rows = PQntuples(result);
		for (int i = 0; i < rows; i++)
			peer_take(run, PQgetvalue(result, i, 0), (size_t)PQgetlength(result, i, 0));
		PQclear(result);
		if (rows == 0)
			usleep(500);
	}
	PQfinish(c);
}

const struct peer peer_postgres = { "postgres", PEER_QUEUES, PEER_QUEUES, prepare, produce, consume };
