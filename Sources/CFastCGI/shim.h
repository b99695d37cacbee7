// libfcgi's public header: the whole of what Sources/FastCGI calls.
#include <fcgiapp.h>
