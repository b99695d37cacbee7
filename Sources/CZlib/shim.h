// zlib's public header: deflate and the checksum of gzip.
#include <zlib.h>
