#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import: one inline function for each type
// of argument that Sources/Curl passes.

static inline CURLcode locker_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode locker_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode locker_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*locker_curl_receiver)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode locker_curl_set_receiver(CURL *handle, CURLoption option, locker_curl_receiver value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode locker_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

// CURL_GLOBAL_DEFAULT is a macro of a macro, which Swift does not import either.
static inline CURLcode locker_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
