/* The floor of fetching: libpq's chunked rows, every chunk kept, nothing decoded.
 *
 * usage: floor CONNINFO STATEMENT
 * prints: seconds to the first row, seconds to the last, rows
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Declared here, because the libpq that psycopg brings comes without headers. */
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
extern PGconn *PQconnectdb(const char *);
extern int PQstatus(const PGconn *);
extern int PQsendQuery(PGconn *, const char *);
extern int PQsetChunkedRowsMode(PGconn *, int);
extern PGresult *PQgetResult(PGconn *);
extern int PQntuples(const PGresult *);
extern char *PQerrorMessage(const PGconn *);

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    PGconn *connection = argc == 3 ? PQconnectdb(argv[1]) : NULL;
    if (!connection || PQstatus(connection) != 0) {
        fprintf(stderr, "%s", connection ? PQerrorMessage(connection) : "usage: floor CONNINFO SQL\n");
        return 1;
    }
    size_t kept = 0, room = 1 << 16;
    PGresult **chunks = malloc(room * sizeof *chunks), *chunk;
    double started = now(), first = 0;
    long rows = 0;
    if (!PQsendQuery(connection, argv[2]) || !PQsetChunkedRowsMode(connection, 1000)) return 2;
    while ((chunk = PQgetResult(connection))) {
        if (PQntuples(chunk) && !rows) first = now() - started;
        rows += PQntuples(chunk);
        if (kept < room) chunks[kept++] = chunk;
    }
    printf("%f %f %ld\n", first, now() - started, rows);
    return 0;
}
