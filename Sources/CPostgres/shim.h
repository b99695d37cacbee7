// libpq's public header: the whole of what Sources/Postgres calls.
#include <libpq-fe.h>
